//! Accounts as rows: every statement that names their columns.

use portcullis_core::{Account, Comparison, HashString, Login, LoginKind, ScopeSet, User as _, UserId};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, username, email, full_name, disabled, password_hash, scopes, token_epoch, \
             password_salt, password_algorithm, password_user FROM portcullis_accounts ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const BY_USERNAME: &str = select!("WHERE username = ?1");
/// What was typed, and the same folded; two rows at most, so that a login of several users is seen.
const BY_LOGIN: &str = select!(
    "WHERE id IN (SELECT id FROM portcullis_accounts WHERE username = ?1 \
     UNION ALL SELECT account FROM portcullis_logins WHERE login = ?1 AND folded = 0 \
     UNION ALL SELECT account FROM portcullis_logins WHERE login = ?2 AND folded = 1) LIMIT 2"
);
// Two texts: with one for both, SQLite would walk to the page from the first name on.
const FIRST_PAGE: &str = select!("ORDER BY username LIMIT ?1");
const NEXT_PAGE: &str = select!("WHERE username > ?2 ORDER BY username LIMIT ?1");

const INSERT: &str = "INSERT INTO portcullis_accounts \
    (id, username, email, full_name, disabled, password_hash, scopes, token_epoch, \
    password_salt, password_algorithm, password_user) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
/// Not `REPLACE`, which deletes the row and with it whatever an application hung on it by a foreign key.
const UPDATE: &str = "UPDATE portcullis_accounts SET username = ?2, email = ?3, full_name = ?4, disabled = ?5, \
    password_hash = ?6, scopes = ?7, token_epoch = ?8, password_salt = ?9, password_algorithm = ?10, \
    password_user = ?11 WHERE id = ?1";
const SWAP_HASH: &str = "UPDATE portcullis_accounts SET password_hash = ?2, password_salt = ?3, \
    password_algorithm = ?4, password_user = ?5 WHERE id = ?1 AND password_hash = ?6 AND password_salt IS ?7 \
    AND password_algorithm IS ?8 AND password_user IS ?9";

/// The account of this id, without its logins.
pub(super) fn by_id(connection: &Connection, id: &str) -> rusqlite::Result<Option<Account>> {
    connection.prepare_cached(BY_ID)?.query_row([id], account).optional()
}

/// The account of this user name, without its logins.
pub(super) fn by_username(connection: &Connection, username: &str) -> rusqlite::Result<Option<Account>> {
    let mut statement = connection.prepare_cached(BY_USERNAME)?;
    statement.query_row([username], account).optional()
}

/// The one account that what was typed leads to, without its logins.
pub(super) fn by_login(connection: &Connection, typed: &str) -> rusqlite::Result<Option<Account>> {
    let mut statement = connection.prepare_cached(BY_LOGIN)?;
    let mut rows = statement.query([typed, Login::fold(typed).as_str()])?;
    let Some(first) = rows.next()? else {
        return Ok(None);
    };
    let first = account(first)?;
    match rows.next()? {
        None => Ok(Some(first)),
        Some(second) => {
            let (first, second) = (first.id(), second.get::<_, String>(0)?);
            tracing::warn!(%first, second, "two users have this login; neither may use it");
            Ok(None)
        }
    }
}

/// Whole accounts by user name.
pub(super) fn page(connection: &Connection, after: Option<&str>, limit: usize) -> rusqlite::Result<Vec<Account>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match after {
        None => collect(connection, FIRST_PAGE, [limit]),
        Some(after) => collect(connection, NEXT_PAGE, params![limit, after]),
    }
}

fn collect(connection: &Connection, sql: &str, parameters: impl Params) -> rusqlite::Result<Vec<Account>> {
    let mut statement = connection.prepare_cached(sql)?;
    let accounts = statement.query_map(parameters, account)?;
    accounts.map(|account| with_logins(connection, account?)).collect()
}

/// The same account with its logins.
pub(super) fn with_logins(connection: &Connection, account: Account) -> rusqlite::Result<Account> {
    let sql = "SELECT login, folded, kind FROM portcullis_logins WHERE account = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let logins = statement.query_map([account.id().as_str()], login)?;
    let mut account = account;
    for login in logins {
        account = account.with_login(login?);
    }
    Ok(account)
}

fn login(row: &Row<'_>) -> rusqlite::Result<Login> {
    let comparison = if row.get(1)? {
        Comparison::Folded
    } else {
        Comparison::Exact
    };
    let login = Login::new(row.get_ref(0)?.as_str()?, comparison);
    Ok(match row.get_ref(2)?.as_str()? {
        "email" => login.of_email(),
        _ => login,
    })
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
    if let Some(hash) = hash(row, 5, 8)? {
        account = account.with_password_hash(hash);
    }
    let scopes = ScopeSet::stored(row.get_ref(6)?.as_str()?).map_err(|cause| unreadable(6, Type::Text, cause))?;
    // Never a guess: a wrong epoch would let tokens live on that were ended.
    let epoch = u64::try_from(row.get::<_, i64>(7)?).map_err(|cause| unreadable(7, Type::Integer, cause))?;
    Ok(account
        .with_disabled(row.get(4)?)
        .with_scopes(scopes)
        .with_token_epoch(epoch))
}

/// The hash in the column `text`, with what stands beside it from the column `beside` on.
pub(super) fn hash(row: &Row<'_>, text: usize, beside: usize) -> rusqlite::Result<Option<HashString>> {
    let Some(text) = row.get_ref(text)?.as_str_or_null()? else {
        return Ok(None);
    };
    let column = |place: usize| -> rusqlite::Result<_> {
        let value = row.get_ref(beside.saturating_add(place))?;
        Ok(value.as_str_or_null()?.map(str::to_owned))
    };
    let mut hash = HashString::from(text);
    if let Some(salt) = column(0)? {
        hash = hash.with_salt(salt);
    }
    if let Some(algorithm) = column(1)? {
        hash = hash.with_algorithm(algorithm);
    }
    if let Some(user) = column(2)? {
        hash = hash.with_user(user);
    }
    Ok(Some(hash))
}

fn unreadable(column: usize, kind: Type, cause: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(cause))
}

/// Logins that lead to several accounts.
pub(super) fn doubled_logins(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT l.login FROM portcullis_logins l JOIN portcullis_logins o \
        ON o.login = l.login AND o.account <> l.account \
        UNION SELECT l.login FROM portcullis_logins l JOIN portcullis_accounts a \
        ON a.username = l.login AND a.id <> l.account ORDER BY 1";
    let mut statement = connection.prepare_cached(sql)?;
    let logins = statement.query_map([], |row| row.get(0))?;
    logins.collect()
}

/// Adds a row, with its logins; the epoch is above that of an account of this id that was deleted.
pub(super) fn insert(connection: &Connection, account: &Account) -> rusqlite::Result<()> {
    let sql = "SELECT token_epoch FROM portcullis_ended_accounts WHERE id = ?1";
    let mut ended = connection.prepare_cached(sql)?;
    let ended = ended.query_row([account.id().as_str()], |row| row.get::<_, i64>(0));
    let floor = match ended.optional()? {
        None => 0,
        Some(epoch) => u64::try_from(epoch).unwrap_or_default().saturating_add(1),
    };
    put(connection, INSERT, account, account.token_epoch().max(floor))?;
    put_logins(connection, account)
}

/// Puts `account` in the place of the one of its id, which must have its logins.
pub(super) fn update(connection: &Connection, before: &Account, account: &Account) -> rusqlite::Result<()> {
    put(connection, UPDATE, account, account.token_epoch())?;
    if before.logins() != account.logins() {
        let sql = "DELETE FROM portcullis_logins WHERE account = ?1";
        connection.prepare_cached(sql)?.execute([account.id().as_str()])?;
        put_logins(connection, account)?;
    }
    Ok(())
}

fn put(connection: &Connection, sql: &str, account: &Account, epoch: u64) -> rusqlite::Result<()> {
    let epoch = i64::try_from(epoch).map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    let hash = account.password_hash();
    connection.prepare_cached(sql)?.execute(params![
        account.id().as_str(),
        account.username(),
        account.email(),
        account.full_name(),
        account.disabled(),
        hash.map(HashString::as_str),
        account.scopes().as_str(),
        epoch,
        hash.and_then(HashString::salt),
        hash.and_then(HashString::algorithm),
        hash.and_then(HashString::user),
    ])?;
    Ok(())
}

fn put_logins(connection: &Connection, account: &Account) -> rusqlite::Result<()> {
    let sql = "INSERT INTO portcullis_logins (account, login, folded, kind) VALUES (?1, ?2, ?3, ?4)";
    for login in account.logins() {
        let folded = login.comparison() == Comparison::Folded;
        let kind = match login.kind() {
            LoginKind::Email => "email",
            LoginKind::Other => "other",
        };
        let mut statement = connection.prepare_cached(sql)?;
        statement.execute(params![account.id().as_str(), login.text(), folded, kind])?;
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
    let swapped = connection.prepare_cached(SWAP_HASH)?.execute(params![
        id.as_str(),
        new.as_str(),
        new.salt(),
        new.algorithm(),
        new.user(),
        seen.as_str(),
        seen.salt(),
        seen.algorithm(),
        seen.user(),
    ])?;
    Ok(swapped == 1)
}

/// Removes a row, with its logins, and remembers its epoch.
pub(super) fn delete(connection: &Connection, id: &UserId) -> rusqlite::Result<bool> {
    let ended = "INSERT INTO portcullis_ended_accounts (id, token_epoch) \
        SELECT id, token_epoch FROM portcullis_accounts WHERE id = ?1 \
        ON CONFLICT (id) DO UPDATE SET token_epoch = max(token_epoch, excluded.token_epoch)";
    connection.prepare_cached(ended)?.execute([id.as_str()])?;
    // Its logins go by their foreign key.
    let delete = "DELETE FROM portcullis_accounts WHERE id = ?1";
    Ok(connection.prepare_cached(delete)?.execute([id.as_str()])? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteUsers;

    #[tokio::test]
    async fn a_login_is_found_by_indexes_alone_whether_anybody_has_it_or_not() {
        let users = SqliteUsers::temporary().await.expect("opens");
        let plan = users.database().read(|connection| {
            let mut steps = connection.prepare(&format!("EXPLAIN QUERY PLAN {BY_LOGIN}"))?;
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
