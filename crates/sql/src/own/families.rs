//! Families of refresh tokens: one row each, however often it is refreshed.

use portcullis_core::{Ahead, Digest, Ended, Family, FamilyId, Rotation, ScopeSet, Session, SessionId, UserId};

use super::row::{Row, Unreadable};
use super::sessions::{ended, ended_values, over, session, session_columns};
use super::statement::statements;
use super::value::Value;

/// See [`ROTATE`].
macro_rules! rotate {
    () => {
        "UPDATE portcullis_refresh_families SET generation = generation + 1, parent = digest, key = $1, digest = $2, \
         nonce = $3, rotated = $4, idle = $5, network = $6, confirmed = 0, late = 0 \
         WHERE id = $7 AND generation = $8 AND digest = $9 AND ended IS NULL"
    };
}

#[cfg(feature = "postgres")]
pub(super) use rotate;

statements! {
    /// Adds a family ([`begun`]), unless it is there.
    BEGIN = "INSERT INTO portcullis_refresh_families (id, session_id, user_id, client_id, scopes, audience, epoch, \
        generation, key, digest, parent, nonce, rotated, idle, ends, confirmed, late, network, ended, ended_why) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
        ON CONFLICT (id) DO NOTHING";
    /// The family `$1` with its session, for [`family`].
    FAMILY = concat!("SELECT ", session_columns!(), ", f.id, f.user_id, f.client_id, f.scopes, f.audience, f.epoch, \
        f.generation, f.key, f.digest, f.parent, f.nonce, f.rotated, f.idle, f.ends, f.confirmed, f.late, f.network, \
        f.ended, f.ended_why \
        FROM portcullis_refresh_families f JOIN portcullis_sessions s ON s.id = f.session_id WHERE f.id = $1");
    /// The next generation of a family ([`rotated`]), if it is still the one that was seen.
    ROTATE = rotate!();
    /// A generation that is ahead of what is stored ([`ahead`]).
    ROLL_FORWARD = "UPDATE portcullis_refresh_families SET generation = $1, key = $2, digest = $3, parent = NULL, \
        confirmed = 0, late = 0 WHERE id = $4 AND generation < $1 AND ended IS NULL";
    /// The generation `$2` of the family `$1` was answered late.
    ANSWER_LATE = "UPDATE portcullis_refresh_families SET late = 1 \
        WHERE id = $1 AND generation = $2 AND confirmed = 0 AND late = 0 AND ended IS NULL";
    /// The families of the session `$3`.
    END_OF_SESSION = "UPDATE portcullis_refresh_families SET ended = $1, ended_why = $2 \
        WHERE session_id = $3 AND ended IS NULL";
    /// Whoever holds the generation `$2` of a family of the session `$1` has got it.
    CONFIRM = "UPDATE portcullis_refresh_families SET confirmed = 1 \
        WHERE session_id = $1 AND generation = $2 AND confirmed = 0";
    /// Removes the families of the sessions that [`PURGE`](super::sessions::PURGE) removes.
    PURGE = concat!("DELETE FROM portcullis_refresh_families WHERE session_id IN (", over!(), ")");
}

/// What [`BEGIN`] is given.
pub(crate) fn begun(family: &Family) -> [Value<'_>; 20] {
    let [ended, why] = ended_values(family.ended);
    [
        family.id.as_bytes().as_slice().into(),
        family.session.as_bytes().as_slice().into(),
        family.user.as_str().into(),
        family.client.as_deref().into(),
        family.scopes.as_str().into(),
        family.audience.as_deref().into(),
        Value::count(family.epoch),
        Value::count(family.generation.into()),
        Value::count(family.key.into()),
        family.digest.0.as_slice().into(),
        family.parent.as_ref().map(|parent| parent.0.as_slice()).into(),
        family.nonce.as_slice().into(),
        Value::count(family.rotated),
        Value::count(family.idle),
        Value::count(family.ends),
        Value::count(family.confirmed.into()),
        Value::count(family.late.into()),
        network(family.network),
        ended,
        why,
    ]
}

/// What [`ROTATE`] is given.
pub(crate) fn rotated<'a>(seen: &'a Family, next: &'a Rotation) -> [Value<'a>; 9] {
    [
        Value::count(next.key.into()),
        next.digest.0.as_slice().into(),
        next.nonce.as_slice().into(),
        Value::count(next.rotated),
        Value::count(next.idle),
        network(next.network),
        seen.id.as_bytes().as_slice().into(),
        Value::count(seen.generation.into()),
        seen.digest.0.as_slice().into(),
    ]
}

/// What [`ROLL_FORWARD`] is given.
pub(crate) fn ahead<'a>(id: &'a FamilyId, ahead: &'a Ahead) -> [Value<'a>; 4] {
    [
        Value::count(ahead.generation.into()),
        Value::count(ahead.key.into()),
        ahead.digest.0.as_slice().into(),
        id.as_bytes().as_slice().into(),
    ]
}

/// What [`END_OF_SESSION`] is given.
pub(crate) fn ended_of(session: &SessionId, ended: Ended) -> [Value<'_>; 3] {
    let [at, why] = ended_values(Some(ended));
    [at, why, Value::Bytes(session.as_bytes())]
}

fn network(tag: Option<u32>) -> Value<'static> {
    tag.map(|tag| Value::count(tag.into())).into()
}

/// Reads a row of [`FAMILY`].
pub(crate) fn family(row: &dyn Row) -> Result<(Family, Session), Unreadable> {
    let session = session(row)?;
    let family = Family {
        id: FamilyId::from_bytes(row.array(13)?),
        session: session.id,
        user: UserId::from(row.text(14)?),
        client: row.text_or_null(15)?.map(Into::into),
        scopes: ScopeSet::stored(row.text(16)?).map_err(|cause| Unreadable::new(16, cause))?,
        audience: row.text_or_null(17)?.map(str::to_owned),
        epoch: row.count(18)?,
        generation: row.number(19)?,
        key: row.number(20)?,
        digest: Digest(row.array(21)?),
        parent: row.array_or_null(22)?.map(Digest),
        nonce: row.array(23)?,
        rotated: row.count(24)?,
        idle: row.count(25)?,
        ends: row.count(26)?,
        confirmed: row.flag(27)?,
        late: row.flag(28)?,
        network: row.number_or_null(29)?,
        ended: ended(row, 30)?,
    };
    Ok((family, session))
}
