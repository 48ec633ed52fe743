//! Signing keys in either database.

use portcullis_core::{AuditRow, KeyChange, KeyRecord, KeyStore, StoreError};

use super::either::{either, noting, of};
use crate::own::keys::UnreadableKey;
use crate::postgres::PostgresKeys;
use crate::sqlite::SqliteKeys;

either!(
    /// Signing keys in either database. Cheap to clone.
    AnyKeys,
    SqliteKeys,
    PostgresKeys
);

impl AnyKeys {
    /// All records in the order in which they were added, and beside them the rows that are none: for looking at them.
    /// [`KeyStore::list`] refuses the whole where there is one of those.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list_readable(&self) -> Result<(Vec<KeyRecord>, Vec<UnreadableKey>), StoreError> {
        of!(self, store => store.list_readable().await)
    }
}

impl KeyStore for AnyKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        noting!(self, KeyStore, row)
    }

    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        of!(self, store => store.list().await)
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        of!(self, store => store.add(record, newest).await)
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        of!(self, store => store.change(id, change).await)
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        of!(self, store => store.reseal(id, seen, new).await)
    }
}
