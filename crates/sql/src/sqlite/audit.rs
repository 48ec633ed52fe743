//! The audit trail in SQLite. One writer at a time: the positions of rows are in the order of their commits, without a
//! gap, for an insertion that is undone gives its position back.

use portcullis_core::{AuditFilter, AuditRow, AuditStore, Head, Seal, StoreError, StoredRow};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::statement::{all, execute, first};
use crate::own::value::Value;
use crate::own::{audit, audit_sequences, seals};

/// The audit trail in an SQLite file. Cheap to clone.
///
/// From then on the sessions, clients, users and keys that are kept over the same [`Database`] write the rows of their
/// acts in the step of the act. Triggers refuse to change a row or a seal, and to remove one that is not sealed.
#[derive(Debug, Clone)]
pub struct SqliteAudit {
    database: Database,
}

impl SqliteAudit {
    /// The trail in a database that is open already. Our tables are `portcullis_audit` and `portcullis_seals`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(audit::STEPS_OF, audit::SQLITE).await?;
        database.keep_audit();
        Ok(Self { database })
    }

    fn page(&self, behind: u64, limit: usize) -> impl FnOnce(&Connection) -> rusqlite::Result<Vec<StoredRow>> + use<> {
        let values = [Value::count(behind), count(limit)];
        move |connection| all(connection, audit::BEHIND, &values, audit::stored)
    }
}

fn count(limit: usize) -> Value<'static> {
    Value::count(u64::try_from(limit).unwrap_or(u64::MAX))
}

impl AuditStore for SqliteAudit {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        let rows = rows.to_vec();
        let append = move |connection: &Connection| {
            let mut added = rows
                .iter()
                .map(|row| execute(connection, audit_sequences::ADD, &audit::added(row)));
            added.try_for_each(|added| added.map(drop))
        };
        self.database.write_own(append).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.database.read(|connection| {
            // In one view of the tables.
            let view = connection.unchecked_transaction()?;
            let given = first(&view, audit_sequences::GIVEN, &[], |row| {
                Ok((row.count(0)?, row.count(1)?))
            })?;
            let (position, sealed) = given.unwrap_or_default();
            let seal = first(&view, seals::NEWEST, &[], seals::seal)?;
            Ok(Head { seal, position, sealed })
        })
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        self.database.scan(self.page(after, limit)).await
    }

    async fn find(&self, filter: &AuditFilter, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let filter = filter.clone();
        let find = move |connection: &Connection| {
            let actor = audit::actor(&filter);
            let values = audit::asked(&filter, actor.as_deref(), (after, u64::MAX), limit);
            all(connection, audit::FIND, &values, audit::stored)
        };
        self.database.scan(find).await
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let filter = filter.clone();
        let last = move |connection: &Connection| {
            let actor = audit::actor(&filter);
            let values = audit::asked(&filter, actor.as_deref(), (0, u64::MAX), limit);
            let mut rows = all(connection, audit::LAST, &values, audit::stored)?;
            rows.reverse();
            Ok(rows)
        };
        self.database.scan(last).await
    }

    async fn astray(&self) -> Result<u64, StoreError> {
        let astray = |connection: &Connection| first(connection, audit_sequences::ASTRAY, &[], |row| row.count(0));
        self.database.scan(astray).await.map(Option::unwrap_or_default)
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        let values = [Value::count(after), count(limit)];
        let above = move |connection: &Connection| all(connection, seals::ABOVE, &values, seals::seal);
        self.database.scan(above).await
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        let seal = seal.clone();
        let add = move |connection: &Connection| Ok(execute(connection, seals::ADD, &seals::added(&seal))? == 1);
        self.database.write_own(add).await
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        let before = [Value::count(before)];
        self.database
            .read(|connection| first(connection, seals::BEFORE, &before, seals::seal))
    }

    async fn prune(&self, upto: u64, row: &AuditRow) -> Result<u64, StoreError> {
        let row = row.clone();
        let prune = move |connection: &Connection| {
            let gone = execute(connection, audit::PRUNE, &[Value::count(upto)])?;
            if gone > 0 {
                execute(connection, audit_sequences::ADD, &audit::added(&row))?;
            }
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        };
        self.database.write_own(prune).await
    }
}

#[cfg(test)]
mod tests;
