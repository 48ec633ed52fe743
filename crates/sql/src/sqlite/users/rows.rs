//! Accounts on a connection: what is asked for and changed with several statements of their tables.

use portcullis_core::{Account, HashString, Login, User as _, UserId};
use rusqlite::{Connection, ErrorCode};

use crate::own::value::Value;
use crate::own::{accounts, ended_accounts, logins};
use crate::sqlite::statement::{all, execute, first};

/// The account of this id, without its logins.
pub(super) fn by_id(connection: &Connection, id: &UserId) -> rusqlite::Result<Option<Account>> {
    first(connection, accounts::BY_ID, &[id.as_str().into()], accounts::account)
}

/// The whole account of this user name.
pub(super) fn by_username(connection: &Connection, username: &str) -> rusqlite::Result<Option<Account>> {
    let rows = all(connection, accounts::BY_USERNAME, &[username.into()], accounts::whole)?;
    Ok(accounts::gathered(rows).pop())
}

/// The one account that what was typed leads to, without its logins.
pub(super) fn by_login(connection: &Connection, typed: &str) -> rusqlite::Result<Option<Account>> {
    let folded = Login::fold(typed);
    let values = [typed.into(), folded.as_str().into()];
    all(connection, accounts::BY_LOGIN, &values, accounts::account).map(accounts::only)
}

/// Whole accounts by user name.
pub(super) fn page(connection: &Connection, after: Option<&str>, limit: usize) -> rusqlite::Result<Vec<Account>> {
    let limit = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
    let page = match after {
        None => all(connection, accounts::FIRST_PAGE, &[limit], accounts::whole),
        Some(after) => all(connection, accounts::NEXT_PAGE, &[after.into(), limit], accounts::whole),
    };
    page.map(accounts::gathered)
}

/// The same account with its logins.
pub(super) fn with_logins(connection: &Connection, account: Account) -> rusqlite::Result<Account> {
    let id = account.id();
    let logins = all(connection, logins::OF_ACCOUNT, &[id.as_str().into()], logins::login)?;
    Ok(logins.into_iter().fold(account, Account::with_login))
}

/// Logins that lead to several accounts.
pub(super) fn doubled_logins(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    all(connection, logins::DOUBLED, &[], |row| row.text(0).map(str::to_owned))
}

/// How many there are.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    first(connection, accounts::COUNT, &[], |row| row.count(0)).map(Option::unwrap_or_default)
}

/// Whether an active user with a password administers, besides this one.
pub(super) fn another_administers(connection: &Connection, account: &Account) -> rusqlite::Result<bool> {
    let (id, scope) = (account.id(), accounts::administers());
    let values = [id.as_str().into(), scope.as_str().into()];
    Ok(first(connection, accounts::ANOTHER_WHO, &values, |_| Ok(()))?.is_some())
}

/// Adds a row, with its logins; the epoch is above that of an account of this id that was deleted.
pub(super) fn insert(connection: &Connection, account: &Account) -> rusqlite::Result<()> {
    let id = account.id();
    let ended = first(connection, ended_accounts::EPOCH, &[id.as_str().into()], |row| {
        row.count(0)
    })?;
    let epoch = account.token_epoch().max(ended_accounts::floor(ended));
    put(connection, accounts::INSERT, account, epoch)?;
    put_logins(connection, account)
}

/// Adds an account whose name and id are free; says whether they are.
pub(super) fn add(connection: &Connection, account: &Account) -> rusqlite::Result<bool> {
    free(insert(connection, account))
}

/// Whether what was stored could be, for its name and id were free.
pub(super) fn free(stored: rusqlite::Result<()>) -> rusqlite::Result<bool> {
    match stored {
        Ok(()) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts `account` in the place of the one of its id, which must have its logins.
pub(super) fn update(connection: &Connection, before: &Account, account: &Account) -> rusqlite::Result<()> {
    put(connection, accounts::UPDATE, account, account.token_epoch())?;
    if before.logins() != account.logins() {
        execute(connection, logins::REMOVE, &[account.id().as_str().into()])?;
        put_logins(connection, account)?;
    }
    Ok(())
}

fn put(connection: &Connection, sql: &str, account: &Account, epoch: u64) -> rusqlite::Result<()> {
    let id = account.id();
    let values = accounts::stored(&id, account, epoch);
    let values = values.map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    execute(connection, sql, &values).map(drop)
}

fn put_logins(connection: &Connection, account: &Account) -> rusqlite::Result<()> {
    let id = account.id();
    for login in account.logins() {
        execute(connection, logins::ADD, &logins::added(&id, login))?;
    }
    Ok(())
}

/// Puts `new` in the place of `seen`, if it still stands there, with all that stands beside it.
pub(super) fn swap_hash(
    connection: &Connection,
    id: &UserId,
    seen: &HashString,
    new: &HashString,
) -> rusqlite::Result<bool> {
    Ok(execute(connection, accounts::SWAP_HASH, &accounts::swapped(id, seen, new))? == 1)
}

/// Removes a row, with its logins, and remembers its epoch.
pub(super) fn delete(connection: &Connection, id: &UserId) -> rusqlite::Result<bool> {
    let id = [id.as_str().into()];
    execute(connection, ended_accounts::REMEMBER, &id)?;
    Ok(execute(connection, accounts::DELETE, &id)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteUsers;

    #[tokio::test]
    async fn a_login_is_found_by_indexes_alone_whether_anybody_has_it_or_not() {
        let users = SqliteUsers::temporary().await.expect("opens");
        let plan = users.database().read(|connection| {
            let mut steps = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", accounts::BY_LOGIN))?;
            let steps = steps.query_map(["a", "a"], |row| row.get::<_, String>("detail"))?;
            steps.collect::<rusqlite::Result<Vec<_>>>()
        });
        let plan = plan.expect("explained");
        let walks = plan.iter().filter(|step| step.starts_with("SCAN"));
        assert_eq!(walks.count(), 0, "{plan:?}");
        assert!(
            plan.iter().any(|step| step.contains("portcullis_logins_by_login")),
            "{plan:?}"
        );
    }
}
