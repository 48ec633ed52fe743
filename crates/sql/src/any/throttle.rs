//! What was tried on accounts, in either database.

use portcullis_core::{
    AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, StoreError, ThrottleStore,
};

use super::either::{either, of};
use crate::postgres::PostgresThrottle;
use crate::sqlite::SqliteThrottle;

either!(
    /// What was tried on accounts, and from where their owners log in, in either database. Cheap to clone.
    AnyThrottle,
    SqliteThrottle,
    PostgresThrottle
);

impl ThrottleStore for AnyThrottle {
    async fn read(&self, account: &AccountKey, sides: &[SideKey]) -> Result<AccountSeen, StoreError> {
        of!(self, store => store.read(account, sides).await)
    }

    async fn swap(
        &self,
        account: &AccountKey,
        side: &SideKey,
        seen: Option<&[u8]>,
        next: Option<&SideState>,
    ) -> Result<bool, StoreError> {
        of!(self, store => store.swap(account, side, seen, next).await)
    }

    async fn remember(&self, account: &AccountKey, network: KnownNetwork, at_most: usize) -> Result<(), StoreError> {
        of!(self, store => store.remember(account, network, at_most).await)
    }

    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        of!(self, store => store.forget(account).await)
    }

    async fn tidy(&self, what: &Dispensable, limit: usize) -> Result<usize, StoreError> {
        of!(self, store => store.tidy(what, limit).await)
    }
}
