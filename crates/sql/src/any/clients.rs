//! Clients in either database.

use portcullis_core::{AuditRow, Client, ClientChange, ClientStore, Entry, StoreError};

use super::either::either_so_far;
use crate::sqlite::SqliteClients;

either_so_far!(
    /// Clients in either database. Cheap to clone.
    AnyClients,
    SqliteClients
);

impl ClientStore for AnyClients {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let Self::Sqlite(store) = self;
        ClientStore::noting(store, row).map(Self::Sqlite)
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        let Self::Sqlite(store) = self;
        store.client(id).await
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        let Self::Sqlite(store) = self;
        store.clients(after, limit).await
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        let Self::Sqlite(store) = self;
        store.add_client(client).await
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.change_client(id, change, revoke).await
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.remove_client(id, revoke).await
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.use_once(digest, until, now).await
    }
}
