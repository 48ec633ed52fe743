//! Sessions end with their families, within a transaction.

use portcullis_core::{Ended, Ending, SessionId};
use rusqlite::Connection;

use super::statement::{all, execute};
use crate::own::{families, sessions};

/// Ends sessions with their families; says which.
pub(super) fn end(connection: &Connection, which: &Ending, ended: Ended) -> rusqlite::Result<Vec<SessionId>> {
    let Some((sql, values)) = sessions::ending(which, ended) else {
        return Ok(Vec::new());
    };
    let ids = all(connection, sql, &values, sessions::id)?;
    for id in &ids {
        execute(connection, families::END_OF_SESSION, &families::ended_of(id, ended))?;
    }
    Ok(ids)
}
