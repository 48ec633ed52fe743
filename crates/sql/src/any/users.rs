//! Accounts in either database.

use portcullis_core::{
    Account, AccountChange, AccountStore, AuditRow, Condition, HashString, StoreError, StoredCredentials, UserId,
    UserStore,
};

use super::database::AnyDatabase;
use super::either::{either, noting, of};
use crate::own::insertion::Inserted;
use crate::postgres::PostgresUsers;
use crate::sqlite::SqliteUsers;

either!(
    /// Accounts in either database. Cheap to clone.
    AnyUsers,
    SqliteUsers,
    PostgresUsers
);

impl AnyUsers {
    /// The database.
    pub fn database(&self) -> AnyDatabase {
        of!(self, store => store.database().clone().into())
    }

    /// Logins that lead to several accounts, so that nobody can log in with them, in their order.
    ///
    /// # Errors
    /// What the store says.
    pub async fn doubled_logins(&self) -> Result<Vec<String>, StoreError> {
        of!(self, store => store.doubled_logins().await)
    }

    /// Adds accounts in one step; says of each, in order, what came of it. Who was added before without a password is
    /// completed; nothing else that is there changes.
    ///
    /// # Errors
    /// What the store says; then none was added.
    pub async fn insert_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        of!(self, store => store.insert_many(accounts).await)
    }

    /// Copies accounts that another table owns, ids and epochs and all: what is new is added, what was copied before and
    /// not changed here since is brought up to date, whatever was changed or removed here stays so. No epoch falls.
    ///
    /// # Errors
    /// What the store says; then none was changed.
    pub async fn copy_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        of!(self, store => store.copy_many(accounts).await)
    }

    /// Up to `limit` ids after `after`, in their order, of accounts that were copied ([`AnyUsers::copy_many`]) and are here
    /// still.
    ///
    /// # Errors
    /// What the store says.
    pub async fn copied_after(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        of!(self, store => store.copied_after(after, limit).await)
    }

    /// What [`AnyUsers::insert_many`] would answer for one account, with nothing written.
    ///
    /// # Errors
    /// What the store says.
    pub async fn would_insert(&self, account: &Account) -> Result<Inserted, StoreError> {
        match self {
            Self::Sqlite(store) => store.would_insert(account),
            Self::Postgres(store) => store.would_insert(account).await,
        }
    }
}

impl UserStore for AnyUsers {
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

impl AccountStore for AnyUsers {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        noting!(self, AccountStore, row)
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
