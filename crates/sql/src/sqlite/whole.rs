//! A database as a whole: for moving all that it holds.

use portcullis_core::StoreError;
use rusqlite::Connection;

use super::database::Database;
use super::statement::{all, execute, first};
use crate::own::audit_sequences;
use crate::own::value::Value;
use crate::own::whole::{self, Owned};

/// What was ever given to the table `$1`: the number `$2`.
const FORGET_GIVEN: &str = "DELETE FROM sqlite_sequence WHERE name = $1";
const GIVE: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";

/// Readers of what ended have read under eras: with a new one they begin anew.
const NEW_ERA: &str = "INSERT INTO portcullis_revocation_eras (era, begins) \
    SELECT randomblob(16), min(position) FROM portcullis_revocations HAVING count(*) > 0";

impl Database {
    /// A page of a table.
    pub(crate) async fn rows(&self, sql: &'static str, values: Vec<Owned>) -> Result<Vec<Vec<Owned>>, StoreError> {
        let page = move |connection: &Connection| {
            let values: Vec<Value<'_>> = values.iter().map(Owned::value).collect();
            all(connection, sql, &values, whole::row)
        };
        self.scan(page).await
    }

    /// Adds rows by one statement each.
    pub(crate) async fn add_rows(&self, sql: &'static str, rows: Vec<Vec<Owned>>) -> Result<(), StoreError> {
        let add = move |connection: &Connection| {
            rows.iter().try_for_each(|row| {
                let values: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
                execute(connection, sql, &values).map(drop)
            })
        };
        self.write(add).await
    }

    /// The last position and seal of the audit trail that were ever given.
    pub(crate) fn given(&self) -> Result<(i64, i64), StoreError> {
        self.read(|connection| {
            let given = first(connection, audit_sequences::GIVEN, &[], |row| {
                Ok((row.integer(0)?, row.integer(1)?))
            })?;
            Ok(given.unwrap_or_default())
        })
    }

    /// Goes on behind them, and behind what ended tokens.
    pub(crate) async fn give(&self, (position, seal): (i64, i64)) -> Result<(), StoreError> {
        let give = move |connection: &Connection| {
            for (table, given) in [("portcullis_audit", position), ("portcullis_seals", seal)] {
                execute(connection, FORGET_GIVEN, &[table.into()])?;
                execute(connection, GIVE, &[table.into(), Value::Integer(given)])?;
            }
            execute(connection, NEW_ERA, &[]).map(drop)
        };
        self.write(give).await
    }
}
