//! Secrets in either database.

use portcullis_core::{SecretRecord, SecretStore, StoreError};

use super::either::{either, of};
use crate::postgres::PostgresSecrets;
use crate::sqlite::SqliteSecrets;

either!(
    /// Numbered secrets in either database. Cheap to clone.
    AnySecrets,
    SqliteSecrets,
    PostgresSecrets
);

impl SecretStore for AnySecrets {
    async fn list(&self) -> Result<Vec<SecretRecord>, StoreError> {
        of!(self, store => store.list().await)
    }

    async fn add(&self, record: &SecretRecord, newest: Option<u8>) -> Result<bool, StoreError> {
        of!(self, store => store.add(record, newest).await)
    }

    async fn reseal(&self, number: u8, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        of!(self, store => store.reseal(number, seen, new).await)
    }
}
