//! API keys in either database.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, ApiKeyStore, AuditRow, StoreError, UserId};

use super::either::{either, noting, of};
use crate::postgres::PostgresApiKeys;
use crate::sqlite::SqliteApiKeys;

either!(
    /// API keys in either database. Cheap to clone.
    AnyApiKeys,
    SqliteApiKeys,
    PostgresApiKeys
);

impl AnyApiKeys {
    /// Ends every key, whosever it is, at `now` (milliseconds since 1970): where the secret of their digests is lost none can be
    /// known again. How many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_all(&self, now: u64) -> Result<usize, StoreError> {
        of!(self, store => store.end_all(now).await)
    }
}

impl ApiKeyStore for AnyApiKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        noting!(self, ApiKeyStore, row)
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        of!(self, store => store.api_key(id).await)
    }

    async fn api_keys_of(&self, user: &UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        of!(self, store => store.api_keys_of(user).await)
    }

    async fn add_api_key(&self, key: &ApiKeyRecord, room: ApiKeyRoom) -> Result<bool, StoreError> {
        of!(self, store => store.add_api_key(key, room).await)
    }

    async fn end_api_key(&self, id: ApiKeyId, user: &UserId, now: u64) -> Result<bool, StoreError> {
        of!(self, store => store.end_api_key(id, user, now).await)
    }

    async fn end_api_keys_of(&self, user: &UserId, epoch: u64, now: u64) -> Result<usize, StoreError> {
        of!(self, store => store.end_api_keys_of(user, epoch, now).await)
    }

    async fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        of!(self, store => store.touch_api_keys(used).await)
    }
}
