//! Whom the questions are asked about.

use portcullis_password::HashString;

use crate::account::{Account, Login};
use crate::scope::ScopeSet;

pub(super) fn hash(n: u8) -> HashString {
    HashString::new(format!("$test${n}"))
}

pub(super) fn scopes(text: &str) -> ScopeSet {
    text.split(' ').collect()
}

pub(super) fn full(name: &str) -> Account {
    Account::new(name)
        .with_email("johndoe@example.com")
        .with_full_name("John Doe \u{1f600}")
        .with_password_hash(hash(1))
        .with_scopes(["items", "me"].into_iter().collect())
        .with_token_epoch(7)
}

pub(super) fn with_logins(name: &str) -> Account {
    full(name)
        .with_email("Anna@example.com")
        .with_login(Login::folded(name))
        .with_login(Login::folded("Anna@example.com").of_email())
        .with_login(Login::exact("\u{c4}-1"))
        .with_login(Login::exact("'; --"))
}
