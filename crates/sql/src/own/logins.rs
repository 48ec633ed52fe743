//! What accounts log in with besides the user name.

use portcullis_core::{Comparison, Login, LoginKind, UserId};

use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// Those of the account `$1`, for [`login`].
    OF_ACCOUNT = "SELECT login, folded, kind FROM portcullis_logins WHERE account = $1";
    /// Those that lead to several accounts.
    DOUBLED = "SELECT l.login FROM portcullis_logins l JOIN portcullis_logins o \
        ON o.login = l.login AND o.account <> l.account \
        UNION SELECT l.login FROM portcullis_logins l JOIN portcullis_accounts a \
        ON a.username = l.login AND a.id <> l.account ORDER BY 1";
    /// Adds one ([`added`]).
    ADD = "INSERT INTO portcullis_logins (account, login, folded, kind) VALUES ($1, $2, $3, $4)";
    /// Removes those of the account `$1`.
    REMOVE = "DELETE FROM portcullis_logins WHERE account = $1";
}

/// What [`ADD`] is given.
pub(crate) fn added<'a>(account: &'a UserId, login: &'a Login) -> [Value<'a>; 4] {
    let is_folded = login.comparison() == Comparison::Folded;
    let kind = match login.kind() {
        LoginKind::Email => "email",
        LoginKind::Other => "other",
    };
    [
        account.as_str().into(),
        login.text().into(),
        Value::count(is_folded.into()),
        kind.into(),
    ]
}

/// Reads a row of [`OF_ACCOUNT`].
pub(crate) fn login(row: &dyn Row) -> Result<Login, Unreadable> {
    login_behind(row, 0)
}

/// The same of the columns from this one on.
pub(crate) fn login_behind(row: &dyn Row, first: usize) -> Result<Login, Unreadable> {
    let comparison = match row.flag(first.saturating_add(1))? {
        true => Comparison::Folded,
        false => Comparison::Exact,
    };
    let login = Login::new(row.text(first)?, comparison);
    Ok(match row.text(first.saturating_add(2))? {
        "email" => login.of_email(),
        _ => login,
    })
}
