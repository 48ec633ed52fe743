//! Logins that lead to two users, of which neither can log in with them.

use portcullis_core::{Account, UserStore};
use portcullis_sql::{AnyUsers, Inserted};

use crate::failure::{OrFail as _, Outcome};

/// The first login of an account just stored that another one has too: the store gives nobody for it.
pub(super) async fn nobodys<'a>(own: &AnyUsers, account: &'a Account, inserted: Inserted) -> Outcome<Option<&'a str>> {
    let logins = if matches!(inserted, Inserted::New | Inserted::Completed) {
        account.logins()
    } else {
        &[]
    };
    for login in logins {
        let found = UserStore::by_login(own, login.text()).await;
        let found = found.or_fail("the users cannot be read", "Look at the reason above.")?;
        if found.is_none() {
            return Ok(Some(login.text()));
        }
    }
    Ok(None)
}

/// The first login of an account not stored yet that another one has.
pub(super) async fn anothers(own: &AnyUsers, account: &Account) -> Outcome<Option<String>> {
    for login in account.logins() {
        let found = UserStore::by_login(own, login.text()).await;
        let found = found.or_fail("the users cannot be read", "Look at the reason above.")?;
        if found.is_some_and(|found| found.username() != account.username()) {
            return Ok(Some(login.text().to_owned()));
        }
    }
    Ok(None)
}
