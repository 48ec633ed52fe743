//! Logins that lead to two users, of which neither can log in with them.

use portcullis_core::{Account, Login, UserStore};
use portcullis_sql::AnyUsers;

use crate::failure::{OrFail as _, Outcome};

/// The first login of an account that is stored which another one has too: the store gives nobody for it.
pub(crate) async fn nobodys<'a>(own: &AnyUsers, account: &'a Account) -> Outcome<Option<&'a str>> {
    for login in account.logins() {
        if by_login(own, login.text()).await?.is_none() {
            return Ok(Some(login.text()));
        }
    }
    Ok(None)
}

/// The first login of an account not stored yet, its name among them, that leads to another one here, and that one: with both
/// it would lead to nobody any more.
pub(crate) async fn anothers(own: &AnyUsers, account: &Account) -> Outcome<Option<(String, Account)>> {
    let logins = account.logins().iter().map(Login::text);
    for login in std::iter::once(account.username()).chain(logins) {
        if let Some(found) = by_login(own, login).await?
            && found.username() != account.username()
        {
            return Ok(Some((login.to_owned(), found)));
        }
    }
    Ok(None)
}

async fn by_login(own: &AnyUsers, login: &str) -> Outcome<Option<Account>> {
    let found = UserStore::by_login(own, login).await;
    found.or_fail("the users cannot be read", "Look at the reason above.")
}
