//! What must hold of an account for a change to be made, looked at in the step that makes it.

use std::error::Error;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::account::{Account, AccountChange};
use crate::scope::ScopeSet;
use crate::user::User;

/// The scope of those who administer accounts: whoever has it may add, change and remove users.
pub const ADMINISTRATOR: &str = "users:write";

/// Which state an account is in: two that read alike (name, e-mail address, full name, disabled, scopes) have the same
/// revision, others another. Passwords and tokens are no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(String);

impl Revision {
    /// Wraps one as it was told.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// That of an account.
    pub fn of(account: &Account) -> Self {
        let mut digest = Sha256::new();
        let disabled = if account.disabled() { "disabled" } else { "active" };
        let scopes = account.scopes();
        let texts = [Some(account.username()), account.email(), account.full_name()];
        for text in texts.into_iter().chain([Some(disabled), Some(scopes.as_str())]) {
            // The length in front, so that no text can run into the next.
            digest.update(text.map_or(usize::MAX, str::len).to_be_bytes());
            digest.update(text.unwrap_or_default());
        }
        let half = digest.finalize().into_iter().take(16);
        Self(half.map(|byte| format!("{byte:02x}")).collect())
    }

    /// It as text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What must hold for a change; the default is nothing.
///
/// [`AccountStore::update_if`](crate::AccountStore::update_if) and
/// [`delete_if`](crate::AccountStore::delete_if) look at it in the step that makes the change.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// The account is in one of these states.
    pub only_if: Option<Vec<Revision>>,
    /// Afterwards somebody can still administer: see [`Condition::administers`].
    pub keep_administrator: bool,
    /// Scopes that are added are among these. A new password gives its maker all scopes of the account, and enabling gives
    /// them back to whoever knows the old one: so with either all of them must be.
    pub within: Option<ScopeSet>,
}

impl Condition {
    /// Whether an account can administer: it has [`ADMINISTRATOR`], is active and has a password.
    pub fn administers(account: &Account) -> bool {
        account.is_active() && account.password_hash().is_some() && account.scopes().contains(ADMINISTRATOR)
    }

    /// Holds an account as it is against this, and a change of it (`None`: its removal). `true` says: only if there is
    /// another account that [administers](Condition::administers), which the store looks for.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check(&self, before: &Account, change: Option<&AccountChange>) -> Result<bool, Unmet> {
        if let Some(revisions) = &self.only_if
            && !revisions.contains(&Revision::of(before))
        {
            return Err(Unmet::Stale);
        }
        let after = change.map(|change| before.clone().changed(change));
        if let (Some(own), Some(after)) = (&self.within, &after) {
            let enables = before.disabled() && !after.disabled();
            let takes_over = enables || change.is_some_and(|change| change.password_hash.is_some());
            let mut given = after
                .scopes()
                .iter()
                .filter(|scope| takes_over || !before.scopes().contains(scope));
            if given.any(|scope| !own.contains(scope)) {
                return Err(Unmet::Beyond);
            }
        }
        let stays = after.as_ref().is_some_and(Self::administers);
        Ok(self.keep_administrator && Self::administers(before) && !stays)
    }
}

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmet {
    /// The account is in another state than the one that was seen.
    Stale,
    /// Nobody could administer any more.
    LastAdministrator,
    /// It would give scopes that the one who makes it does not have.
    Beyond,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale => "The user was changed meanwhile",
            Self::LastAdministrator => {
                "This is the last active user with a password and the scope users:write: give that to another user first"
            }
            Self::Beyond => "Scopes can be given only by one who has them, or by the command line",
        })
    }
}

impl Error for Unmet {}

#[cfg(test)]
mod tests {
    use portcullis_password::HashString;

    use super::*;

    fn admin() -> Account {
        Account::new("admin")
            .with_scopes(["users:write", "me"].into_iter().collect())
            .with_password_hash(HashString::new("$test$1"))
    }

    fn scopes(text: &str) -> AccountChange {
        AccountChange {
            scopes: Some(ScopeSet::parse(text).expect("valid")),
            ..AccountChange::default()
        }
    }

    #[test]
    fn what_ends_an_administrator_needs_another_one() {
        let keep = Condition {
            keep_administrator: true,
            ..Condition::default()
        };
        let disable = AccountChange {
            disabled: Some(true),
            ..AccountChange::default()
        };
        assert_eq!(keep.check(&admin(), None), Ok(true));
        assert_eq!(keep.check(&admin(), Some(&disable)), Ok(true));
        assert_eq!(keep.check(&admin(), Some(&scopes("me users:writer"))), Ok(true));
        assert_eq!(keep.check(&admin(), Some(&scopes("users:write"))), Ok(false));
        assert_eq!(keep.check(&Account::new("bob"), None), Ok(false));
        assert_eq!(
            keep.check(&admin().with_disabled(true), None),
            Ok(false),
            "who cannot log in is none"
        );
        assert_eq!(Condition::default().check(&admin(), None), Ok(false));
    }

    #[test]
    fn scopes_that_are_added_and_all_of_a_taken_account_must_be_ones_own() {
        let within = Condition {
            within: Some(ScopeSet::parse("me").expect("valid")),
            ..Condition::default()
        };
        assert_eq!(
            within.check(&Account::new("bob"), Some(&scopes("items"))),
            Err(Unmet::Beyond)
        );
        assert_eq!(within.check(&Account::new("bob"), Some(&scopes("me"))), Ok(false));
        assert_eq!(
            within.check(&admin(), Some(&scopes("users:write"))),
            Ok(false),
            "what is there may stay"
        );
        let password = AccountChange {
            password_hash: Some(HashString::new("$test$2")),
            ..AccountChange::default()
        };
        assert_eq!(within.check(&admin(), Some(&password)), Err(Unmet::Beyond));
        assert_eq!(within.check(&Account::new("bob"), Some(&password)), Ok(false));
    }

    #[test]
    fn a_revision_is_that_of_what_can_be_read() {
        let other = |account: Account| assert_ne!(Revision::of(&account), Revision::of(&admin()));
        other(admin().with_email(""));
        other(admin().with_full_name("x"));
        other(admin().with_disabled(true));
        other(admin().with_scopes(ScopeSet::empty()));
        assert_ne!(
            Revision::of(&Account::new("a").with_email("b")),
            Revision::of(&Account::new("a").with_full_name("b"))
        );
        let same = admin()
            .with_password_hash(HashString::new("$test$2"))
            .with_token_epoch(9);
        assert_eq!(Revision::of(&same), Revision::of(&admin()));
        let stale = Condition {
            only_if: Some(vec![Revision::new("x")]),
            ..Condition::default()
        };
        assert_eq!(stale.check(&admin(), None), Err(Unmet::Stale));
    }
}
