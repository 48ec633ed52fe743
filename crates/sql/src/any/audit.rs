//! The audit trail in either database.

use portcullis_core::{AuditFilter, AuditRow, AuditStore, Head, Seal, StoreError, StoredRow};

use super::either::{either, of};
use crate::postgres::PostgresAudit;
use crate::sqlite::SqliteAudit;

either!(
    /// The audit trail in either database. Cheap to clone.
    AnyAudit,
    SqliteAudit,
    PostgresAudit
);

impl AuditStore for AnyAudit {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        of!(self, store => store.append(rows).await)
    }

    async fn head(&self) -> Result<Head, StoreError> {
        of!(self, store => store.head().await)
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        of!(self, store => store.rows(after, limit).await)
    }

    async fn find(&self, filter: &AuditFilter, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        of!(self, store => store.find(filter, after, limit).await)
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        of!(self, store => store.last(filter, limit).await)
    }

    async fn astray(&self) -> Result<u64, StoreError> {
        of!(self, store => store.astray().await)
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        of!(self, store => store.seals(after, limit).await)
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        of!(self, store => store.add_seal(seal).await)
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        of!(self, store => store.sealed_before(before).await)
    }

    async fn prune(&self, upto: u64, row: &AuditRow) -> Result<u64, StoreError> {
        of!(self, store => store.prune(upto, row).await)
    }
}
