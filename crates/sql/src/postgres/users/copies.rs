//! Accounts that are copied from a table of another application, again and again while both are in use: what was copied
//! last is remembered, so that only what nobody changed here is ever written over.

use portcullis_core::{Account, StoreError, User as _, UserId};

use super::{PostgresUsers, rows};
use crate::own::copied_accounts::{self, Step};
use crate::own::insertion::Inserted;
use crate::postgres::act::Act;
use crate::postgres::failure::Failure;

impl PostgresUsers {
    /// Up to `limit` ids after `after`, in their order, of accounts that were copied ([`PostgresUsers::copy_many`]) and are here
    /// still.
    ///
    /// # Errors
    /// What the store says.
    pub async fn copied_after(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let values = copied_accounts::after(after, limit);
        self.database
            .look(copied_accounts::AFTER, &values, copied_accounts::id)
            .await
    }
}

pub(super) async fn copy(act: &Act, accounts: &[Account]) -> Result<Vec<Inserted>, Failure> {
    let mut came = Vec::with_capacity(accounts.len());
    for account in accounts {
        came.push(copy_one(act, account).await?);
    }
    Ok(came)
}

async fn copy_one(act: &Act, account: &Account) -> Result<Inserted, Failure> {
    let id = account.id();
    let there = match rows::by_id(act, &id).await? {
        Some(there) => Some(rows::with_logins(act, there).await?),
        None => None,
    };
    let last = act
        .first(copied_accounts::LAST, &[id.as_str().into()], copied_accounts::copy)
        .await?;
    match copied_accounts::step(there, last.as_ref(), account) {
        Step::Nothing(came) => Ok(came),
        Step::Add => add(act, account).await,
        Step::Remember => remember(act, account, account).await.map(|()| Inserted::Same),
        Step::Replace { before, after } => replace(act, &before, &after, account).await,
    }
}

async fn add(act: &Act, account: &Account) -> Result<Inserted, Failure> {
    let added = rows::add(act, std::slice::from_ref(account)).await?;
    if added != [true] {
        return Ok(Inserted::Taken);
    }
    // As it is stored: the epoch may have been raised.
    let stored = rows::by_id(act, &account.id()).await?;
    let stored = stored.map_or(0, |stored| stored.token_epoch());
    remember(act, &account.clone().with_token_epoch(stored), account).await?;
    Ok(Inserted::New)
}

async fn replace(act: &Act, before: &Account, after: &Account, copied: &Account) -> Result<Inserted, Failure> {
    // Renamed there to the name of another one here, it stays.
    let of_name = rows::by_username(act, after.username()).await?;
    if of_name.is_some_and(|other| other.id() != after.id()) {
        return Ok(Inserted::Taken);
    }
    rows::update(act, before, after).await?;
    remember(act, after, copied).await?;
    Ok(Inserted::Updated)
}

async fn remember(act: &Act, stored: &Account, copied: &Account) -> Result<(), Failure> {
    let (id, digest) = (stored.id(), copied_accounts::digest(stored));
    let values = copied_accounts::remembered(id.as_str(), &digest, copied.token_epoch());
    act.execute(copied_accounts::REMEMBER, &values).await.map(drop)
}
