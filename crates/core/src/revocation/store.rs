//! Where entries are kept.

use std::future::Future;
use std::sync::Arc;

use super::entry::Entry;
use crate::audit::AuditRow;
use crate::store::StoreError;

/// How far a reader has read: what a store gave out, and only that store can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub Arc<str>);

/// What was added since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What is new, in no order that matters.
    pub entries: Vec<Entry>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether this is everything that is still needed, because the reader began or its cursor means nothing here.
    pub full: bool,
}

/// Where entries are kept, for every process that checks tokens.
///
/// What a store acknowledged, [`RevocationStore::since`] gives to every reader in every process, once or more often; to skip
/// one because another, slower writer committed later is what must not happen. Hold an implementation against
/// `revocation_store_contract!`.
pub trait RevocationStore: Send + Sync + 'static {
    /// The same store for one act, which writes this row of the audit trail in the step that makes it, if it happens.
    /// `None`: no trail is kept beside this store, and whoever asks writes the row afterwards.
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized;

    /// Keeps entries; those that are there already (the same kind, subject and value) stay, with the later `until`. When it
    /// comes back, they are durable.
    fn revoke(&self, entries: &[Entry]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What was added since `cursor`; without one, or with one that the store cannot read, everything.
    fn since(&self, cursor: Option<&Cursor>) -> impl Future<Output = Result<Batch, StoreError>> + Send;

    /// Removes at most `limit` entries that are not needed any more at `now` (milliseconds since 1970); how many.
    fn forget(&self, now: u64, limit: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
