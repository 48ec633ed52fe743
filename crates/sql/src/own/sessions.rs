//! Sessions.
//!
//! `purge` is the day on which a session is looked at: when it is over it goes, and when a family of it lives it is looked at
//! again a week after that could be refreshed last. So a refresh changes its family alone, and what is indexed stays.

use std::net::IpAddr;

use portcullis_core::{Activity, EndReason, Ended, Ending, Family, Session, SessionId, UserId};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_sessions";

/// The steps that make this table and that of their families in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("sessions/sqlite/1_sessions.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[
    include_str!("sessions/postgres/1_sessions.sql"),
    include_str!("sessions/postgres/2_unchecked_families.sql"),
];

/// The columns of a session, for [`session`].
macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.epoch, s.client_id, s.label, s.agent, s.created, s.first_address, s.last_address, s.seen, \
         s.ends, s.ended, s.ended_why"
    };
}

pub(super) use session_columns;

/// The sessions that are to be looked at on the day `$1`.
macro_rules! due {
    () => {
        "SELECT s.id FROM portcullis_sessions s WHERE s.purge <= $1"
    };
}

#[cfg(feature = "postgres")]
pub(super) use due;

/// That a family of the session `s` can be refreshed on the day `$1` or later.
macro_rules! lives {
    () => {
        "s.ended IS NULL AND EXISTS (SELECT 1 FROM portcullis_refresh_families f WHERE f.session_id = s.id \
         AND f.ended IS NULL AND f.idle >= $1 * 86400000 AND f.ends >= $1 * 86400000)"
    };
}

pub(super) use lives;

/// When a session is looked at again.
macro_rules! looked_at_again {
    () => {
        "purge = (SELECT max(CASE WHEN f.idle < f.ends THEN f.idle ELSE f.ends END) / 86400000 + 7 \
         FROM portcullis_refresh_families f WHERE f.session_id = portcullis_sessions.id AND f.ended IS NULL)"
    };
}

#[cfg(feature = "postgres")]
pub(super) use looked_at_again;

/// At most `$2` sessions that are over on the day `$1`.
macro_rules! over {
    () => {
        concat!(
            "SELECT s.id FROM portcullis_sessions s WHERE s.purge <= $1 AND NOT (",
            $crate::own::sessions::lives!(),
            ") ORDER BY s.purge, s.id LIMIT $2"
        )
    };
}

pub(super) use over;

statements! {
    /// Adds a session ([`begun`]), unless it is there.
    BEGIN = "INSERT INTO portcullis_sessions (id, user_id, epoch, client_id, label, agent, created, first_address, \
        last_address, seen, ends, ended, ended_why, purge) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING";
    /// The session `$1`, for [`session`].
    SESSION = concat!("SELECT ", session_columns!(), " FROM portcullis_sessions s WHERE s.id = $1");
    /// The sessions of the user `$1` that live at `$2`, the one used last first, for [`session`].
    SESSIONS_OF = concat!("SELECT ", session_columns!(), " FROM portcullis_sessions s \
        WHERE s.user_id = $1 AND s.ended IS NULL AND s.ends > $2 AND EXISTS (SELECT 1 FROM portcullis_refresh_families f \
        WHERE f.session_id = s.id AND f.ended IS NULL AND f.idle > $2 AND f.ends > $2) ORDER BY s.seen DESC, s.id DESC");
    /// The label of the session `$2` of the user `$3`.
    LABEL = "UPDATE portcullis_sessions SET label = $1 WHERE id = $2 AND user_id = $3 AND ended IS NULL";
    /// Ends the session `$4`; like each of the following, at `$1`, for the reason `$2`, to go from the day `$3` on, and
    /// gives the ids of those that it ended.
    END = "UPDATE portcullis_sessions SET ended = $1, ended_why = $2, purge = CASE WHEN purge < $3 THEN purge \
        ELSE $3 END WHERE ended IS NULL AND id = $4 RETURNING id";
    /// The session `$4` of the user `$5`.
    END_OF_USER = "UPDATE portcullis_sessions SET ended = $1, ended_why = $2, purge = CASE WHEN purge < $3 THEN purge \
        ELSE $3 END WHERE ended IS NULL AND id = $4 AND user_id = $5 RETURNING id";
    /// All of the user `$4`, but for the session `$5`.
    END_ALL_OF_USER = "UPDATE portcullis_sessions SET ended = $1, ended_why = $2, purge = CASE WHEN purge < $3 THEN purge \
        ELSE $3 END WHERE ended IS NULL AND user_id = $4 AND id IS DISTINCT FROM $5 RETURNING id";
    /// All of the client `$4`.
    END_ALL_OF_CLIENT = "UPDATE portcullis_sessions SET ended = $1, ended_why = $2, purge = CASE WHEN purge < $3 THEN purge \
        ELSE $3 END WHERE ended IS NULL AND client_id = $4 RETURNING id";
    /// All that ended, for [`session`].
    ENDED = concat!("SELECT ", session_columns!(), " FROM portcullis_sessions s WHERE s.ended IS NOT NULL");
    /// The session `$3` was used at `$1` from `$2`.
    TOUCH = "UPDATE portcullis_sessions SET seen = $1, last_address = coalesce($2, last_address) \
        WHERE id = $3 AND seen <= $1";
    /// At most `$2` sessions that are to be looked at on the day `$1`, and live, are looked at again when that is over.
    KEEP = concat!("UPDATE portcullis_sessions SET ", looked_at_again!(), " WHERE id IN (", due!(), " AND ", lives!(),
        " ORDER BY s.purge, s.id LIMIT $2)");
    /// Removes at most `$2` sessions that are over on the day `$1`.
    PURGE = concat!("DELETE FROM portcullis_sessions WHERE id IN (", over!(), ")");
}

/// The day of a time: so many since 1970.
pub(crate) fn day(time: u64) -> i64 {
    const DAY: u64 = 24 * 60 * 60 * 1_000;
    i64::try_from(time.div_euclid(DAY)).unwrap_or(i64::MAX)
}

/// After so many days a session is looked at that could be refreshed last on the day before them.
const WEEK: i64 = 7;

/// The texts of the addresses of a session.
pub(crate) fn addresses(session: &Session) -> [Option<String>; 2] {
    [session.first_address, session.last_address].map(|address| address.map(|address| address.to_string()))
}

/// What [`BEGIN`] is given.
pub(crate) fn begun<'a>(session: &'a Session, family: &Family, addresses: &'a [Option<String>; 2]) -> [Value<'a>; 14] {
    let [first, last] = addresses;
    let [ended, why] = ended_values(session.ended);
    [
        session.id.as_bytes().as_slice().into(),
        session.user.as_str().into(),
        Value::count(session.epoch),
        session.client.as_deref().into(),
        session.label.as_str().into(),
        session.agent.as_deref().into(),
        Value::count(session.created),
        first.as_deref().into(),
        last.as_deref().into(),
        Value::count(session.seen),
        Value::count(session.ends),
        ended,
        why,
        Value::Integer(day(family.idle.min(session.ends)).saturating_add(WEEK)),
    ]
}

/// The statement that ends these sessions, and what it is given; none for an end that is not known here.
pub(crate) fn ending(which: &Ending, ended: Ended) -> Option<(&'static str, Vec<Value<'_>>)> {
    let [at, why] = ended_values(Some(ended));
    let mut values = vec![at, why, Value::Integer(day(ended.at).saturating_add(1))];
    let sql = match which {
        Ending::Session(session) => {
            values.push(Value::Bytes(session.as_bytes()));
            END
        }
        Ending::SessionOf(session, user) => {
            values.extend([Value::Bytes(session.as_bytes()), Value::Text(user.as_str())]);
            END_OF_USER
        }
        Ending::OfUser(user, but) => {
            let but = but.as_ref().map(|but| Value::Bytes(but.as_bytes()));
            values.extend([Value::Text(user.as_str()), but.into()]);
            END_ALL_OF_USER
        }
        Ending::OfClient(client) => {
            values.push(client.as_str().into());
            END_ALL_OF_CLIENT
        }
        _ => return None,
    };
    Some((sql, values))
}

/// What [`TOUCH`] is given; `address` is the text of the address.
pub(crate) fn touched<'a>(used: &'a Activity, address: Option<&'a str>) -> [Value<'a>; 3] {
    [
        Value::count(used.seen),
        address.into(),
        used.session.as_bytes().as_slice().into(),
    ]
}

/// When and why, as it stands in two columns.
pub(super) fn ended_values(ended: Option<Ended>) -> [Value<'static>; 2] {
    let why = ended.and_then(|ended| ended.why);
    [
        ended.map(|ended| Value::count(ended.at)).into(),
        why.map(|why| Value::count(why.number().into())).into(),
    ]
}

/// Reads an id that was returned.
pub(crate) fn id(row: &dyn Row) -> Result<SessionId, Unreadable> {
    row.array(0).map(SessionId::from_bytes)
}

/// Reads a row of [`SESSION`] or [`SESSIONS_OF`].
pub(crate) fn session(row: &dyn Row) -> Result<Session, Unreadable> {
    Ok(Session {
        id: SessionId::from_bytes(row.array(0)?),
        user: UserId::from(row.text(1)?),
        epoch: row.count(2)?,
        client: row.text_or_null(3)?.map(Into::into),
        label: row.text(4)?.to_owned(),
        agent: row.text_or_null(5)?.map(Into::into),
        created: row.count(6)?,
        first_address: address(row, 7)?,
        last_address: address(row, 8)?,
        seen: row.count(9)?,
        ends: row.count(10)?,
        ended: ended(row, 11)?,
    })
}

fn address(row: &dyn Row, column: usize) -> Result<Option<IpAddr>, Unreadable> {
    let address = row.text_or_null(column)?.map(str::parse).transpose();
    address.map_err(|cause| Unreadable::new(column, cause))
}

/// That it ended: when stands in this column, why in the next.
pub(super) fn ended(row: &dyn Row, column: usize) -> Result<Option<Ended>, Unreadable> {
    let Some(at) = row.count_or_null(column)? else {
        return Ok(None);
    };
    let why = row.count_or_null(column.saturating_add(1))?;
    let why = why
        .and_then(|why| u8::try_from(why).ok())
        .and_then(EndReason::of_number);
    Ok(Some(Ended { at, why }))
}
