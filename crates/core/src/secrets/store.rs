//! The joint to where secrets are kept.

use std::future::Future;

use crate::store::StoreError;

/// What is stored of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRecord {
    /// Its number, from 1. A number that was used never means another secret.
    pub number: u8,
    /// When it was made, in milliseconds since 1970.
    pub created: u64,
    /// The secret, encrypted; empty when it was wiped.
    pub sealed: Vec<u8>,
}

/// Where secrets are kept, encrypted. Every implementation should pass
/// [`secret_store_contract!`](crate::secret_store_contract).
pub trait SecretStore: Send + Sync + 'static {
    /// All records in the order of their numbers.
    fn list(&self) -> impl Future<Output = Result<Vec<SecretRecord>, StoreError>> + Send;

    /// Adds a record, only if `newest` is the highest number that is there (`None`: only if there is none), in one step;
    /// says whether it did. So of two processes that add one at once one does.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if there is a record of this number.
    fn add(&self, record: &SecretRecord, newest: Option<u8>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Replaces the encrypted secret, only if it still equals `seen`; says whether it did. An empty one wipes it.
    fn reseal(&self, number: u8, seen: &[u8], new: &[u8]) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
