//! Accounts in SQLite.

use std::path::Path;

use portcullis_core::{
    Account, AccountChange, AccountStore, AuditRow, Condition, HashString, StoreError, UserId, UserStore,
};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::note::Note;
use super::options::SqliteOptions;
use crate::own::accounts;

mod conditional;
mod copies;
mod many;
mod rows;
mod sample;

/// Accounts in an SQLite file. Cheap to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::{Account, AccountStore};
/// use portcullis_sql::SqliteUsers;
///
/// let users = SqliteUsers::open("app.db").await?;
/// users.insert(&Account::new("johndoe")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteUsers {
    database: Database,
    note: Note,
}

impl SqliteUsers {
    /// Opens a file, makes it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::on(Database::open(path).await?).await
    }

    /// The same with choices.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        Self::on(Database::open_with(path, options).await?).await
    }

    /// Accounts in a fresh temporary file, removed with the last clone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn temporary() -> Result<Self, OpenError> {
        Self::on(Database::temporary().await?).await
    }

    /// Accounts in a database that is open already. Our tables' names begin with `portcullis_`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(accounts::STEPS_OF, accounts::SQLITE).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// The file, for tables of the application's own.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it says.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.database.ping()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Logins that lead to several accounts, so that nobody can log in with them, in their order.
    ///
    /// # Errors
    /// What the store says.
    pub async fn doubled_logins(&self) -> Result<Vec<String>, StoreError> {
        self.database.scan(rows::doubled_logins).await
    }

    /// See [`Database::close`].
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl UserStore for SqliteUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.database.read(|connection| rows::by_login(connection, login))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.database.read(|connection| rows::by_id(connection, id))
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let (id, seen, new) = (id.clone(), seen.clone(), new.clone());
        self.database
            .write(move |connection| rows::swap_hash(connection, &id, &seen, &new))
            .await
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        self.database
            .scan(move |connection| sample::sample(connection, limit))
            .await
    }

    fn generation(&self) -> u64 {
        self.database.generation()
    }
}

impl AccountStore for SqliteUsers {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        let (account, note) = (account.clone(), self.note.clone());
        let insert = move |connection: &Connection| {
            rows::insert(connection, &account)?;
            note.write(connection, true)
        };
        self.database.write(insert).await
    }

    async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        self.database.read(|connection| rows::by_username(connection, username))
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
        let (id, change, condition, note) = (id.clone(), change.clone(), condition.clone(), self.note.clone());
        let update = move |connection: &Connection| {
            let done = conditional::update(connection, &id, &change, &condition)?;
            note.write(connection, matches!(done, Ok(Some(_))))?;
            Ok(done)
        };
        self.database.write(update).await?.map_err(StoreError::Unmet)
    }

    async fn delete_if(&self, id: &UserId, condition: &Condition) -> Result<bool, StoreError> {
        let (id, condition, note) = (id.clone(), condition.clone(), self.note.clone());
        let delete = move |connection: &Connection| {
            let done = conditional::delete(connection, &id, &condition)?;
            note.write(connection, done == Ok(true))?;
            Ok(done)
        };
        self.database.write(delete).await?.map_err(StoreError::Unmet)
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let after = after.map(str::to_owned);
        let page = move |connection: &Connection| rows::page(connection, after.as_deref(), limit);
        self.database.scan(page).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.database.scan(rows::count).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    portcullis_core::store_contract!(async { SqliteUsers::temporary().await.expect("opens") });
}
