//! Statements of our tables, run on a connection.

use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params_from_iter};

use crate::own::row::{Read, Row, Unreadable};
use crate::own::value::Value;

/// Runs a statement and says how many rows it wrote.
pub(super) fn execute(connection: &Connection, sql: &str, values: &[Value<'_>]) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params_from_iter(values))
}

/// The first row of the answer.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    read: Read<T>,
) -> rusqlite::Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let first = statement.query_row(params_from_iter(values), |row| read(row).map_err(unreadable));
    first.optional()
}

/// Every row of the answer.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    read: Read<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| read(row).map_err(unreadable))?;
    rows.collect()
}

/// SQLite's own error for what stands in a row and cannot.
fn unreadable(error: Unreadable) -> rusqlite::Error {
    // The type is for display, and what is wrong may be another thing.
    rusqlite::Error::FromSqlConversionFailure(error.column, Type::Null, Box::new(error))
}

impl Row for rusqlite::Row<'_> {
    fn value(&self, column: usize) -> Result<Value<'_>, Unreadable> {
        match self.get_ref(column).map_err(|cause| Unreadable::new(column, cause))? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Integer(number)),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Value::Text(text)),
                Err(cause) => Err(Unreadable::new(column, cause)),
            },
            ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
            ValueRef::Real(_) => Err(Unreadable::new(column, "a number with a fraction")),
        }
    }

    #[cfg(feature = "postgres")]
    fn width(&self) -> usize {
        self.as_ref().column_count()
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
