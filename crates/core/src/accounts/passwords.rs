//! New passwords: one's own for the current one, and somebody's without.

use portcullis_password::{HashString, Password};

use super::{AccountError, Accounts};
use crate::account::{Account, AccountChange, Login};
use crate::audit::{AuditEvent, AuditKind};
use crate::store::{AccountStore, StoreError};
use crate::user::User;

impl<S: AccountStore> Accounts<S> {
    /// A user's own change of password: the current one is asked for. Older tokens end.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::Changed`] if another change came first, [`AccountError::Unfit`].
    pub async fn change_password(
        &self,
        account: &Account,
        current: Password,
        new: Password,
    ) -> Result<Account, AccountError> {
        // As the store has it now: what the caller holds may be remembered.
        let account = self.store.by_id(&account.id()).await?.ok_or(AccountError::Unknown)?;
        let new = self.auth.expect_usable(new, &words_of(&account)).await?;
        let Some(seen) = account.password_hash().cloned() else {
            return Err(AccountError::WrongPassword);
        };
        if !self.auth.verify_own_password(&account, current, &self.cause).await? {
            return Err(AccountError::WrongPassword);
        }
        let hash = self.auth.hash_password(new).await?;
        let changed = self.replace(account.id(), to_hash(hash, Some(seen))).await?;
        changed.ok_or(AccountError::Changed)
    }

    /// Sets a password without asking for the current one. Older tokens end.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Unfit`], [`AccountError::Unmet`].
    pub async fn set_password(&self, username: &str, new: Password) -> Result<Account, AccountError> {
        let account = self.find(username).await;
        // A password that nobody may have is told first, as it is where an account is added.
        let own = account.as_ref().map(words_of).unwrap_or_default();
        let new = self.auth.expect_usable(new, &own).await?;
        let account = account?;
        let hash = self.auth.hash_password(new).await?;
        let changed = self.replace(account.id(), to_hash(hash, None)).await?;
        let changed = changed.ok_or(AccountError::Unknown)?;
        if let Err(error) = self.forget_attempts(&account).await {
            tracing::warn!(user = %account.id(), %error, "what was tried before a new password could not be forgotten");
        }
        Ok(changed)
    }

    /// Lets a user try to log in again who was closed out because of wrong passwords, whoever tried them. Where guessing is
    /// not slowed there is nothing to do.
    ///
    /// # Errors
    /// [`AccountError::Unknown`].
    pub async fn admit(&self, username: &str) -> Result<Account, AccountError> {
        let account = self.find(username).await?;
        self.forget_attempts(&account).await?;
        if let Some(audit) = self.auth.audit() {
            let event = AuditEvent::new(AuditKind::UserAdmitted, self.cause.clone());
            audit.record(event.of(account.id().as_str())).await?;
        }
        Ok(account)
    }

    /// Whether guessing is slowed here ([`AuthBuilder::throttle`](crate::AuthBuilder::throttle)).
    pub fn slows_guessing(&self) -> bool {
        self.auth.throttle().is_some()
    }

    /// Whether API keys are taken here ([`AuthBuilder::api_keys`](crate::AuthBuilder::api_keys)).
    pub fn takes_api_keys(&self) -> bool {
        self.auth.api_keys().is_some()
    }

    async fn forget_attempts(&self, account: &Account) -> Result<(), StoreError> {
        let Some(throttle) = self.auth.throttle() else {
            return Ok(());
        };
        let others = account.logins().iter().map(Login::text);
        let all: Vec<&str> = std::iter::once(account.username()).chain(others).collect();
        throttle.admit(&all).await
    }
}

/// A new password, if the hash still is the one that was seen.
fn to_hash(hash: HashString, only_if_hash: Option<HashString>) -> AccountChange {
    AccountChange {
        password_hash: Some(hash),
        only_if_hash,
        ..AccountChange::default()
    }
}

/// What an account tells of itself, and its user may therefore not take for a password.
fn words_of(account: &Account) -> Vec<&str> {
    let named = [Some(account.username()), account.email(), account.full_name()];
    let logins = account.logins().iter().map(Login::text);
    named.into_iter().flatten().chain(logins).collect()
}
