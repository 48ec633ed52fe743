//! Accounts in SQLite.

use std::path::Path;

use portcullis_core::{
    Account, AccountChange, AccountStore, HashString, ScopeSet, StoreError, User, UserId, UserStore,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::database::{Database, SqliteOptions};
use super::error::OpenError;

/// The steps that make our tables.
const STEPS: &[&str] = &[include_str!("accounts.sql")];

const INSERT: &str = "INSERT INTO portcullis_accounts \
    (id, username, email, full_name, disabled, password_hash, scopes, token_epoch) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Not `REPLACE`, which deletes the row and with it whatever an application hung on it by a foreign key.
const UPDATE: &str = "UPDATE portcullis_accounts SET username = ?2, email = ?3, full_name = ?4, disabled = ?5, \
    password_hash = ?6, scopes = ?7, token_epoch = ?8 WHERE id = ?1";

macro_rules! concat_select {
    ($rest:literal) => {
        concat!(
            "SELECT id, username, email, full_name, disabled, password_hash, scopes, token_epoch \
             FROM portcullis_accounts ",
            $rest
        )
    };
}

mod many;

pub use many::Inserted;

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
        database.migrate("portcullis", STEPS).await?;
        Ok(Self { database })
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

    /// See [`Database::close`].
    pub async fn close(&self) {
        self.database.close().await;
    }

    fn find(&self, column: &'static str, value: &str) -> Result<Option<Account>, StoreError> {
        // A literal text per column, so that the statement is prepared once.
        let sql = match column {
            "id" => concat_select!("WHERE id = ?1"),
            _ => concat_select!("WHERE username = ?1"),
        };
        self.database
            .read(|connection| connection.prepare_cached(sql)?.query_row([value], account).optional())
    }
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    // Texts are borrowed from the row and copied once: this is done for every guarded request.
    let (id, username) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
    let mut account = Account::new(username);
    if id != username {
        account = account.with_id(UserId::from(id));
    }
    if let Some(email) = row.get_ref(2)?.as_str_or_null()? {
        account = account.with_email(email);
    }
    if let Some(full_name) = row.get_ref(3)?.as_str_or_null()? {
        account = account.with_full_name(full_name);
    }
    if let Some(hash) = row.get_ref(5)?.as_str_or_null()? {
        account = account.with_password_hash(HashString::from(hash));
    }
    let scopes = ScopeSet::parse(row.get_ref(6)?.as_str()?).map_err(|cause| unreadable(6, Type::Text, cause))?;
    // Never a guess: a wrong epoch would let tokens live on that were ended.
    let epoch = u64::try_from(row.get::<_, i64>(7)?).map_err(|cause| unreadable(7, Type::Integer, cause))?;
    Ok(account
        .with_disabled(row.get(4)?)
        .with_scopes(scopes)
        .with_token_epoch(epoch))
}

fn unreadable(column: usize, kind: Type, cause: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(cause))
}

/// Runs `INSERT` or `UPDATE` with every column.
fn put(connection: &Connection, sql: &str, account: &Account) -> rusqlite::Result<()> {
    let epoch = i64::try_from(account.token_epoch());
    connection.prepare_cached(sql)?.execute(params![
        account.id().as_str(),
        account.username(),
        account.email(),
        account.full_name(),
        account.disabled(),
        account.password_hash().map(HashString::as_str),
        account.scopes().as_str(),
        epoch.map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?,
    ])?;
    Ok(())
}

impl UserStore for SqliteUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.find("username", login)
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.find("id", id.as_str())
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let (id, seen, new) = (id.clone(), seen.clone(), new.clone());
        let swap = move |connection: &Connection| {
            let sql = "UPDATE portcullis_accounts SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
            Ok(connection
                .prepare_cached(sql)?
                .execute([id.as_str(), seen.as_str(), new.as_str()])?
                == 1)
        };
        self.database.write(swap).await
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sample = move |connection: &Connection| {
            let sql = "SELECT password_hash FROM portcullis_accounts WHERE password_hash IS NOT NULL \
                       ORDER BY id LIMIT ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let hashes = statement.query_map([limit], |row| Ok(HashString::new(row.get::<_, String>(0)?)))?;
            hashes.collect()
        };
        self.database.scan(sample).await
    }

    fn generation(&self) -> u64 {
        self.database.generation()
    }
}

impl AccountStore for SqliteUsers {
    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        let account = account.clone();
        self.database
            .write(move |connection| put(connection, INSERT, &account))
            .await
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        let (id, change) = (id.clone(), change.clone());
        let update = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(concat_select!("WHERE id = ?1"))?;
            let Some(before) = statement.query_row([id.as_str()], account).optional()? else {
                return Ok(None);
            };
            if change.only_if_hash.is_some() && before.password_hash() != change.only_if_hash.as_ref() {
                return Ok(None);
            }
            let after = before.changed(&change);
            put(connection, UPDATE, &after)?;
            Ok(Some(after))
        };
        self.database.write(update).await
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        let id = id.clone();
        let delete = move |connection: &Connection| {
            let sql = "DELETE FROM portcullis_accounts WHERE id = ?1";
            Ok(connection.prepare_cached(sql)?.execute([id.as_str()])? == 1)
        };
        self.database.write(delete).await
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let after = after.map(str::to_owned);
        // Two texts: with one for both, SQLite would walk to the page from the first name on.
        let page = move |connection: &Connection| match after {
            None => {
                let sql = concat_select!("ORDER BY username LIMIT ?1");
                connection.prepare_cached(sql)?.query_map([limit], account)?.collect()
            }
            Some(after) => {
                let sql = concat_select!("WHERE username > ?1 ORDER BY username LIMIT ?2");
                connection
                    .prepare_cached(sql)?
                    .query_map(params![after, limit], account)?
                    .collect()
            }
        };
        self.database.scan(page).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM portcullis_accounts";
        let count = |connection: &Connection| {
            connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get::<_, i64>(0))
        };
        let count = self.database.scan(count).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    portcullis_core::store_contract!(async { SqliteUsers::temporary().await.expect("opens") });
}
