//! Clients in either database.

use portcullis_core::{AuditRow, Client, ClientChange, ClientStore, Entry, StoreError};

use super::either::{either, noting, of};
use crate::postgres::PostgresClients;
use crate::sqlite::SqliteClients;

either!(
    /// Clients in either database. Cheap to clone.
    AnyClients,
    SqliteClients,
    PostgresClients
);

impl ClientStore for AnyClients {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        noting!(self, ClientStore, row)
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        of!(self, store => store.client(id).await)
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        of!(self, store => store.clients(after, limit).await)
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        of!(self, store => store.add_client(client).await)
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        of!(self, store => store.change_client(id, change, revoke).await)
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        of!(self, store => store.remove_client(id, revoke).await)
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        of!(self, store => store.use_once(digest, until, now).await)
    }
}
