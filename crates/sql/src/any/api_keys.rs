//! API keys in either database.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, ApiKeyStore, AuditRow, StoreError, UserId};

use super::either::either_so_far;
use crate::sqlite::SqliteApiKeys;

either_so_far!(
    /// API keys in either database. Cheap to clone.
    AnyApiKeys,
    SqliteApiKeys
);

impl AnyApiKeys {
    /// Ends every key, whosever it is, at `now` (milliseconds since 1970): where the secret of their digests is lost none can be
    /// known again. How many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_all(&self, now: u64) -> Result<usize, StoreError> {
        let Self::Sqlite(store) = self;
        store.end_all(now).await
    }
}

impl ApiKeyStore for AnyApiKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let Self::Sqlite(store) = self;
        ApiKeyStore::noting(store, row).map(Self::Sqlite)
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let Self::Sqlite(store) = self;
        store.api_key(id).await
    }

    async fn api_keys_of(&self, user: &UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let Self::Sqlite(store) = self;
        store.api_keys_of(user).await
    }

    async fn add_api_key(&self, key: &ApiKeyRecord, room: ApiKeyRoom) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.add_api_key(key, room).await
    }

    async fn end_api_key(&self, id: ApiKeyId, user: &UserId, now: u64) -> Result<bool, StoreError> {
        let Self::Sqlite(store) = self;
        store.end_api_key(id, user, now).await
    }

    async fn end_api_keys_of(&self, user: &UserId, epoch: u64, now: u64) -> Result<usize, StoreError> {
        let Self::Sqlite(store) = self;
        store.end_api_keys_of(user, epoch, now).await
    }

    async fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        let Self::Sqlite(store) = self;
        store.touch_api_keys(used).await
    }
}
