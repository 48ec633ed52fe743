//! A store of any type.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::entry::Entry;
use super::store::{Batch, Cursor, RevocationStore};
use crate::audit::AuditRow;
use crate::store::StoreError;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`RevocationStore`] behind a pointer.
pub(crate) trait ErasedRevocations: Send + Sync + 'static {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedRevocations>>;
    fn revoke<'a>(&'a self, entries: &'a [Entry]) -> Boxed<'a, ()>;
    fn since<'a>(&'a self, cursor: Option<&'a Cursor>) -> Boxed<'a, Batch>;
    fn forget(&self, now: u64, limit: usize) -> Boxed<'_, usize>;
}

impl<S: RevocationStore> ErasedRevocations for S {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedRevocations>> {
        let noting = RevocationStore::noting(self, row)?;
        Some(Arc::new(noting))
    }

    fn revoke<'a>(&'a self, entries: &'a [Entry]) -> Boxed<'a, ()> {
        Box::pin(RevocationStore::revoke(self, entries))
    }

    fn since<'a>(&'a self, cursor: Option<&'a Cursor>) -> Boxed<'a, Batch> {
        Box::pin(RevocationStore::since(self, cursor))
    }

    fn forget(&self, now: u64, limit: usize) -> Boxed<'_, usize> {
        Box::pin(RevocationStore::forget(self, now, limit))
    }
}
