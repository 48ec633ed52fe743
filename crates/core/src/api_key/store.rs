//! Where API keys are kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::record::ApiKeyRecord;
use crate::audit::AuditRow;
use crate::record_id::ApiKeyId;
use crate::store::StoreError;
use crate::user::UserId;

/// Whether there is room for a new key, and what goes with it. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyRoom {
    /// So many that are good its owner has at most, with it: of its epoch, not over and not ended when it is made.
    pub good: usize,
    /// And so many, ended or not, that were made after `since` and not after it.
    pub made: usize,
    /// See `made`.
    pub since: u64,
    /// What had ended at this time goes, whosever it was, a part of it at a time; of the owner's also what was over then, and what
    /// was made until then and is of another epoch.
    pub before: u64,
}

/// Where API keys are kept. Hold an implementation against `api_key_store_contract!`.
pub trait ApiKeyStore: Send + Sync + 'static {
    /// The same store for one act: see [`RevocationStore::noting`](crate::RevocationStore::noting).
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized;

    /// The key of this id, also one that has ended.
    fn api_key(&self, id: ApiKeyId) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// The keys of a user that have not ended, in the order of their ids.
    fn api_keys_of(&self, user: &UserId) -> impl Future<Output = Result<Vec<ApiKeyRecord>, StoreError>> + Send;

    /// Adds a key if there is room for it; whether there was. In one step, so that of two that are added at once none is one too
    /// many.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if there is one of its id.
    fn add_api_key(
        &self,
        key: &ApiKeyRecord,
        room: ApiKeyRoom,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a key of a user at `now`; whether there was one that had not ended. It is kept, so that a copy of the store that is
    /// older does not bring it back.
    fn end_api_key(
        &self,
        id: ApiKeyId,
        user: &UserId,
        now: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends, at `now`, the keys of a user that are of an epoch below `epoch`; how many.
    fn end_api_keys_of(
        &self,
        user: &UserId,
        epoch: u64,
        now: u64,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Notes when keys were used, each in milliseconds since 1970; an earlier time than the one that is there changes nothing.
    fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The twin of [`ApiKeyStore`] that can be put behind a pointer, so that nothing else is generic over the store.
pub(crate) trait ErasedApiKeys: Send + Sync {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedApiKeys>>;
    fn api_key(&self, id: ApiKeyId) -> Boxed<'_, Option<ApiKeyRecord>>;
    fn api_keys_of<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Vec<ApiKeyRecord>>;
    fn add_api_key<'a>(&'a self, key: &'a ApiKeyRecord, room: ApiKeyRoom) -> Boxed<'a, bool>;
    fn end_api_key<'a>(&'a self, id: ApiKeyId, user: &'a UserId, now: u64) -> Boxed<'a, bool>;
    fn end_api_keys_of<'a>(&'a self, user: &'a UserId, epoch: u64, now: u64) -> Boxed<'a, usize>;
    fn touch_api_keys<'a>(&'a self, used: &'a [(ApiKeyId, u64)]) -> Boxed<'a, ()>;
}

impl<S: ApiKeyStore> ErasedApiKeys for S {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedApiKeys>> {
        let noting = ApiKeyStore::noting(self, row)?;
        Some(Arc::new(noting))
    }

    fn api_key(&self, id: ApiKeyId) -> Boxed<'_, Option<ApiKeyRecord>> {
        Box::pin(ApiKeyStore::api_key(self, id))
    }

    fn api_keys_of<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Vec<ApiKeyRecord>> {
        Box::pin(ApiKeyStore::api_keys_of(self, user))
    }

    fn add_api_key<'a>(&'a self, key: &'a ApiKeyRecord, room: ApiKeyRoom) -> Boxed<'a, bool> {
        Box::pin(ApiKeyStore::add_api_key(self, key, room))
    }

    fn end_api_key<'a>(&'a self, id: ApiKeyId, user: &'a UserId, now: u64) -> Boxed<'a, bool> {
        Box::pin(ApiKeyStore::end_api_key(self, id, user, now))
    }

    fn end_api_keys_of<'a>(&'a self, user: &'a UserId, epoch: u64, now: u64) -> Boxed<'a, usize> {
        Box::pin(ApiKeyStore::end_api_keys_of(self, user, epoch, now))
    }

    fn touch_api_keys<'a>(&'a self, used: &'a [(ApiKeyId, u64)]) -> Boxed<'a, ()> {
        Box::pin(ApiKeyStore::touch_api_keys(self, used))
    }
}
