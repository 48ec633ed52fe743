//! Many accounts at once.

use portcullis_core::{Account, StoreError, User as _};

use super::{PostgresUsers, copies, rows};
use crate::own::accounts;
use crate::own::insertion::{Inserted, compared};
use crate::postgres::act::{Act, Isolation, act};
use crate::postgres::failure::Failure;

impl PostgresUsers {
    /// Adds accounts in one step, on the disk together when this answers; says of each, in order, what came of it. Who was
    /// added before without a password is completed; nothing else that is there changes.
    ///
    /// # Errors
    /// What the store says; then none was added.
    pub async fn insert_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        let _changing = self.database.changing_users();
        act!(self.database, Isolation::Serializable, act => insert(&act, &accounts))
    }

    /// Copies accounts that another table owns, ids and epochs and all: what is new is added, what was copied before and
    /// not changed here since is brought up to date, whatever was changed or removed here stays so. No epoch falls. In one
    /// step, on the disk together when this answers; says of each, in order, what came of it.
    ///
    /// # Errors
    /// What the store says; then none was changed.
    pub async fn copy_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        let _changing = self.database.changing_users();
        act!(self.database, Isolation::Serializable, act => copies::copy(&act, &accounts))
    }

    /// What [`PostgresUsers::insert_many`] would answer for one account, with nothing written.
    ///
    /// # Errors
    /// What the store says.
    pub async fn would_insert(&self, account: &Account) -> Result<Inserted, StoreError> {
        if let Some(there) = portcullis_core::AccountStore::by_username(self, account.username()).await? {
            return Ok(compared(&there, account).0);
        }
        let id = account.id();
        let of_id = self
            .database
            .look(accounts::BY_ID, &[id.as_str().into()], accounts::account)
            .await?;
        Ok(if of_id.is_empty() {
            Inserted::New
        } else {
            Inserted::Taken
        })
    }
}

async fn insert(act: &Act, accounts: &[Account]) -> Result<Vec<Inserted>, Failure> {
    let new = rows::add(act, accounts).await?;
    let mut came = Vec::with_capacity(accounts.len());
    for (account, is_new) in accounts.iter().zip(new) {
        came.push(match is_new {
            true => Inserted::New,
            false => completed(act, account).await?,
        });
    }
    Ok(came)
}

/// What comes of an account whose name or id is not free.
async fn completed(act: &Act, account: &Account) -> Result<Inserted, Failure> {
    let Some(there) = rows::by_username(act, account.username()).await? else {
        return Ok(Inserted::Taken);
    };
    let (came, completed) = compared(&there, account);
    if let Some(completed) = completed {
        rows::update(act, &there, &completed).await?;
    }
    Ok(came)
}
