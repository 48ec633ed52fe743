//! Users as they are printed.

use portcullis_core::accounts::PAGE_MAX;
use portcullis_core::{Account, Accounts, Login, User as _};
use serde::Serialize;

use crate::failure::{OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::shown::Shown;
use crate::users::Users;

/// A user as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    username: &'a str,
    email: Option<&'a str>,
    full_name: Option<&'a str>,
    disabled: bool,
    scopes: Vec<&'a str>,
    has_password: bool,
    id: String,
    /// What one logs in with beside the user name.
    logins: Vec<&'a str>,
}

impl<'a> From<&'a Account> for Listed<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            username: account.username(),
            email: account.email(),
            full_name: account.full_name(),
            disabled: account.disabled(),
            scopes: account.scopes().iter().collect(),
            has_password: account.password_hash().is_some(),
            id: account.id().as_str().to_owned(),
            logins: account.logins().iter().map(Login::text).collect(),
        }
    }
}

/// All users.
pub(super) async fn list(accounts: &Accounts<Users>, json: bool) -> Outcome {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = accounts.list(after.as_deref(), PAGE_MAX).await;
        let page = page.or_fail("the users cannot be listed", "Try again.")?;
        all.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if json {
        return say_json(&all.iter().map(Listed::from).collect::<Vec<_>>());
    }
    let row = |account: &Account| {
        let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let state = if account.disabled() { "disabled" } else { "active" };
        let scopes = Some(account.scopes().as_str()).filter(|scopes| !scopes.is_empty());
        let names = [
            account.username().to_owned(),
            text(account.full_name()),
            text(account.email()),
        ];
        let [username, full_name, email] = names;
        [username, full_name, email, state.to_owned(), text(scopes)]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    say(Shown::table(
        ["USERNAME", "FULL NAME", "EMAIL", "STATE", "SCOPES"],
        &rows,
        "There are no users.",
    ))
}

/// One user.
pub(super) fn show(account: &Account, json: bool) -> Outcome {
    let shown = Listed::from(account);
    if json {
        return say_json(&shown);
    }
    let or_none = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    say(Shown::sheet(&[
        ("username", shown.username.to_owned()),
        ("full name", or_none(shown.full_name.unwrap_or_default())),
        ("email", or_none(shown.email.unwrap_or_default())),
        ("logins", or_none(&shown.logins.join(" "))),
        ("state", if shown.disabled { "disabled" } else { "active" }.to_owned()),
        ("scopes", or_none(&shown.scopes.join(" "))),
        ("password", if shown.has_password { "set" } else { "none" }.to_owned()),
        ("id", shown.id.clone()),
    ]))
}
