//! Numbered secrets, each encrypted under a master key that is not there.

use portcullis_core::SecretRecord;

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_secrets";

/// The steps that make the table in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("secrets/sqlite/1_secrets.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("secrets/postgres/1_secrets.sql")];

statements! {
    /// Every secret in the order of their numbers, for [`record`].
    LIST = "SELECT number, created, sealed FROM portcullis_secrets ORDER BY number";
    /// Adds a secret ([`added`]) if the highest number is the one that its maker saw: `$4`, or nothing.
    ADD = "INSERT INTO portcullis_secrets (number, created, sealed) SELECT $1, $2, $3 \
        WHERE (SELECT max(number) FROM portcullis_secrets) IS NOT DISTINCT FROM $4";
    /// Puts the sealed secret `$1` in the place of `$3`, if that still stands in the row of `$2`.
    RESEAL = "UPDATE portcullis_secrets SET sealed = $1 WHERE number = $2 AND sealed = $3";
}

/// What [`ADD`] is given.
pub(crate) fn added(record: &SecretRecord, newest: Option<u8>) -> [Value<'_>; 4] {
    [
        Value::count(record.number.into()),
        Value::count(record.created),
        record.sealed.as_slice().into(),
        newest.map(|newest| Value::count(newest.into())).into(),
    ]
}

/// Reads a row of [`LIST`].
pub(crate) fn record(row: &dyn Row) -> Result<SecretRecord, Unreadable> {
    Ok(SecretRecord {
        number: row.number(0)?,
        created: row.count(1)?,
        sealed: row.bytes(2)?.to_vec(),
    })
}
