//! The audit trail in either database.

use portcullis_core::{AuditFilter, AuditRow, AuditStore, Head, Seal, StoreError, StoredRow};

use super::either::either_so_far;
use crate::sqlite::SqliteAudit;

either_so_far!(
    /// The audit trail in either database. Cheap to clone.
    AnyAudit,
    SqliteAudit
);

impl AuditStore for AnyAudit {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        let Self::Sqlite(store) = self;
        store.append(rows).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let Self::Sqlite(store) = self;
        store.head().await
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let Self::Sqlite(store) = self;
        store.rows(after, limit).await
    }

    async fn find(&self, filter: &AuditFilter, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let Self::Sqlite(store) = self;
        store.find(filter, after, limit).await
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let Self::Sqlite(store) = self;
        store.last(filter, limit).await
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        let Self::Sqlite(store) = self;
        store.seals(after, limit).await
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.add_seal(seal).await
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        let Self::Sqlite(store) = self;
        store.sealed_before(before).await
    }

    async fn prune(&self, upto: u64, row: &AuditRow) -> Result<u64, StoreError> {
        let Self::Sqlite(store) = self;
        store.prune(upto, row).await
    }
}
