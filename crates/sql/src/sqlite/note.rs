//! The row of the audit trail that tells of an act, written in the act's own transaction.

use std::sync::Arc;

use portcullis_core::AuditRow;
use rusqlite::Connection;

use super::database::Database;
use super::statement::execute;
use crate::own::{audit, audit_sequences};

/// What the next act of a store leaves in the trail; by default nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Note(Option<Arc<AuditRow>>);

impl Note {
    /// This row, if the trail is in the same file.
    pub(super) fn of(row: &AuditRow, database: &Database) -> Option<Self> {
        database.keeps_audit().then(|| Self(Some(Arc::new(row.clone()))))
    }

    /// Writes it within a transaction, if the act happened.
    pub(super) fn write(&self, connection: &Connection, happened: bool) -> rusqlite::Result<()> {
        match self.0.as_deref().filter(|_| happened) {
            Some(row) => execute(connection, audit_sequences::ADD, &audit::added(row)).map(drop),
            None => Ok(()),
        }
    }
}
