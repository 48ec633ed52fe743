//! Many accounts at once.

use portcullis_core::{Account, StoreError, User as _};
use rusqlite::{Connection, OptionalExtension as _};

use super::{INSERT, SqliteUsers, UPDATE, put};

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
    let mut by_id = connection.prepare_cached(concat_select!("WHERE id = ?1"))?;
    let there = by_id.query_row([account.id().as_str()], super::account).optional()?;
    match there {
        Some(there) if there == *account => Ok(Inserted::Same),
        Some(there) if there.username() == account.username() => {
            put(connection, UPDATE, account)?;
            Ok(Inserted::Same)
        }
        _ => Ok(Inserted::Taken),
    }
}

fn insert_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    match put(connection, INSERT, account) {
        Ok(()) => return Ok(Inserted::New),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
        Err(error) => return Err(error),
    }
    let mut by_name = connection.prepare_cached(concat_select!("WHERE username = ?1"))?;
    let there = by_name.query_row([account.username()], super::account).optional()?;
    // The epoch is the time at which it was added, and is no sign of another.
    let same = there.is_some_and(|there| there.clone().with_token_epoch(account.token_epoch()) == *account);
    Ok(if same { Inserted::Same } else { Inserted::Taken })
}
