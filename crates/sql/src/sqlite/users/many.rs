//! Many accounts at once.

use portcullis_core::{Account, StoreError, User as _};
use rusqlite::Connection;

use super::{SqliteUsers, rows};

impl SqliteUsers {
    /// Adds accounts in one step, on the disk together when this answers; says of each, in order, what came of it.
    ///
    /// # Errors
    /// What the store says; then none was added.
    pub async fn insert_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        let insert = move |connection: &Connection| {
            let mut inserted = Vec::with_capacity(accounts.len());
            for account in &accounts {
                inserted.push(insert_one(connection, account)?);
            }
            Ok(inserted)
        };
        self.database.write(insert).await
    }

    /// Copies accounts that another table owns: what is new is added, what was copied before (the same id and name) is
    /// made like the copy, epoch and all. In one step, on the disk together when this answers; says of each, in order, what came
    /// of it.
    ///
    /// # Errors
    /// What the store says; then none was changed.
    pub async fn copy_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        let copy = move |connection: &Connection| {
            let mut copied = Vec::with_capacity(accounts.len());
            for account in &accounts {
                copied.push(copy_one(connection, account)?);
            }
            Ok(copied)
        };
        self.database.write(copy).await
    }
}

/// What came of an account that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is new.
    New,
    /// There was one of that name, with the same hash, fields and scopes.
    Same,
    /// There was another of that name or id, which stays as it was.
    Taken,
}

fn copy_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    match insert_one(connection, account)? {
        Inserted::New => return Ok(Inserted::New),
        Inserted::Same | Inserted::Taken => {}
    }
    match whole(connection, rows::by_id(connection, account.id().as_str())?)? {
        Some(there) if there == *account => Ok(Inserted::Same),
        Some(there) if there.username() == account.username() => {
            rows::update(connection, &there, account)?;
            Ok(Inserted::Same)
        }
        _ => Ok(Inserted::Taken),
    }
}

fn insert_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    match rows::insert(connection, account) {
        Ok(()) => return Ok(Inserted::New),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
        Err(error) => return Err(error),
    }
    let there = whole(connection, rows::by_username(connection, account.username())?)?;
    // The epoch is the time at which it was added, and is no sign of another.
    let same = there.is_some_and(|there| there.clone().with_token_epoch(account.token_epoch()) == *account);
    Ok(if same { Inserted::Same } else { Inserted::Taken })
}

fn whole(connection: &Connection, account: Option<Account>) -> rusqlite::Result<Option<Account>> {
    account
        .map(|account| rows::with_logins(connection, account))
        .transpose()
}
