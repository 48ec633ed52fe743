//! Signing keys, each encrypted under a master key that is not there.

use portcullis_core::{KeyChange, KeyRecord};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_keys";

/// The steps that make the table in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("keys/sqlite/1_signing_keys.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("keys/postgres/1_signing_keys.sql")];

statements! {
    /// Every key in the order in which they were added, for [`record`].
    LIST = "SELECT id, algorithm, created, activates, ended, token_lifetime, sealed \
        FROM portcullis_signing_keys ORDER BY position";
    /// The id of each key that has ended, and when.
    ENDED = "SELECT id, ended FROM portcullis_signing_keys WHERE ended IS NOT NULL";
    /// Adds a key ([`added`]) if the newest one is the one that its maker saw: `$8`, or nothing. Of two that come at once
    /// one has the place behind that.
    ADD = "INSERT INTO portcullis_signing_keys (id, algorithm, created, activates, ended, token_lifetime, sealed, position) \
        SELECT $1, $2, $3, $4, $5, $6, $7, (SELECT coalesce(max(position), 0) + 1 FROM portcullis_signing_keys) \
        WHERE (SELECT id FROM portcullis_signing_keys ORDER BY position DESC LIMIT 1) IS NOT DISTINCT FROM $8 \
        ON CONFLICT (position) DO NOTHING";
    /// The key `$2` signs from `$1` on, unless it does so earlier.
    ACTIVATE = "UPDATE portcullis_signing_keys \
        SET activates = CASE WHEN activates > $1 THEN $1 ELSE activates END WHERE id = $2";
    /// The key `$2` has ended at `$1`, unless it has earlier.
    END = "UPDATE portcullis_signing_keys \
        SET ended = CASE WHEN ended <= $1 THEN ended ELSE $1 END WHERE id = $2";
    /// The tokens of the key `$2` live for `$1` at least.
    RAISE_LIFETIME = "UPDATE portcullis_signing_keys \
        SET token_lifetime = CASE WHEN token_lifetime < $1 THEN $1 ELSE token_lifetime END WHERE id = $2";
    /// Puts the sealed key `$1` in the place of `$3`, if that still stands in the row of `$2`.
    RESEAL = "UPDATE portcullis_signing_keys SET sealed = $1 WHERE id = $2 AND sealed = $3";
}

/// What [`ADD`] is given.
pub(crate) fn added<'a>(record: &'a KeyRecord, newest: Option<&'a str>) -> [Value<'a>; 8] {
    [
        record.id.as_str().into(),
        record.algorithm.name().into(),
        Value::count(record.created),
        Value::count(record.activates),
        record.ended.map(Value::count).into(),
        Value::count(record.token_lifetime),
        record.sealed.as_slice().into(),
        newest.into(),
    ]
}

/// The statement of a change, and what its `$1` is; none for a change that is not known here.
pub(crate) fn change(change: KeyChange) -> Option<(&'static str, Value<'static>)> {
    let (statement, seconds) = match change {
        KeyChange::Activate(at) => (ACTIVATE, at),
        KeyChange::End(at) => (END, at),
        KeyChange::TokenLifetime(seconds) => (RAISE_LIFETIME, seconds),
        _ => return None,
    };
    Some((statement, Value::count(seconds)))
}

/// A row that is there and is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableKey {
    /// Its id; empty where that cannot be read either.
    pub id: String,
    /// What is wrong with it. It never repeats what stands there.
    pub why: String,
}

/// Rows that may be none: the keys, and the others.
pub(crate) fn parted(rows: Vec<Result<KeyRecord, UnreadableKey>>) -> (Vec<KeyRecord>, Vec<UnreadableKey>) {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(record) => records.push(record),
            Err(row) => unreadable.push(row),
        }
    }
    (records, unreadable)
}

/// Reads a row of [`LIST`] that may be none.
pub(crate) fn record_if_any(row: &dyn Row) -> Result<Result<KeyRecord, UnreadableKey>, Unreadable> {
    Ok(record(row).map_err(|why| UnreadableKey {
        id: row.text(0).unwrap_or_default().to_owned(),
        why: why.to_string(),
    }))
}

/// Reads a row of [`LIST`].
pub(crate) fn record(row: &dyn Row) -> Result<KeyRecord, Unreadable> {
    Ok(KeyRecord {
        id: row.text(0)?.to_owned(),
        algorithm: row.text(1)?.parse().map_err(|cause| Unreadable::new(1, cause))?,
        created: row.count(2)?,
        activates: row.count(3)?,
        ended: row.count_or_null(4)?,
        token_lifetime: row.count(5)?,
        sealed: row.bytes(6)?.to_vec(),
    })
}
