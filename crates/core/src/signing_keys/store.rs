//! The joint to where keys are kept.

use std::future::Future;

use super::record::KeyRecord;
use crate::audit::AuditRow;
use crate::store::StoreError;

/// A change to a record. Each goes in one direction only, so that the order in which several arrive does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyChange {
    /// It begins at this time, if that is earlier.
    Activate(u64),
    /// It is ended at this time, if that is earlier than it was ended already.
    End(u64),
    /// Its tokens live this long (seconds), if that is longer.
    TokenLifetime(u64),
}

impl KeyRecord {
    /// The record after a change.
    #[must_use]
    pub fn changed(mut self, change: KeyChange) -> Self {
        match change {
            KeyChange::Activate(at) => self.activates = self.activates.min(at),
            KeyChange::End(at) => self.ended = Some(self.ended.map_or(at, |ended| ended.min(at))),
            KeyChange::TokenLifetime(seconds) => self.token_lifetime = self.token_lifetime.max(seconds),
        }
        self
    }
}

/// Where signing keys are kept, encrypted. Implementors simply write `async fn`; every implementation should pass
/// [`key_store_contract!`](crate::key_store_contract).
pub trait KeyStore: Send + Sync + 'static {
    /// The same store for one act: see [`RevocationStore::noting`](crate::RevocationStore::noting).
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized;

    /// All records in the order in which they were added.
    fn list(&self) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send;

    /// Adds a record, only if `newest` is the id of the one that was added last (`None`: only if there is none), in one
    /// step; says whether it did. So of two processes that rotate at once one does.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if there is a record of this id.
    fn add(&self, record: &KeyRecord, newest: Option<&str>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Changes one record in one step; says whether there is one of this id.
    fn change(&self, id: &str, change: KeyChange) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Replaces the encrypted key, only if it still equals `seen`; says whether it did. An empty one wipes it.
    fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
