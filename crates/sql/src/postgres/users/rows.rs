//! What is changed of an account with several statements, within an act.

use portcullis_core::{Account, User as _, UserId};

use crate::own::{accounts, ended_accounts, gathered, logins};
use crate::postgres::act::Act;
use crate::postgres::failure::Failure;
use crate::postgres::together::together;

/// The account of this id, without its logins.
pub(super) async fn by_id(act: &Act, id: &UserId) -> Result<Option<Account>, Failure> {
    act.first(accounts::BY_ID, &[id.as_str().into()], accounts::account)
        .await
}

/// The whole account of this user name.
pub(super) async fn by_username(act: &Act, username: &str) -> Result<Option<Account>, Failure> {
    let rows = act
        .all(accounts::BY_USERNAME, &[username.into()], accounts::whole)
        .await?;
    Ok(accounts::gathered(rows).pop())
}

/// The same account with its logins.
pub(super) async fn with_logins(act: &Act, account: Account) -> Result<Account, Failure> {
    let id = account.id();
    let logins = act
        .all(logins::OF_ACCOUNT, &[id.as_str().into()], logins::login)
        .await?;
    Ok(logins.into_iter().fold(account, Account::with_login))
}

/// Whether an active user with a password administers, besides this one.
pub(super) async fn another_administers(act: &Act, account: &Account) -> Result<bool, Failure> {
    let (id, scope) = (account.id(), accounts::administers());
    let values = [id.as_str().into(), scope.as_str().into()];
    Ok(act.first(accounts::ANOTHER_WHO, &values, |_| Ok(())).await?.is_some())
}

/// Adds a row, with its logins; the epoch is above that of an account of this id that was deleted.
pub(super) async fn insert(act: &Act, account: &Account) -> Result<(), Failure> {
    let id = account.id();
    let ended = ended(act, account).await?;
    let epoch = account.token_epoch().max(ended_accounts::floor(ended));
    act.execute(accounts::INSERT, &accounts::stored(&id, account, epoch)?)
        .await?;
    put_logins(act, account).await
}

/// Adds accounts whose names and ids are free, in their order; says of each whether they were.
pub(super) async fn add(act: &Act, accounts: &[Account]) -> Result<Vec<bool>, Failure> {
    // Whatever is asked first is prepared by it, and the others follow in their order.
    let Some((first, others)) = accounts.split_first() else {
        return Ok(Vec::new());
    };
    let first_ended = self::ended(act, first).await?;
    let mut ended = together(others.iter().map(|account| self::ended(act, account))).await?;
    ended.insert(0, first_ended);
    let added = accounts
        .iter()
        .zip(ended)
        .map(|(account, ended)| add_one(act, account, ended));
    let added = together(added).await?;
    let new = accounts.iter().zip(&added).filter(|(_, is_new)| **is_new);
    together(new.map(|(account, _)| put_logins(act, account))).await?;
    Ok(added)
}

/// The epoch with which an account of this id ended.
async fn ended(act: &Act, account: &Account) -> Result<Option<u64>, Failure> {
    let id = account.id();
    act.first(ended_accounts::EPOCH, &[id.as_str().into()], |row| row.count(0))
        .await
}

async fn add_one(act: &Act, account: &Account, ended: Option<u64>) -> Result<bool, Failure> {
    let id = account.id();
    let epoch = account.token_epoch().max(ended_accounts::floor(ended));
    Ok(act
        .execute(gathered::ADD_ACCOUNT, &accounts::stored(&id, account, epoch)?)
        .await?
        == 1)
}

/// Puts `account` in the place of the one of its id, which must have its logins.
pub(super) async fn update(act: &Act, before: &Account, account: &Account) -> Result<(), Failure> {
    let id = account.id();
    let stored = accounts::stored(&id, account, account.token_epoch())?;
    act.execute(accounts::UPDATE, &stored).await?;
    if before.logins() != account.logins() {
        act.execute(logins::REMOVE, &[id.as_str().into()]).await?;
        put_logins(act, account).await?;
    }
    Ok(())
}

async fn put_logins(act: &Act, account: &Account) -> Result<(), Failure> {
    let id = account.id();
    for login in account.logins() {
        act.execute(logins::ADD, &logins::added(&id, login)).await?;
    }
    Ok(())
}

/// Removes a row, with its logins, and remembers its epoch.
pub(super) async fn delete(act: &Act, id: &UserId) -> Result<bool, Failure> {
    let id = [id.as_str().into()];
    act.execute(ended_accounts::REMEMBER, &id).await?;
    Ok(act.execute(accounts::DELETE, &id).await? == 1)
}
