//! Users as they are printed.

use portcullis_core::accounts::PAGE_MAX;
use portcullis_core::{Account, Accounts, User as _};
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
    say(Shown::sheet(&[
        ("username", shown.username.to_owned()),
        ("full name", shown.full_name.unwrap_or("-").to_owned()),
        ("email", shown.email.unwrap_or("-").to_owned()),
        ("state", if shown.disabled { "disabled" } else { "active" }.to_owned()),
        (
            "scopes",
            if shown.scopes.is_empty() {
                "-".to_owned()
            } else {
                shown.scopes.join(" ")
            },
        ),
        ("password", if shown.has_password { "set" } else { "none" }.to_owned()),
    ]))
}
