//! The users of a test server.

use std::str::FromStr;

use portcullis_core::{Account, AccountStore as _, Auth, MemoryUsers, Password, ScopeSet, Scopes as _, is_scope_token};
use zeroize::Zeroizing;

use crate::app::OwnScopes;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::generate;

/// The user who is disabled.
pub(super) const DISABLED: &str = "disabled";

/// The user who may do what administrators do.
const ADMIN: &str = "admin";

/// A user who is asked for: `alice:items:read,items:write`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestUser {
    name: String,
    scopes: Vec<String>,
}

/// One who is there.
pub(super) struct Made {
    pub(super) account: Account,
    pub(super) password: Zeroizing<String>,
}

impl TestUser {
    fn new<S: Into<String>>(name: &str, scopes: impl IntoIterator<Item = S>) -> Self {
        Self {
            name: name.to_owned(),
            scopes: scopes.into_iter().map(Into::into).collect(),
        }
    }

    /// What the user may do.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }
}

impl FromStr for TestUser {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, scopes) = text.split_once(':').unwrap_or((text, ""));
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(
                "a user has a name, and behind a colon scopes with commas between: alice:items:read,items:write",
            );
        }
        let scopes: Vec<&str> = scopes.split(',').filter(|scope| !scope.is_empty()).collect();
        match scopes.iter().all(|scope| is_scope_token(scope)) {
            true => Ok(Self::new(name, scopes)),
            false => Err("a scope is printable ASCII without space, quote and backslash"),
        }
    }
}

/// Those who were asked for, or alice and bob; an administrator and a disabled user beside them, unless asked for.
pub(super) fn all(asked: &[TestUser]) -> Outcome<Vec<TestUser>> {
    let mut users = match asked {
        [] => vec![
            TestUser::new("alice", ["items:read", "items:write"]),
            TestUser::new("bob", ["items:read"]),
        ],
        asked => asked.to_vec(),
    };
    let everything: Vec<String> = users.iter().flat_map(|user| user.scopes.clone()).collect();
    for (name, scopes) in [
        (
            ADMIN,
            <OwnScopes>::LIST.iter().map(|scope| scope.name.to_owned()).collect(),
        ),
        (DISABLED, everything),
    ] {
        if !users.iter().any(|user| user.name == name) {
            users.push(TestUser::new(name, scopes));
        }
    }
    for (place, user) in users.iter().enumerate() {
        if users.iter().take(place).any(|before| before.name == user.name) {
            let what = format!("the user {} is asked for twice", user.name);
            return Err(Failure::usage(
                what,
                "Name all their scopes at once, with commas between.",
            ));
        }
    }
    Ok(users)
}

/// Makes them, each with a password of this run.
pub(super) async fn made(auth: &Auth, store: &MemoryUsers, users: &[TestUser]) -> Outcome<Vec<Made>> {
    let mut made = Vec::new();
    for user in users {
        let password =
            generate::spoken_password(&generate::random()).or_fail("no password could be made", "Try again.")?;
        let hash = auth.hash_password(Password::from(password.as_str())).await;
        let account = Account::new(user.name.as_str())
            .with_scopes(user.scopes().collect::<ScopeSet>())
            .with_disabled(user.name == DISABLED)
            .with_password_hash(hash.or_fail("a password cannot be hashed", "Please report this.")?);
        let what = format!("the user {} cannot be added", user.name);
        store.insert(&account).await.or_fail(what, "Choose another name.")?;
        made.push(Made { account, password });
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_and_scopes_which_may_have_colons_of_their_own() {
        let read = |text: &str| text.parse::<TestUser>();
        assert_eq!(read("bob"), Ok(TestUser::new("bob", [""; 0])));
        assert_eq!(read("bob:"), read("bob"));
        let alice = TestUser::new("alice", ["items:read", "items:write"]);
        assert_eq!(read("alice:items:read,items:write"), Ok(alice));
        for bad in ["", ":items", "a\nb", "alice:items read", "alice:\"x\""] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nobody_is_there_twice_and_a_disabled_user_and_an_administrator_always_are() {
        let names = |asked: &[TestUser]| -> Vec<String> {
            let users = all(asked).expect("users");
            users.into_iter().map(|user| user.name).collect()
        };
        assert_eq!(names(&[]), ["alice", "bob", "admin", "disabled"]);
        let admin = TestUser::new("admin", ["items"]);
        assert_eq!(names(std::slice::from_ref(&admin)), ["admin", "disabled"]);
        assert!(all(&[admin.clone(), admin]).is_err());
    }
}
