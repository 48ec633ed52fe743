//! What a login gives, and who a token speaks for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::account::Account;
use crate::auth_error::AuthError;
use crate::facts::TokenFacts;
use crate::scope::{ScopeSet, Scopes};
use crate::user::User;

/// What a login gives: the token response of RFC 6749 §5.1.
#[derive(Clone)]
pub struct Granted {
    /// The signed token.
    pub access_token: String,
    /// Its lifetime.
    pub expires_in: Duration,
    /// The scope granted; `None` where the application declares no scopes.
    pub scope: Option<ScopeSet>,
    /// What gives the next tokens, where the login is kept as a session.
    pub refresh_token: Option<String>,
    /// What this device shows at its next login, where logins are throttled
    /// ([`AuthBuilder::throttle`](crate::AuthBuilder::throttle), [`Attempt::with_device`](crate::Attempt::with_device)): so
    /// its owner gets in whatever strangers try. It is a secret, and good for a year.
    pub device: Option<String>,
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            access_token: _,
            expires_in,
            scope,
            refresh_token: _,
            device: _,
        } = self;
        f.debug_struct("Granted")
            .field("expires_in", expires_in)
            .field("scope", scope)
            .finish_non_exhaustive()
    }
}

/// Who a good token speaks for.
#[derive(Debug, Clone)]
pub struct Principal<U: User = Account> {
    /// The user as the store has it.
    pub user: U,
    /// What this token may do: its own scopes, as far as the user still has them.
    pub scopes: ScopeSet,
    /// What the token says of itself.
    pub token: Arc<TokenFacts>,
}

impl<U: User> Principal<U> {
    /// Whether the token covers `S` and, if `active` is asked for, the account is active: scopes are looked at first,
    /// as in the chapter.
    ///
    /// # Errors
    /// [`AuthError::MissingScope`] or [`AuthError::Inactive`].
    pub fn require<S: Scopes>(&self, active: bool) -> Result<(), AuthError> {
        if !self.scopes.covers::<S>() {
            return Err(AuthError::MissingScope);
        }
        if active && !self.user.is_active() {
            return Err(AuthError::Inactive);
        }
        Ok(())
    }
}

/// The client that a good token of its own speaks for (RFC 6749 §4.4).
#[derive(Debug, Clone)]
pub struct ClientPrincipal {
    /// Which one.
    pub client_id: Arc<str>,
    /// What this token may do: its own scopes, as far as the client still has them.
    pub scopes: ScopeSet,
    /// What the token says of itself.
    pub token: Arc<TokenFacts>,
}

impl ClientPrincipal {
    /// Whether the token covers `S`.
    ///
    /// # Errors
    /// [`AuthError::MissingScope`].
    pub fn require<S: Scopes>(&self) -> Result<(), AuthError> {
        match self.scopes.covers::<S>() {
            true => Ok(()),
            false => Err(AuthError::MissingScope),
        }
    }
}
