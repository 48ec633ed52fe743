//! Accounts.

use std::num::TryFromIntError;

use portcullis_core::{ADMINISTRATOR, Account, HashString, Login, ScopeSet, User as _, UserId};

use super::logins;
use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

/// The name that the steps below are remembered under.
pub(crate) const STEPS_OF: &str = "portcullis";

/// The steps that make this table and those beside it in SQLite. What was released is never changed.
pub(crate) const SQLITE: &[&str] = &[
    include_str!("accounts/sqlite/1_accounts.sql"),
    include_str!("accounts/sqlite/2_logins.sql"),
    include_str!("accounts/sqlite/3_hash_columns.sql"),
    include_str!("accounts/sqlite/4_ended_accounts.sql"),
    include_str!("accounts/sqlite/5_copied_accounts.sql"),
];

/// The same in PostgreSQL, where texts are compared by their bytes, as they are in SQLite.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: &[&str] = &[include_str!("accounts/postgres/1_accounts.sql")];

macro_rules! columns {
    () => {
        "id, username, email, full_name, disabled, password_hash, scopes, token_epoch, \
         password_salt, password_algorithm, password_user"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM portcullis_accounts ", $rest)
    };
}

/// With their logins: a row of each, or one without.
macro_rules! select_whole {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", login, folded, kind FROM (SELECT ",
            columns!(),
            " FROM portcullis_accounts ",
            $rest,
            ") AS page LEFT JOIN portcullis_logins ON account = id ORDER BY username, login, folded, kind"
        )
    };
}

statements! {
    /// The account `$1`, for [`account`], as in those that follow.
    BY_ID = select!("WHERE id = $1");
    /// The account of the user name `$1`, for [`whole`].
    BY_USERNAME = select_whole!("WHERE username = $1");
    /// What was typed, and the same folded; two rows at most, so that a login of several users is seen.
    BY_LOGIN = select!(
        "WHERE id IN (SELECT id FROM portcullis_accounts WHERE username = $1 \
         UNION ALL SELECT account FROM portcullis_logins WHERE login = $1 AND folded = 0 \
         UNION ALL SELECT account FROM portcullis_logins WHERE login = $2 AND folded = 1) LIMIT 2"
    );
    // Two texts: with one for both, SQLite would walk to the page from the first name on.
    /// The first `$1` by user name, for [`whole`].
    FIRST_PAGE = select_whole!("ORDER BY username LIMIT $1");
    /// The first `$2` behind the user name `$1`, for [`whole`].
    NEXT_PAGE = select_whole!("WHERE username > $1 ORDER BY username LIMIT $2");
    /// How many there are.
    COUNT = "SELECT count(*) FROM portcullis_accounts";
    /// Somebody else than `$1` who administers ([`administers`] is `$2`).
    ANOTHER_WHO = "SELECT id FROM portcullis_accounts WHERE id <> $1 AND disabled = 0 AND password_hash IS NOT NULL \
        AND replace(' ' || scopes || ' ', $2, '') <> ' ' || scopes || ' ' LIMIT 1";
    /// Adds an account ([`stored`]).
    INSERT = "INSERT INTO portcullis_accounts (username, email, full_name, disabled, password_hash, scopes, token_epoch, \
        password_salt, password_algorithm, password_user, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// Puts an account ([`stored`]) in the place of the one of its id. Not by replacing the row, which deletes it, and with
    /// it whatever an application hung on it by a foreign key.
    UPDATE = "UPDATE portcullis_accounts SET username = $1, email = $2, full_name = $3, disabled = $4, \
        password_hash = $5, scopes = $6, token_epoch = $7, password_salt = $8, password_algorithm = $9, \
        password_user = $10 WHERE id = $11";
    /// Puts a hash in the place of the one that was seen ([`swapped`]), if that still stands there.
    SWAP_HASH = "UPDATE portcullis_accounts SET password_hash = $1, password_salt = $2, password_algorithm = $3, \
        password_user = $4 WHERE id = $5 AND password_hash = $6 AND password_salt IS NOT DISTINCT FROM $7 \
        AND password_algorithm IS NOT DISTINCT FROM $8 AND password_user IS NOT DISTINCT FROM $9";
    /// Removes the account `$1`; its logins go by their foreign key.
    DELETE = "DELETE FROM portcullis_accounts WHERE id = $1";
}

/// The scope of those who administer, between blanks: scopes stand in one text.
pub(crate) fn administers() -> String {
    format!(" {ADMINISTRATOR} ")
}

/// What [`INSERT`] and [`UPDATE`] are given of an account with this id and epoch.
///
/// # Errors
/// An epoch beyond a column's numbers is not made a smaller one: tokens that were ended would live on.
pub(crate) fn stored<'a>(id: &'a UserId, account: &'a Account, epoch: u64) -> Result<[Value<'a>; 11], TryFromIntError> {
    let hash = account.password_hash();
    Ok([
        account.username().into(),
        account.email().into(),
        account.full_name().into(),
        Value::count(account.disabled().into()),
        hash.map(HashString::as_str).into(),
        account.scopes().as_str().into(),
        Value::Integer(i64::try_from(epoch)?),
        hash.and_then(HashString::salt).into(),
        hash.and_then(HashString::algorithm).into(),
        hash.and_then(HashString::user).into(),
        id.as_str().into(),
    ])
}

/// What [`SWAP_HASH`] is given.
pub(crate) fn swapped<'a>(id: &'a UserId, seen: &'a HashString, new: &'a HashString) -> [Value<'a>; 9] {
    [
        new.as_str().into(),
        new.salt().into(),
        new.algorithm().into(),
        new.user().into(),
        id.as_str().into(),
        seen.as_str().into(),
        seen.salt().into(),
        seen.algorithm().into(),
        seen.user().into(),
    ]
}

/// Reads an account, without its logins.
pub(crate) fn account(row: &dyn Row) -> Result<Account, Unreadable> {
    // Texts are borrowed from the row and copied once: this is done for every guarded request.
    let (id, username) = (row.text(0)?, row.text(1)?);
    let mut account = Account::new(username);
    if id != username {
        account = account.with_id(UserId::from(id));
    }
    if let Some(email) = row.text_or_null(2)? {
        account = account.with_email(email);
    }
    if let Some(full_name) = row.text_or_null(3)? {
        account = account.with_full_name(full_name);
    }
    if let Some(hash) = hash(row, 5, 8)? {
        account = account.with_password_hash(hash);
    }
    let scopes = ScopeSet::stored(row.text(6)?).map_err(|cause| Unreadable::new(6, cause))?;
    // Never a guess: a wrong epoch would let tokens live on that were ended.
    let epoch = row.count(7)?;
    Ok(account
        .with_disabled(row.flag(4)?)
        .with_scopes(scopes)
        .with_token_epoch(epoch))
}

/// Reads a row of a statement that gives whole accounts, for [`gathered`].
pub(crate) fn whole(row: &dyn Row) -> Result<(Account, Option<Login>), Unreadable> {
    let login = row
        .text_or_null(11)?
        .map(|_| logins::login_behind(row, 11))
        .transpose()?;
    Ok((account(row)?, login))
}

/// Accounts with their logins, in the order of their rows.
pub(crate) fn gathered(rows: Vec<(Account, Option<Login>)>) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for (account, login) in rows {
        let before = accounts.pop_if(|before| before.id() == account.id());
        let account = before.unwrap_or(account);
        accounts.push(match login {
            Some(login) => account.with_login(login),
            None => account,
        });
    }
    accounts
}

/// The hash in the column `text`, with what stands beside it from the column `beside` on.
pub(crate) fn hash(row: &dyn Row, text: usize, beside: usize) -> Result<Option<HashString>, Unreadable> {
    let Some(text) = row.text_or_null(text)? else {
        return Ok(None);
    };
    let column = |place: usize| row.text_or_null(beside.saturating_add(place));
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

/// The account that a login leads to: none where it leads to two.
pub(crate) fn only(found: Vec<Account>) -> Option<Account> {
    let mut found = found.into_iter();
    let first = found.next()?;
    match found.next() {
        None => Some(first),
        Some(second) => {
            let (first, second) = (first.id(), second.id());
            tracing::warn!(%first, %second, "two users have this login; neither may use it");
            None
        }
    }
}
