//! Where API keys are kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::record::ApiKeyRecord;
use crate::audit::AuditRow;
use crate::record_id::ApiKeyId;
use crate::store::StoreError;
use crate::user::UserId;

/// Where API keys are kept. Hold an implementation against `api_key_store_contract!`.
pub trait ApiKeyStore: Send + Sync + 'static {
    /// The same store for one act: see [`RevocationStore::noting`](crate::RevocationStore::noting).
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = row;
        None
    }

    /// The key of this id, also one that has ended.
    fn api_key(&self, id: ApiKeyId) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// The keys of a user that have not ended, in the order of their ids.
    fn api_keys_of(&self, user: &UserId) -> impl Future<Output = Result<Vec<ApiKeyRecord>, StoreError>> + Send;

    /// Adds a key, unless its owner has `at_most` already that are good when it is made: of its epoch, not over and not ended.
    /// Whether it did; in one step, so that of two that are added at once none is one too many. In the same step goes what had
    /// ended at `before` (milliseconds since 1970), whosever it was, a part of it at a time; of the owner's also what was over
    /// then, and what was made until then and is of another epoch.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if there is one of its id.
    fn add_api_key(
        &self,
        key: &ApiKeyRecord,
        at_most: usize,
        before: u64,
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
    fn add_api_key<'a>(&'a self, key: &'a ApiKeyRecord, at_most: usize, before: u64) -> Boxed<'a, bool>;
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

    fn add_api_key<'a>(&'a self, key: &'a ApiKeyRecord, at_most: usize, before: u64) -> Boxed<'a, bool> {
        Box::pin(ApiKeyStore::add_api_key(self, key, at_most, before))
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
