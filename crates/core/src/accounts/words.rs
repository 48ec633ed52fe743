//! What administration is told and tells.

use portcullis_password::Password;

use crate::account::Account;
use crate::scope::ScopeSet;

/// What a new account is made of.
#[derive(Debug, Default)]
pub struct NewAccount {
    /// The login name: 1 to 255 bytes, no control characters. It is taken as it is.
    pub username: String,
    /// The password; `None` for an account that cannot log in with one.
    pub password: Option<Password>,
    /// The e-mail address, at most [`TEXT_MAX_BYTES`](super::TEXT_MAX_BYTES).
    pub email: Option<String>,
    /// The full name, at most [`TEXT_MAX_BYTES`](super::TEXT_MAX_BYTES).
    pub full_name: Option<String>,
    /// The scopes that may be granted.
    pub scopes: ScopeSet,
    /// Whether it starts disabled.
    pub disabled: bool,
}

impl NewAccount {
    /// A name and nothing else.
    pub fn named(username: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            ..Self::default()
        }
    }
}

/// What is to change in an account, its password aside; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The e-mail address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// The full name; `Some(None)` takes it away.
    pub full_name: Option<Option<String>>,
    /// Whether the account is disabled. Disabling also ends its tokens, so that none revives when it is enabled again.
    pub disabled: Option<bool>,
    /// The scopes that may be granted.
    pub scopes: Option<ScopeSet>,
}

/// Some accounts in the order of their names.
#[derive(Debug, Clone)]
pub struct Page {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The name after which the next page starts; `None` on the last one.
    pub next: Option<String>,
}
