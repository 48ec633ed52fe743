//! The password grant (RFC 6749 §4.3): a name and a password for a token.

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::{HashString, Password, PasswordRules};

use crate::breached::BreachedWatch;
use crate::scope::{Declared, ScopeSet};
use crate::store::{ErasedStore, StoredCredentials};
use crate::user::{User, UserId};

mod check;
mod error;

pub(crate) use check::PasswordCheck;
pub use error::LoginError;

use check::Question;

/// What someone who logs in hands over.
#[derive(Debug)]
pub struct Credentials {
    username: String,
    password: Password,
    scope: ScopeSet,
    within: Option<ScopeSet>,
    refuse_empty_grant: bool,
    refuse_inactive: bool,
}

impl Credentials {
    /// A name and a password, asking for no scope.
    pub fn new(username: impl Into<String>, password: Password) -> Self {
        Self {
            username: username.into(),
            password,
            scope: ScopeSet::empty(),
            within: None,
            refuse_empty_grant: false,
            refuse_inactive: false,
        }
    }

    /// Asks for these scopes; of them is granted what the user may have.
    #[must_use]
    pub fn with_scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    /// Grants none but these, whatever is asked for: what the client's tokens may do.
    #[must_use]
    pub fn within(mut self, scopes: ScopeSet) -> Self {
        self.within = Some(scopes);
        self
    }

    /// Refuses the login with [`LoginError::InvalidScope`] if nothing of what was asked for can be granted
    /// (RFC 6749 §3.3).
    #[must_use]
    pub fn refuse_empty_grant(mut self) -> Self {
        self.refuse_empty_grant = true;
        self
    }

    /// Refuses a disabled account as if the password were wrong, also where the [`Auth`](crate::Auth) was built without
    /// [`refuse_inactive_logins`](crate::AuthBuilder::refuse_inactive_logins).
    #[must_use]
    pub fn refuse_inactive(mut self) -> Self {
        self.refuse_inactive = true;
        self
    }
}

/// The grant: who checks passwords, and what may be granted at all.
pub(crate) struct PasswordGrant {
    pub(crate) check: PasswordCheck,
    /// What the application declares; nothing else is granted.
    pub(crate) declared: &'static [Declared],
    pub(crate) refuse_inactive: bool,
    /// What new passwords must be.
    pub(crate) rules: PasswordRules,
    /// Which passwords are known from breaches.
    pub(crate) breached: Option<BreachedWatch>,
}

impl PasswordGrant {
    /// The user who logs in with these credentials, and the scopes granted.
    ///
    /// The gate's place comes first, so that who is refused there costs the store nothing. Until the password matched the
    /// store is asked the same for every name; only then is it asked for the user.
    pub(crate) async fn log_in<U: User>(
        &self,
        store: &dyn ErasedStore<U>,
        credentials: Credentials,
        now: Duration,
    ) -> Result<(U, ScopeSet), LoginError> {
        let Credentials {
            username,
            password,
            scope,
            within,
            refuse_empty_grant,
            refuse_inactive,
        } = credentials;
        let refuse_inactive = refuse_inactive || self.refuse_inactive;
        let password = Arc::new(password);
        let place = self.check.admit()?;
        let found = self.check.look_up(store, &username, now).await?;
        let question = Question {
            password: password.clone(),
            stored: found.as_ref().and_then(|found| found.password_hash.clone()),
            refused: refuse_inactive && found.as_ref().is_some_and(|found| !found.active),
            upgrade: store.takes_upgrades(),
        };
        let checked = self.check.verify(place, &username, question).await?;
        let Some(StoredCredentials { id, password_hash, .. }) = found else {
            return Err(LoginError::Refused);
        };
        if let Some(trouble) = &checked.trouble {
            tracing::warn!(user = %id, error = %trouble, "a stored password hash cannot be verified");
        }
        let Some(seen) = password_hash.filter(|_| checked.matched) else {
            return Err(LoginError::Refused);
        };
        let user = store
            .by_id(&id)
            .await?
            .filter(|user| user.is_active() || !refuse_inactive);
        let user = user.ok_or(LoginError::Refused)?;
        self.still_right(&user, &seen, &username, password.clone()).await?;
        if let Some(new) = &checked.upgraded {
            upgrade(store, &id, &seen, new).await;
        }
        if let Some(breached) = &self.breached {
            breached.look_up_later(&id, checked.upgraded.as_ref().unwrap_or(&seen), password);
        }
        let granted = scope.granted(user.scopes(), self.declared);
        let granted = within.map_or_else(|| granted.clone(), |within| granted.intersection(&within));
        // An application without scopes ignores them.
        if refuse_empty_grant && !self.declared.is_empty() && !scope.is_empty() && granted.is_empty() {
            return Err(LoginError::InvalidScope);
        }
        Ok((user, granted))
    }

    /// Refuses a password that is not the user's any more. Their hash may have changed since it was `seen`: to that of a new
    /// password, or by the upgrade at another login.
    async fn still_right<U: User>(
        &self,
        user: &U,
        seen: &HashString,
        username: &str,
        password: Arc<Password>,
    ) -> Result<(), LoginError> {
        let stored = user.password_hash();
        if stored.is_some_and(|now| now.as_str() == seen.as_str()) {
            return Ok(());
        }
        match self.check.is_right(username, password, stored.cloned()).await? {
            true => Ok(()),
            false => Err(LoginError::Refused),
        }
    }
}

/// Stores the better hash; the login stands whether that succeeds or not.
async fn upgrade<U>(store: &dyn ErasedStore<U>, id: &UserId, seen: &HashString, new: &HashString) {
    match store.swap_hash(id, seen, new).await {
        Ok(true) => tracing::info!(user = %id, "password hash upgraded"),
        Ok(false) => tracing::info!(user = %id, "password hash changed meanwhile; not upgraded"),
        Err(error) => tracing::warn!(user = %id, %error, "password hash could not be upgraded"),
    }
}
