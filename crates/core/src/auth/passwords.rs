//! What a new password must be, and how it is hashed.

use std::sync::Arc;
use std::time::Instant;

use portcullis_password::{HashString, Password, PasswordRules, Passwords, Unusable};

use super::Auth;
use crate::breached::BreachedPasswords;
use crate::cause::Cause;
use crate::durations::DurationsBy;
use crate::grant::password::{LoginError, PasswordCheck, PasswordGrant};
use crate::hashing::GateMetrics;
use crate::user::User;
use crate::users::Users;

impl<U: User> Auth<U> {
    /// The context that hashes and verifies; `None` at a resource server. Use [`Auth::hash_password`] where threads
    /// matter.
    pub fn passwords(&self) -> Option<&Passwords> {
        self.password_check().ok().map(PasswordCheck::passwords)
    }

    /// What new passwords must be; `None` at a resource server, which sets none.
    pub fn password_rules(&self) -> Option<&PasswordRules> {
        self.logins().ok().map(|logins| &logins.rules)
    }

    /// The breached passwords that are refused, where there is such a set.
    pub fn breached_passwords(&self) -> Option<&BreachedPasswords> {
        self.logins().ok()?.breached.as_ref().map(|watch| watch.set())
    }

    /// Gives a new password back if it may be set on an account of these words: its names and addresses, whole. To be asked
    /// before [`Auth::hash_password`] wherever a user chooses one; [`Accounts`](crate::Accounts) does. A set of breached
    /// passwords that cannot be asked is told in the log and bars nobody.
    ///
    /// # Errors
    /// Why it may not.
    pub async fn expect_usable(&self, password: Password, own: &[&str]) -> Result<Password, Unusable> {
        let Ok(logins) = self.logins() else {
            return Ok(password);
        };
        logins.rules.check(&password, own)?;
        let Some(breached) = &logins.breached else {
            return Ok(password);
        };
        let password = Arc::new(password);
        if breached.holds(password.clone()).await {
            return Err(Unusable::Breached);
        }
        // The thread that looked it up has dropped its own; where it has not yet, a copy is as good.
        Ok(Arc::try_unwrap(password).unwrap_or_else(|shared| Password::from(shared.as_bytes())))
    }

    /// Hashes a new password in the pool that logins use.
    ///
    /// # Errors
    /// The pool is full or the password cannot be hashed.
    pub async fn hash_password(&self, password: Password) -> Result<HashString, LoginError> {
        self.password_check()?.hash(password).await
    }

    /// Whether `password` is the user's, at the cost of a login. Nothing is upgraded.
    ///
    /// # Errors
    /// The pool is full.
    pub async fn verify_password(&self, user: &U, password: Password) -> Result<bool, LoginError> {
        let stored = user.password_hash().cloned();
        self.password_check()?
            .is_right(user.id().as_str(), Arc::new(password), stored)
            .await
    }

    /// The same for a user who has shown a token and is asked for the password all the same: where guessing is slowed they have
    /// ten wrong ones an hour, whoever it is that has their token. A wrong one is told and counted as a login that was
    /// refused, with `cause` as who tried it.
    ///
    /// # Errors
    /// Too many were wrong ([`LoginError::Throttled`]), or as for [`Auth::verify_password`].
    pub async fn verify_own_password(&self, user: &U, password: Password, cause: &Cause) -> Result<bool, LoginError> {
        let begun = Instant::now();
        let result = self.prove_own(user, password).await;
        self.tell_own(&result, (&user.id(), cause), begun.elapsed());
        match result {
            Ok(()) => Ok(true),
            Err(LoginError::Refused) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn prove_own(&self, user: &U, password: Password) -> Result<(), LoginError> {
        let is_right = |verified: bool| if verified { Ok(()) } else { Err(LoginError::Refused) };
        let Some(throttle) = self.throttle() else {
            return is_right(self.verify_password(user, password).await?);
        };
        let reserved = throttle.reserve_own(&user.id(), &password).await?;
        let verified = self.verify_password(user, password).await;
        match verified {
            Ok(true) => drop(reserved.right(user.token_epoch()).await),
            Ok(false) => reserved.wrong(),
            Err(_) => reserved.undone().await,
        }
        is_right(verified?)
    }

    /// What the hashing pool does; all zero at a resource server, which has none.
    pub fn gate_metrics(&self) -> GateMetrics {
        self.password_check().map(PasswordCheck::metrics).unwrap_or_default()
    }

    /// How long passwords were hashed, by scheme; `None` at a resource server.
    pub fn hashing_durations(&self) -> Option<&DurationsBy> {
        self.password_check().ok().map(PasswordCheck::times)
    }

    fn password_check(&self) -> Result<&PasswordCheck, LoginError> {
        self.logins().map(|logins| &logins.check)
    }

    fn logins(&self) -> Result<&PasswordGrant, LoginError> {
        match &self.inner.users {
            Users::Stored { logins, .. } => Ok(logins),
            Users::InToken(_) => Err(LoginError::NoLogins),
        }
    }
}
