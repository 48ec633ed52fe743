//! The row of the audit trail that tells of an act, written in the act's own transaction.

use std::sync::Arc;

use portcullis_core::{AuditRow, StoreError};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::failure::Failure;
use crate::own::value::Value;
use crate::own::{audit, audit_numbers};

/// What the next act of a store leaves in the trail; by default nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Note(Option<Arc<AuditRow>>);

impl Note {
    /// This row, if the trail is in the same database.
    pub(super) fn of(row: &AuditRow, database: &PostgresDatabase) -> Option<Self> {
        database.keeps_audit().then(|| Self(Some(Arc::new(row.clone()))))
    }

    /// The row, for what writes it in the statement of the act.
    pub(super) fn row(&self) -> Option<&AuditRow> {
        self.0.as_deref()
    }

    /// Writes it within an act, if that happened.
    pub(super) async fn write(&self, act: &Act, happened: bool) -> Result<(), Failure> {
        match self.0.as_deref().filter(|_| happened) {
            Some(row) => act.execute(audit_numbers::ADD, &audit::added(row)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Runs a statement that holds by itself, with the row if it wrote any; says how many rows it wrote.
    pub(super) async fn with(
        &self,
        database: &PostgresDatabase,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        match self.0 {
            None => database.write(sql, values).await,
            Some(_) => act!(database, Isolation::ReadCommitted, act => self.behind(&act, sql, values)),
        }
    }

    async fn behind(&self, act: &Act, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Failure> {
        let written = act.execute(sql, values).await?;
        self.write(act, written > 0).await?;
        Ok(written)
    }
}
