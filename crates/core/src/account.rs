//! The supplied user model.

use std::sync::Arc;

use portcullis_password::HashString;

use crate::scope::ScopeSet;
use crate::user::{User, UserId};

mod login;

pub use login::{Comparison, Login, LoginKind};

/// The user model of the supplied stores: the chapter's fields, scopes, an epoch, and what one logs in with beside the
/// user name. Cheap to clone.
///
/// ```
/// use portcullis_core::{Account, ScopeSet, User};
/// let alice = Account::new("alice")
///     .with_email("alicechains@example.com")
///     .with_scopes(ScopeSet::parse("me items").unwrap())
///     .with_disabled(true);
/// assert!(!alice.is_active());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(Arc<Fields>);

/// Behind one pointer, for every guard of a request clones an account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fields {
    id: UserId,
    username: Arc<str>,
    email: Option<Arc<str>>,
    full_name: Option<Arc<str>>,
    disabled: bool,
    password_hash: Option<HashString>,
    scopes: ScopeSet,
    token_epoch: u64,
    /// In order, so that equal accounts are equal.
    logins: Vec<Login>,
}

impl Account {
    /// An active account without e-mail, name, password and scopes. Its id is its user name.
    pub fn new(username: impl Into<Arc<str>>) -> Self {
        let username = username.into();
        Self(Arc::new(Fields {
            id: UserId::new(username.clone()),
            username,
            email: None,
            full_name: None,
            disabled: false,
            password_hash: None,
            scopes: ScopeSet::empty(),
            token_epoch: 0,
            logins: Vec::new(),
        }))
    }

    fn fields(&mut self) -> &mut Fields {
        Arc::make_mut(&mut self.0)
    }

    /// Sets an id other than the user name.
    #[must_use]
    pub fn with_id(mut self, id: UserId) -> Self {
        self.fields().id = id;
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<Arc<str>>) -> Self {
        self.fields().email = Some(email.into());
        self
    }

    /// Sets the full name.
    #[must_use]
    pub fn with_full_name(mut self, full_name: impl Into<Arc<str>>) -> Self {
        self.fields().full_name = Some(full_name.into());
        self
    }

    /// Sets whether the account is disabled.
    #[must_use]
    pub fn with_disabled(mut self, disabled: bool) -> Self {
        self.fields().disabled = disabled;
        self
    }

    /// Sets the stored password hash.
    #[must_use]
    pub fn with_password_hash(mut self, hash: HashString) -> Self {
        self.fields().password_hash = Some(hash);
        self
    }

    /// Sets the scopes that may be granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: ScopeSet) -> Self {
        self.fields().scopes = scopes;
        self
    }

    /// Sets the epoch that tokens must carry.
    #[must_use]
    pub fn with_token_epoch(mut self, epoch: u64) -> Self {
        self.fields().token_epoch = epoch;
        self
    }

    /// Adds what the user may log in with beside the user name; twice the same is once.
    #[must_use]
    pub fn with_login(mut self, login: Login) -> Self {
        if let Err(place) = self.0.logins.binary_search(&login) {
            self.fields().logins.insert(place, login);
        }
        self
    }

    /// The user name: always good for logging in, as it is.
    pub fn username(&self) -> &str {
        &self.0.username
    }

    /// The e-mail address, if there is one.
    pub fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The full name, if there is one.
    pub fn full_name(&self) -> Option<&str> {
        self.0.full_name.as_deref()
    }

    /// Whether the account is disabled.
    pub fn disabled(&self) -> bool {
        self.0.disabled
    }

    /// What the user may log in with beside the user name, in order.
    ///
    /// Stores leave it out where nobody asks for it: at a login and for a guarded request
    /// ([`UserStore`](crate::UserStore)); [`AccountStore`](crate::AccountStore) gives it.
    pub fn logins(&self) -> &[Login] {
        &self.0.logins
    }

    /// Whether the user may log in with what was typed: the user name as it is, or one of the logins.
    pub fn answers_to(&self, typed: &str) -> bool {
        *self.0.username == *typed || self.0.logins.iter().any(|login| login.is(typed))
    }

    /// The account after `change`: a login that is the e-mail address goes with it, and a new password or `end_tokens` counts the epoch up, so that older tokens end.
    #[must_use]
    pub fn changed(mut self, change: &AccountChange) -> Self {
        if let Some(email) = &change.email {
            self = self.with_changed_email(email.as_deref());
        }
        if let Some(full_name) = &change.full_name {
            self.fields().full_name = full_name.as_deref().map(Arc::from);
        }
        if let Some(disabled) = change.disabled {
            self.fields().disabled = disabled;
        }
        if let Some(scopes) = &change.scopes {
            self.fields().scopes = scopes.clone();
        }
        if let Some(hash) = &change.password_hash {
            self.fields().password_hash = Some(hash.clone());
        }
        if change.end_tokens || change.password_hash.is_some() {
            self.fields().token_epoch = self.0.token_epoch.saturating_add(1);
        }
        self
    }

    fn with_changed_email(mut self, email: Option<&str>) -> Self {
        let of_email = |login: &Login| login.kind() == LoginKind::Email;
        let gone: Vec<Login> = self.fields().logins.extract_if(.., |login| of_email(login)).collect();
        self.fields().email = email.map(Arc::from);
        let Some(email) = email else { return self };
        let renamed = gone
            .iter()
            .map(|login| Login::new(email, login.comparison()).of_email());
        renamed.fold(self, Self::with_login)
    }
}

impl User for Account {
    fn id(&self) -> UserId {
        self.0.id.clone()
    }

    fn password_hash(&self) -> Option<&HashString> {
        self.0.password_hash.as_ref()
    }

    fn is_active(&self) -> bool {
        !self.0.disabled
    }

    fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    fn token_epoch(&self) -> u64 {
        self.0.token_epoch
    }
}

/// What is to change in an account; a field that is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// A new e-mail address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// A new full name; `Some(None)` takes it away.
    pub full_name: Option<Option<String>>,
    /// Disables or enables the account.
    pub disabled: Option<bool>,
    /// The new scopes.
    pub scopes: Option<ScopeSet>,
    /// A new password hash; older tokens end.
    pub password_hash: Option<HashString>,
    /// The change is made only if the stored hash still is this one (compare-and-swap).
    pub only_if_hash: Option<HashString>,
    /// Ends every token issued so far.
    pub end_tokens: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Account {
        Account::new("anna")
            .with_email("anna@example.com")
            .with_login(Login::folded("Anna@Example.com").of_email())
            .with_login(Login::folded("anna"))
            .with_login(Login::exact("A-1"))
    }

    #[test]
    fn a_login_is_compared_as_it_says() {
        let anna = anna();
        for typed in ["anna", "ANNA", "anna@example.com", "Anna@Example.COM", "A-1"] {
            assert!(anna.answers_to(typed), "{typed}");
        }
        for typed in ["", "a-1", " anna", "anna@example.co"] {
            assert!(!anna.answers_to(typed), "{typed}");
        }
        assert!(!Account::new("anna").answers_to("Anna"));
    }

    #[test]
    fn an_email_takes_its_logins_along_and_only_those() {
        let change = |email: Option<&str>| AccountChange {
            email: Some(email.map(str::to_owned)),
            ..AccountChange::default()
        };
        let moved = anna().changed(&change(Some("Neu@Example.com")));
        assert!(moved.answers_to("neu@example.com") && moved.answers_to("ANNA") && moved.answers_to("A-1"));
        assert!(!moved.answers_to("anna@example.com"));
        let gone = moved.changed(&change(None));
        assert_eq!(gone.logins(), [Login::exact("A-1"), Login::folded("anna")]);
        assert_eq!(gone.changed(&change(Some("x@example.com"))).logins().len(), 2);
    }

    #[test]
    fn a_name_that_is_the_email_too_stays_when_the_email_goes() {
        let both = Account::new("a@example.com")
            .with_login(Login::folded("a@example.com").of_email())
            .with_login(Login::folded("a@example.com"));
        let change = AccountChange {
            email: Some(None),
            ..AccountChange::default()
        };
        assert!(both.changed(&change).answers_to("A@example.com"));
    }

    #[test]
    fn equal_logins_make_equal_accounts_in_whatever_order_they_came() {
        let other = Account::new("anna")
            .with_login(Login::exact("A-1"))
            .with_login(Login::folded("ANNA"))
            .with_login(Login::folded("anna"))
            .with_login(Login::folded("anna@example.com").of_email())
            .with_email("anna@example.com");
        assert_eq!(other, anna());
    }
}
