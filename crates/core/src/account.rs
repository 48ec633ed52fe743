//! The supplied user model.

use std::sync::Arc;

use portcullis_password::HashString;

use crate::scope::ScopeSet;
use crate::user::{User, UserId};

/// The user model of the supplied stores: the chapter's fields, scopes and an epoch. Cheap to clone.
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
pub struct Account {
    id: UserId,
    username: Arc<str>,
    email: Option<Arc<str>>,
    full_name: Option<Arc<str>>,
    disabled: bool,
    password_hash: Option<HashString>,
    scopes: ScopeSet,
    token_epoch: u64,
}

impl Account {
    /// An active account without e-mail, name, password and scopes. Its id is its user name.
    pub fn new(username: impl Into<Arc<str>>) -> Self {
        let username = username.into();
        Self {
            id: UserId::new(username.clone()),
            username,
            email: None,
            full_name: None,
            disabled: false,
            password_hash: None,
            scopes: ScopeSet::empty(),
            token_epoch: 0,
        }
    }

    /// Sets an id other than the user name.
    #[must_use]
    pub fn with_id(mut self, id: UserId) -> Self {
        self.id = id;
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<Arc<str>>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the full name.
    #[must_use]
    pub fn with_full_name(mut self, full_name: impl Into<Arc<str>>) -> Self {
        self.full_name = Some(full_name.into());
        self
    }

    /// Sets whether the account is disabled.
    #[must_use]
    pub fn with_disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Sets the stored password hash.
    #[must_use]
    pub fn with_password_hash(mut self, hash: HashString) -> Self {
        self.password_hash = Some(hash);
        self
    }

    /// Sets the scopes that may be granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: ScopeSet) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets the epoch that tokens must carry.
    #[must_use]
    pub fn with_token_epoch(mut self, epoch: u64) -> Self {
        self.token_epoch = epoch;
        self
    }

    /// The login name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The e-mail address, if there is one.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The full name, if there is one.
    pub fn full_name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    /// Whether the account is disabled.
    pub fn disabled(&self) -> bool {
        self.disabled
    }

    /// The account after `change`: a new password or `end_tokens` counts the epoch up, so that older tokens end.
    #[must_use]
    pub fn changed(mut self, change: &AccountChange) -> Self {
        if let Some(email) = &change.email {
            self.email = email.as_deref().map(Arc::from);
        }
        if let Some(full_name) = &change.full_name {
            self.full_name = full_name.as_deref().map(Arc::from);
        }
        if let Some(disabled) = change.disabled {
            self.disabled = disabled;
        }
        if let Some(scopes) = &change.scopes {
            self.scopes = scopes.clone();
        }
        if let Some(hash) = &change.password_hash {
            self.password_hash = Some(hash.clone());
        }
        if change.end_tokens || change.password_hash.is_some() {
            self.token_epoch = self.token_epoch.saturating_add(1);
        }
        self
    }
}

impl User for Account {
    fn id(&self) -> UserId {
        self.id.clone()
    }

    fn password_hash(&self) -> Option<&HashString> {
        self.password_hash.as_ref()
    }

    fn is_active(&self) -> bool {
        !self.disabled
    }

    fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    fn token_epoch(&self) -> u64 {
        self.token_epoch
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
