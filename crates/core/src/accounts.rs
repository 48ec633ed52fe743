//! Administration of accounts: the rules that hold whoever changes them, a command, a route or an application.

use std::fmt;
use std::sync::Arc;

use crate::account::{Account, AccountChange};
use crate::auth::Auth;
use crate::cause::Cause;
use crate::clock::{Clock, SystemClock};
use crate::condition::{Condition, Revision, Unmet};
use crate::scope::ScopeSet;
use crate::store::AccountStore;
use crate::user::User as _;

mod error;
mod passwords;
mod rules;
mod steps;
mod told;
mod words;

pub use error::AccountError;
pub use rules::{Field, Rule, TEXT_MAX_BYTES, Unfit, check_account, check_name};
use rules::{check_possible, check_text};
pub use words::{Edit, NewAccount, Page};

/// The most accounts of one page.
pub const PAGE_MAX: usize = 100;

/// Accounts of a store, changed by rule: names and new passwords are looked at, passwords are hashed in the pool that
/// logins use, what ends older tokens ends them. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_core::jose::SigningKey;
/// use portcullis_core::{Accounts, Auth, MemoryUsers, NewAccount, Password};
/// let users = MemoryUsers::new();
/// let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
/// let auth = Auth::builder(key, users.clone()).build().unwrap();
/// let accounts = Accounts::new(auth, users);
/// let new = NewAccount { password: Some(Password::from("correct horse")), ..NewAccount::named("alice") };
/// assert_eq!(accounts.create(new).await.unwrap().username(), "alice");
/// # });
/// ```
pub struct Accounts<S> {
    auth: Auth<Account>,
    store: Arc<S>,
    clock: Arc<dyn Clock>,
    condition: Condition,
    cause: Cause,
}

impl<S> Clone for Accounts<S> {
    fn clone(&self) -> Self {
        Self {
            auth: self.auth.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            condition: self.condition.clone(),
            cause: self.cause.clone(),
        }
    }
}

impl<S> fmt::Debug for Accounts<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Administers `store`; `auth` hashes and verifies, and should be built over the same store.
    pub fn new(auth: Auth<Account>, store: S) -> Self {
        Self {
            auth,
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            condition: Condition {
                keep_administrator: true,
                ..Condition::default()
            },
            cause: Cause::default(),
        }
    }

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The same on behalf of one who has these scopes and can give no others: neither to a new account nor to an old
    /// one, nor by setting the password of one that has more. A role is given by who has all that it holds.
    #[must_use]
    pub fn within(mut self, scopes: ScopeSet) -> Self {
        self.condition.within = Some(self.auth.may_give(&scopes));
        self
    }

    /// The same, and what there is is changed or removed only if it still is in one of these states.
    #[must_use]
    pub fn only_if(mut self, revisions: Vec<Revision>) -> Self {
        self.condition.only_if = Some(revisions);
        self
    }

    /// Adds an account. Its epoch is the present time in milliseconds, so that tokens of an earlier account of the same
    /// name stay ended.
    ///
    /// # Errors
    /// [`AccountError::Unfit`], [`AccountError::Taken`], [`AccountError::Unmet`], and what the pool and the store say.
    pub async fn create(&self, new: NewAccount) -> Result<Account, AccountError> {
        let NewAccount {
            username,
            password,
            email,
            full_name,
            scopes,
            disabled,
        } = new;
        check_name(&username)?;
        check_text(Field::Email, email.as_deref())?;
        check_text(Field::FullName, full_name.as_deref())?;
        let password = match password {
            Some(password) => {
                let own = [Some(&username), email.as_ref(), full_name.as_ref()];
                let own: Vec<&str> = own.into_iter().flatten().map(String::as_str).collect();
                Some(self.auth.expect_usable(password, &own).await?)
            }
            None => None,
        };
        if let Some(own) = &self.condition.within
            && scopes.iter().any(|scope| !own.contains(scope))
        {
            return Err(Unmet::Beyond.into());
        }
        // The pool is dear: a name that is taken is said before, and once more by the store if two come at once.
        if self.store.by_login(&username).await?.is_some() {
            return Err(AccountError::Taken);
        }
        let epoch = u64::try_from(self.clock.now().as_millis()).unwrap_or(u64::MAX);
        let mut account = Account::new(username)
            .with_scopes(scopes)
            .with_disabled(disabled)
            .with_token_epoch(epoch);
        if let Some(email) = email {
            account = account.with_email(email);
        }
        if let Some(full_name) = full_name {
            account = account.with_full_name(full_name);
        }
        if let Some(password) = password {
            account = account.with_password_hash(self.auth.hash_password(password).await?);
        }
        let username = account.username().to_owned();
        self.insert(account).await?;
        // As it is stored: an earlier account of this name may have had a later epoch.
        self.find(&username).await
    }

    /// The account of this user name; what else its user logs in with names nobody here.
    ///
    /// # Errors
    /// [`AccountError::Unknown`] if there is none.
    pub async fn find(&self, username: &str) -> Result<Account, AccountError> {
        // No store has such a name, and some cannot even be asked for it.
        check_possible(username).map_err(|_| AccountError::Unknown)?;
        self.store.by_username(username).await?.ok_or(AccountError::Unknown)
    }

    /// The accounts whose names come after `after` in byte order, at most `limit` of them (1 to [`PAGE_MAX`]; what lies
    /// outside is taken for the nearest).
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self, after: Option<&str>, limit: usize) -> Result<Page, AccountError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut accounts = self.store.list(after, limit.saturating_add(1)).await?;
        let more = accounts.len() > limit;
        accounts.truncate(limit);
        let next = accounts.last().filter(|_| more).map(|last| last.username().to_owned());
        Ok(Page { accounts, next })
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// What the store says.
    pub async fn count(&self) -> Result<u64, AccountError> {
        Ok(self.store.count().await?)
    }

    /// Changes an account. The last one that [administers](Condition::administers) stays one.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Unfit`], [`AccountError::Unmet`].
    pub async fn edit(&self, username: &str, edit: Edit) -> Result<Account, AccountError> {
        let Edit {
            email,
            full_name,
            disabled,
            scopes,
        } = edit;
        check_text(Field::Email, email.as_ref().and_then(Option::as_deref))?;
        check_text(Field::FullName, full_name.as_ref().and_then(Option::as_deref))?;
        let account = self.find(username).await?;
        let change = AccountChange {
            email,
            full_name,
            disabled,
            scopes,
            end_tokens: disabled == Some(true),
            ..AccountChange::default()
        };
        self.change(account.id(), change).await
    }

    /// Disables an account and ends its tokens.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Unmet`].
    pub async fn disable(&self, username: &str) -> Result<Account, AccountError> {
        self.edit(
            username,
            Edit {
                disabled: Some(true),
                ..Edit::default()
            },
        )
        .await
    }

    /// Enables an account; its user logs in anew.
    ///
    /// # Errors
    /// [`AccountError::Unknown`].
    pub async fn enable(&self, username: &str) -> Result<Account, AccountError> {
        self.edit(
            username,
            Edit {
                disabled: Some(false),
                ..Edit::default()
            },
        )
        .await
    }

    /// Sets the scopes that may be granted. Tokens that are out lose at once what is taken away.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Unmet`].
    pub async fn set_scopes(&self, username: &str, scopes: ScopeSet) -> Result<Account, AccountError> {
        self.edit(
            username,
            Edit {
                scopes: Some(scopes),
                ..Edit::default()
            },
        )
        .await
    }

    /// Removes an account for good.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Unmet`].
    pub async fn delete(&self, username: &str) -> Result<(), AccountError> {
        let account = self.find(username).await?;
        self.remove(account).await
    }
}

#[cfg(test)]
mod tests;
