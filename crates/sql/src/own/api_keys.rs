//! API keys of users.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, Digest, ScopeSet, UserId};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_api_keys";

/// The steps that make the table in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("api_keys/sqlite/1_api_keys.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("api_keys/postgres/1_api_keys.sql")];

statements! {
    /// The key `$1`, for [`record`].
    KEY = "SELECT id, user_id, epoch, name, scopes, key, digest, created, expires, used, ended FROM portcullis_api_keys \
        WHERE id = $1";
    /// The keys of the user `$1` that have not ended, for [`record`].
    OF_USER = "SELECT id, user_id, epoch, name, scopes, key, digest, created, expires, used, ended FROM portcullis_api_keys \
        WHERE user_id = $1 AND ended IS NULL ORDER BY id";
    /// Adds a key ([`added`]), unless its owner has `$12` that are of its epoch, not ended, and not over when it is
    /// made, or `$14` that were made after `$13` and not after it.
    ADD = "INSERT INTO portcullis_api_keys (id, user_id, epoch, name, scopes, key, digest, created, expires, used, \
        ended) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE (SELECT count(*) FROM portcullis_api_keys \
        WHERE user_id = $2 AND ended IS NULL AND epoch = $3 AND (expires IS NULL OR expires > $8)) < $12 \
        AND (SELECT count(*) FROM portcullis_api_keys WHERE user_id = $2 AND created > $13 AND created <= $8) < $14";
    /// Removes of the user `$1` what was over at `$2`, and what was made until then and is of another epoch than `$3`.
    REMOVE_OVER = "DELETE FROM portcullis_api_keys WHERE user_id = $1 AND (expires <= $2 OR (created <= $2 AND epoch <> $3))";
    /// Removes at most `$2` of those that had ended at `$1`.
    REMOVE_ENDED = "DELETE FROM portcullis_api_keys WHERE id IN \
        (SELECT id FROM portcullis_api_keys WHERE ended <= $1 ORDER BY ended LIMIT $2)";
    /// Ends the key `$2` of the user `$3` at `$1`.
    END = "UPDATE portcullis_api_keys SET ended = $1 WHERE id = $2 AND user_id = $3 AND ended IS NULL";
    /// Ends at `$1` the keys of the user `$2` of an epoch below `$3`.
    END_OF = "UPDATE portcullis_api_keys SET ended = $1 WHERE user_id = $2 AND epoch < $3 AND ended IS NULL";
    /// Ends every key at `$1`.
    END_ALL = "UPDATE portcullis_api_keys SET ended = $1 WHERE ended IS NULL";
    /// The key `$2` was used at `$1`.
    TOUCH = "UPDATE portcullis_api_keys SET used = $1 WHERE id = $2 AND (used IS NULL OR used < $1)";
    /// Those that ended, for [`record`].
    ENDED = "SELECT id, user_id, epoch, name, scopes, key, digest, created, expires, used, ended FROM portcullis_api_keys \
        WHERE ended IS NOT NULL";
}

/// What [`ADD`] is given.
pub(crate) fn added(key: &ApiKeyRecord, room: ApiKeyRoom) -> [Value<'_>; 14] {
    let most = |count| Value::count(u64::try_from(count).unwrap_or(u64::MAX));
    [
        key.id.as_bytes().as_slice().into(),
        key.user.as_str().into(),
        Value::count(key.epoch),
        key.name.as_str().into(),
        key.scopes.as_str().into(),
        Value::count(key.key.into()),
        key.digest.0.as_slice().into(),
        Value::count(key.created),
        key.expires.map(Value::count).into(),
        key.used.map(Value::count).into(),
        key.ended.map(Value::count).into(),
        most(room.good),
        Value::count(room.since),
        most(room.made),
    ]
}

/// What [`END`] is given for a key that has ended.
pub(crate) fn ended(key: &ApiKeyRecord) -> [Value<'_>; 3] {
    [
        Value::count(key.ended.unwrap_or_default()),
        key.id.as_bytes().as_slice().into(),
        key.user.as_str().into(),
    ]
}

/// Reads a row of [`KEY`], [`OF_USER`] or [`ENDED`].
pub(crate) fn record(row: &dyn Row) -> Result<ApiKeyRecord, Unreadable> {
    Ok(ApiKeyRecord {
        id: ApiKeyId::from_bytes(row.array(0)?),
        user: UserId::from(row.text(1)?),
        epoch: row.count(2)?,
        name: row.text(3)?.to_owned(),
        scopes: ScopeSet::stored(row.text(4)?).map_err(|cause| Unreadable::new(4, cause))?,
        key: row.number(5)?,
        digest: Digest(row.array(6)?),
        created: row.count(7)?,
        expires: row.count_or_null(8)?,
        used: row.count_or_null(9)?,
        ended: row.count_or_null(10)?,
    })
}
