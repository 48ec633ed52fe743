//! Accounts in PostgreSQL.

use portcullis_core::{
    Account, AccountChange, AccountStore, AuditRow, Condition, HashString, Login, StoreError, Unmet, UserId, UserStore,
};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::note::Note;
use super::report::report;
use crate::own::value::Value;
use crate::own::{accounts, logins};

mod conditional;
mod copies;
mod many;
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
    note: Note,
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
        Ok(Self {
            database,
            note: Note::default(),
        })
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
        report(&self.database, logins::DOUBLED, &[], login).await
    }
}

impl UserStore for PostgresUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let folded = Login::fold(login);
        let values = [login.into(), folded.as_str().into()];
        let found = self
            .database
            .find(accounts::BY_LOGIN, &values, accounts::account)
            .await?;
        Ok(accounts::only(found))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let found = self
            .database
            .find(accounts::BY_ID, &[id.as_str().into()], accounts::account)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        let _changing = self.database.changing_users();
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
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        let _changing = self.database.changing_users();
        act!(self.database, Isolation::Serializable, act => insert(&act, account, &self.note))
    }

    async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        let rows = self
            .database
            .look(accounts::BY_USERNAME, &[username.into()], accounts::whole)
            .await?;
        Ok(accounts::gathered(rows).pop())
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
        let _changing = self.database.changing_users();
        let what = (id, change, condition);
        let updated = act!(self.database, Isolation::Serializable, act => update(&act, what, &self.note))?;
        updated.map_err(StoreError::Unmet)
    }

    async fn delete_if(&self, id: &UserId, condition: &Condition) -> Result<bool, StoreError> {
        let _changing = self.database.changing_users();
        let deleted = act!(self.database, Isolation::Serializable, act => delete(&act, id, condition, &self.note))?;
        deleted.map_err(StoreError::Unmet)
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let limit = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
        let page = match after {
            None => {
                self.database
                    .look(accounts::FIRST_PAGE, &[limit], accounts::whole)
                    .await?
            }
            Some(after) => {
                let values = [after.into(), limit];
                self.database
                    .look(accounts::NEXT_PAGE, &values, accounts::whole)
                    .await?
            }
        };
        Ok(accounts::gathered(page))
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let count = report(&self.database, accounts::COUNT, &[], |row| row.count(0)).await?;
        Ok(count.into_iter().next().unwrap_or_default())
    }
}

async fn insert(act: &Act, account: &Account, note: &Note) -> Result<(), Failure> {
    rows::insert(act, account).await?;
    note.write(act, true).await
}

async fn update(
    act: &Act,
    (id, change, condition): (&UserId, &AccountChange, &Condition),
    note: &Note,
) -> Result<Result<Option<Account>, Unmet>, Failure> {
    let done = conditional::update(act, id, change, condition).await?;
    note.write(act, matches!(done, Ok(Some(_)))).await?;
    Ok(done)
}

async fn delete(act: &Act, id: &UserId, condition: &Condition, note: &Note) -> Result<Result<bool, Unmet>, Failure> {
    let done = conditional::delete(act, id, condition).await?;
    note.write(act, done == Ok(true)).await?;
    Ok(done)
}
