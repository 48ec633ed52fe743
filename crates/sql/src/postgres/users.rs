//! Accounts in PostgreSQL.

use portcullis_core::{
    Account, AccountChange, AccountStore, Condition, HashString, Login, StoreError, User as _, UserId, UserStore,
};

use super::act::{Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::value::Value;
use crate::own::{accounts, logins};

mod conditional;
mod rows;
mod sample;

/// Accounts in a PostgreSQL database, which several processes may share. Cheap to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::{Account, AccountStore};
/// use portcullis_sql::PostgresUsers;
///
/// let users = PostgresUsers::open("postgres://app@127.0.0.1/app").await?;
/// users.insert(&Account::new("johndoe")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresUsers {
    database: PostgresDatabase,
}

impl PostgresUsers {
    /// Opens a database by its URL, and brings its tables up to date.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn open(url: &str) -> Result<Self, PostgresError> {
        Self::on(PostgresDatabase::open(url).await?).await
    }

    /// Accounts in a database that is open already. Our tables' names begin with `portcullis_`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(accounts::STEPS_OF, accounts::POSTGRES).await?;
        Ok(Self { database })
    }

    /// The database.
    pub fn database(&self) -> &PostgresDatabase {
        &self.database
    }

    /// Logins that lead to several accounts, so that nobody can log in with them, in their order.
    ///
    /// # Errors
    /// What the store says.
    pub async fn doubled_logins(&self) -> Result<Vec<String>, StoreError> {
        let login = |row: &dyn crate::own::row::Row| row.text(0).map(str::to_owned);
        self.database.look(logins::DOUBLED, &[], login).await
    }

    async fn with_logins(&self, account: Account) -> Result<Account, StoreError> {
        let id = account.id();
        let logins = self
            .database
            .look(logins::OF_ACCOUNT, &[id.as_str().into()], logins::login)
            .await?;
        Ok(logins.into_iter().fold(account, Account::with_login))
    }
}

impl UserStore for PostgresUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let folded = Login::fold(login);
        let values = [login.into(), folded.as_str().into()];
        let found = self
            .database
            .look(accounts::BY_LOGIN, &values, accounts::account)
            .await?;
        Ok(accounts::only(found))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let found = self
            .database
            .look(accounts::BY_ID, &[id.as_str().into()], accounts::account)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let swapped = self
            .database
            .write(accounts::SWAP_HASH, &accounts::swapped(id, seen, new))
            .await?;
        Ok(swapped == 1)
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        sample::sample(&self.database, limit).await
    }

    fn generation(&self) -> u64 {
        self.database.generation()
    }
}

impl AccountStore for PostgresUsers {
    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        act!(self.database, Isolation::Serializable, act => rows::insert(&act, account))
    }

    async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        let found = self
            .database
            .look(accounts::BY_USERNAME, &[username.into()], accounts::account)
            .await?;
        match found.into_iter().next() {
            Some(account) => self.with_logins(account).await.map(Some),
            None => Ok(None),
        }
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        self.update_if(id, change, &Condition::default()).await
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        self.delete_if(id, &Condition::default()).await
    }

    async fn update_if(
        &self,
        id: &UserId,
        change: &AccountChange,
        condition: &Condition,
    ) -> Result<Option<Account>, StoreError> {
        let updated =
            act!(self.database, Isolation::Serializable, act => conditional::update(&act, id, change, condition))?;
        updated.map_err(StoreError::Unmet)
    }

    async fn delete_if(&self, id: &UserId, condition: &Condition) -> Result<bool, StoreError> {
        let deleted = act!(self.database, Isolation::Serializable, act => conditional::delete(&act, id, condition))?;
        deleted.map_err(StoreError::Unmet)
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let limit = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
        let page = match after {
            None => {
                self.database
                    .look(accounts::FIRST_PAGE, &[limit], accounts::account)
                    .await?
            }
            Some(after) => {
                let values = [after.into(), limit];
                self.database
                    .look(accounts::NEXT_PAGE, &values, accounts::account)
                    .await?
            }
        };
        let mut whole = Vec::with_capacity(page.len());
        for account in page {
            whole.push(self.with_logins(account).await?);
        }
        Ok(whole)
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let count = self.database.look(accounts::COUNT, &[], |row| row.count(0)).await?;
        Ok(count.into_iter().next().unwrap_or_default())
    }
}
