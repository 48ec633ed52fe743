//! Where the trail is kept.

use std::future::Future;
use std::pin::Pin;

use super::row::{AuditRow, Position, StoredRow};
use super::seal::Seal;
use crate::store::StoreError;

/// How far rows and seals have come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The newest seal.
    pub seal: Option<Seal>,
    /// The last position that was ever given to a row.
    pub position: Position,
    /// The highest number that a seal ever had.
    pub sealed: u64,
}

/// Which rows are asked for; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditFilter {
    /// What happened to this, or was done by the user of this id.
    pub user: Option<String>,
    /// The number of a kind.
    pub kind: Option<u16>,
    /// Not before this, in milliseconds since 1970.
    pub since: Option<u64>,
}

impl AuditFilter {
    /// Whether a row is asked for.
    pub fn takes(&self, row: &AuditRow) -> bool {
        let of_user = self
            .user
            .as_ref()
            .is_none_or(|user| row.subject.as_ref() == Some(user) || row.actor.as_deref() == Some(&actor_of(user)));
        of_user && self.kind.is_none_or(|kind| row.kind == kind) && self.since.is_none_or(|since| row.at >= since)
    }
}

/// How the user of this id is spelled as an actor.
pub fn actor_of(user: &str) -> String {
    crate::subject::Subject::User(crate::user::UserId::new(user)).to_string()
}

/// Where the trail is kept. Rows are added and read, and removed only by [`AuditStore::prune`]; nothing ever changes
/// one. Hold an implementation against `audit_store_contract!`.
///
/// A store of sessions, clients, users or keys in the same database writes the row of an act in the step that makes it:
/// [`SessionStore`](crate::SessionStore)'s `noting` and the like.
pub trait AuditStore: Send + Sync + 'static {
    /// Adds rows in this order, each at the next position; one whose id is there already is passed over.
    fn append(&self, rows: &[AuditRow]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How far rows and seals have come: never less far than what stands there.
    fn head(&self) -> impl Future<Output = Result<Head, StoreError>> + Send;

    /// At most `limit` rows behind a position, in their order.
    fn rows(&self, after: Position, limit: usize) -> impl Future<Output = Result<Vec<StoredRow>, StoreError>> + Send;

    /// The same of those that are asked for.
    fn find(
        &self,
        filter: &AuditFilter,
        after: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<StoredRow>, StoreError>> + Send;

    /// The last `limit` rows of those that are asked for, in their order.
    fn last(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<StoredRow>, StoreError>> + Send;

    /// How many rows and seals stand where none is ever put, and are not among those that are read: before the first, or at
    /// no place. By default none can.
    fn astray(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        std::future::ready(Ok(0))
    }

    /// At most `limit` seals whose numbers are above `after`, in their order.
    fn seals(&self, after: u64, limit: usize) -> impl Future<Output = Result<Vec<Seal>, StoreError>> + Send;

    /// Adds a seal if none of its number is there, and none that follows the same one; whether it did.
    fn add_seal(&self, seal: &Seal) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The last seal all of whose rows, and those of the seals before it, are older than `before` (milliseconds since
    /// 1970).
    fn sealed_before(&self, before: u64) -> impl Future<Output = Result<Option<Seal>, StoreError>> + Send;

    /// Removes the rows up to a position, which a seal must bind, and adds `row` in the same step; how many went.
    /// Without any nothing is added.
    fn prune(&self, upto: Position, row: &AuditRow) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The twin of [`AuditStore`] that can be put behind a pointer.
pub(crate) trait ErasedAudit: Send + Sync {
    fn append<'a>(&'a self, rows: &'a [AuditRow]) -> Boxed<'a, ()>;
    fn head(&self) -> Boxed<'_, Head>;
    fn rows(&self, after: Position, limit: usize) -> Boxed<'_, Vec<StoredRow>>;
    fn find<'a>(&'a self, filter: &'a AuditFilter, after: Position, limit: usize) -> Boxed<'a, Vec<StoredRow>>;
    fn last<'a>(&'a self, filter: &'a AuditFilter, limit: usize) -> Boxed<'a, Vec<StoredRow>>;
    fn astray(&self) -> Boxed<'_, u64>;
    fn seals(&self, after: u64, limit: usize) -> Boxed<'_, Vec<Seal>>;
    fn add_seal<'a>(&'a self, seal: &'a Seal) -> Boxed<'a, bool>;
    fn sealed_before(&self, before: u64) -> Boxed<'_, Option<Seal>>;
    fn prune<'a>(&'a self, upto: Position, row: &'a AuditRow) -> Boxed<'a, u64>;
}

impl<S: AuditStore> ErasedAudit for S {
    fn append<'a>(&'a self, rows: &'a [AuditRow]) -> Boxed<'a, ()> {
        Box::pin(AuditStore::append(self, rows))
    }

    fn head(&self) -> Boxed<'_, Head> {
        Box::pin(AuditStore::head(self))
    }

    fn rows(&self, after: Position, limit: usize) -> Boxed<'_, Vec<StoredRow>> {
        Box::pin(AuditStore::rows(self, after, limit))
    }

    fn find<'a>(&'a self, filter: &'a AuditFilter, after: Position, limit: usize) -> Boxed<'a, Vec<StoredRow>> {
        Box::pin(AuditStore::find(self, filter, after, limit))
    }

    fn last<'a>(&'a self, filter: &'a AuditFilter, limit: usize) -> Boxed<'a, Vec<StoredRow>> {
        Box::pin(AuditStore::last(self, filter, limit))
    }

    fn astray(&self) -> Boxed<'_, u64> {
        Box::pin(AuditStore::astray(self))
    }

    fn seals(&self, after: u64, limit: usize) -> Boxed<'_, Vec<Seal>> {
        Box::pin(AuditStore::seals(self, after, limit))
    }

    fn add_seal<'a>(&'a self, seal: &'a Seal) -> Boxed<'a, bool> {
        Box::pin(AuditStore::add_seal(self, seal))
    }

    fn sealed_before(&self, before: u64) -> Boxed<'_, Option<Seal>> {
        Box::pin(AuditStore::sealed_before(self, before))
    }

    fn prune<'a>(&'a self, upto: Position, row: &'a AuditRow) -> Boxed<'a, u64> {
        Box::pin(AuditStore::prune(self, upto, row))
    }
}
