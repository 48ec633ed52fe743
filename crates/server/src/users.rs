//! The users of a deployment: in our own table, or in one that another application owns.

use portcullis_core::{
    Account, AccountChange, AccountStore, AuditRow, Condition, HashString, StoreError, StoredCredentials, UserId,
    UserStore,
};
use portcullis_sql::AnyUsers;
use portcullis_sql::foreign::ForeignUsers;

mod keycloak;
mod open;
mod origin;

pub(crate) use keycloak::SCHEME as KEYCLOAK;
pub(crate) use open::{export, failure, foreign, open};
pub(crate) use origin::passwords;

/// One of the two.
#[derive(Debug, Clone)]
pub(crate) enum Users {
    Own(AnyUsers),
    Foreign(ForeignUsers),
}

/// The same call on whichever it is.
macro_rules! of {
    ($users:expr, $store:ident => $call:expr) => {
        match $users {
            Users::Own($store) => $call,
            Users::Foreign($store) => $call,
        }
    };
}

impl UserStore for Users {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        of!(self, store => store.by_login(login).await)
    }

    async fn credentials(&self, login: &str) -> Result<Option<StoredCredentials>, StoreError> {
        of!(self, store => store.credentials(login).await)
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        of!(self, store => store.by_id(id).await)
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        of!(self, store => store.swap_hash(id, seen, new).await)
    }

    fn takes_upgrades(&self) -> bool {
        of!(self, store => store.takes_upgrades())
    }

    fn counts_epochs(&self) -> bool {
        of!(self, store => store.counts_epochs())
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        of!(self, store => store.sample_hashes(limit).await)
    }

    fn generation(&self) -> u64 {
        of!(self, store => store.generation())
    }
}

impl AccountStore for Users {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        match self {
            Self::Own(store) => AccountStore::noting(store, row).map(Self::Own),
            Self::Foreign(store) => AccountStore::noting(store, row).map(Self::Foreign),
        }
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        of!(self, store => store.insert(account).await)
    }

    async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        of!(self, store => store.by_username(username).await)
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        of!(self, store => store.update(id, change).await)
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        of!(self, store => store.delete(id).await)
    }

    async fn update_if(
        &self,
        id: &UserId,
        change: &AccountChange,
        condition: &Condition,
    ) -> Result<Option<Account>, StoreError> {
        of!(self, store => store.update_if(id, change, condition).await)
    }

    async fn delete_if(&self, id: &UserId, condition: &Condition) -> Result<bool, StoreError> {
        of!(self, store => store.delete_if(id, condition).await)
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        of!(self, store => store.list(after, limit).await)
    }

    async fn count(&self) -> Result<u64, StoreError> {
        of!(self, store => store.count().await)
    }
}
