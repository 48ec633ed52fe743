//! What ends tokens. How rows follow each other differs from database to database: what is new to a reader, and which rows
//! may go, are a driver's part.

use portcullis_core::{Entry, Revoked, Subject16};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis_revocations";

/// The steps that make the tables in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[include_str!("revocations/sqlite/1_revocations.sql")];

/// The same in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("revocations/postgres/1_revocations.sql")];

statements! {
    /// Removes an entry ([`entry_values`]) that is needed for less long than this one, so that it can be added anew: who has
    /// read the shorter one must read the longer one too.
    DROP_SHORTER = "DELETE FROM portcullis_revocations WHERE kind = $1 AND subject = $2 AND value = $3 AND until < $4";
    /// Adds an entry ([`entry_values`]), unless it is there.
    ADD = "INSERT INTO portcullis_revocations (kind, subject, value, until) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (kind, subject, value) DO NOTHING";
}

/// What [`DROP_SHORTER`] and [`ADD`] are given.
pub(crate) fn entry_values(entry: &Entry) -> [Value<'_>; 4] {
    [
        Value::count(entry.kind.number().into()),
        entry.subject.0.as_slice().into(),
        // Any number of 64 bits: what lies beyond a column's numbers stands there below 0.
        Value::Integer(entry.value.cast_signed()),
        Value::count(entry.until),
    ]
}

/// Reads kind, subject, value and until; `None`: of a kind that only a newer version knows.
pub(crate) fn entry(row: &dyn Row) -> Result<Option<Entry>, Unreadable> {
    let kind = u8::try_from(row.count(0)?).ok().and_then(Revoked::of_number);
    let Some(kind) = kind else {
        return Ok(None);
    };
    Ok(Some(Entry {
        kind,
        subject: Subject16(row.array(1)?),
        value: row.integer(2)?.cast_unsigned(),
        until: row.count(3)?,
    }))
}
