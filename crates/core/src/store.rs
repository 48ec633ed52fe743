//! The joint to a database of users.

use std::future::Future;
use std::pin::Pin;

use portcullis_password::HashString;

use crate::account::{Account, AccountChange};
use crate::audit::AuditRow;
use crate::condition::Condition;
use crate::user::{User, UserId};

mod asked;
mod error;

pub use error::StoreError;

/// What a login is checked against: of a user, what has to be known before the password matched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredCredentials {
    /// Whose they are.
    pub id: UserId,
    /// The stored hash; `None` for an account that cannot log in with a password. `Debug` does not show it.
    pub password_hash: Option<HashString>,
    /// Whether the account may act ([`User::is_active`]).
    pub active: bool,
}

impl StoredCredentials {
    /// Those of an active account.
    pub fn new(id: UserId, password_hash: Option<HashString>) -> Self {
        Self {
            id,
            password_hash,
            active: true,
        }
    }

    /// Sets whether the account may act.
    #[must_use]
    pub fn with_active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }

    /// Those of this user.
    pub fn of(user: &impl User) -> Self {
        Self::new(user.id(), user.password_hash().cloned()).with_active(user.is_active())
    }
}

/// Where users live. Implementors simply write `async fn`; every implementation should pass
/// [`user_store_contract!`](crate::user_store_contract), and one that is an [`AccountStore`] also
/// [`store_contract!`](crate::store_contract).
///
/// User names are compared as they are: no folding, no trimming. An account may have [logins](Account::logins) beside it.
pub trait UserStore: Send + Sync + 'static {
    /// The application's user model.
    type User: User;

    /// The user who logs in under this name: the only one whom it leads to. A name that leads to two users is nobody's.
    /// Of an [`Account`], its [logins](Account::logins) may be left out.
    fn by_login(&self, login: &str) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// What a login under this name is checked against; asked at every login, and the user only after the password
    /// matched. The default asks [`UserStore::by_login`].
    ///
    /// A store that finds a user with several questions (scopes in other tables, say) should answer this with one: it
    /// must ask the same for names that exist and that do not, or the time tells them apart.
    fn credentials(&self, login: &str) -> impl Future<Output = Result<Option<StoredCredentials>, StoreError>> + Send {
        async move { Ok(self.by_login(login).await?.map(|user| StoredCredentials::of(&user))) }
    }

    /// The user with this id, as it is now. Asked for every guarded request: of an [`Account`], its
    /// [logins](Account::logins) may be left out.
    fn by_id(&self, id: &UserId) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Replaces the stored hash with `new`, only if it still equals `seen`; says whether it did. This is how a hash is
    /// upgraded on login without ever undoing a password that was changed at the same moment.
    fn swap_hash(
        &self,
        id: &UserId,
        seen: &HashString,
        new: &HashString,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Whether an outdated hash may be replaced at a login; asked before the work of making a new one is spent. The default
    /// says yes.
    fn takes_upgrades(&self) -> bool {
        true
    }

    /// Whether of two epochs of a user the later one is the greater one. The default says yes. A store whose epochs follow from
    /// hashes ([`epoch_of`](crate::epoch_of)) says no: tokens end with another epoch all the same where users are looked up, and
    /// those who only follow what ended learn of a new password by the sessions that ended with it.
    fn counts_epochs(&self) -> bool {
        true
    }

    /// A fair sample of up to `limit` of the stored hashes: spread evenly over all users (every n-th by id, say, and not
    /// the first, which are the oldest), and the same one as long as they do not change.
    ///
    /// Only their scheme and cost are looked at: with them an unknown name costs what a known one costs even where
    /// formats of different cost are mixed. The default knows of none; then an unknown name costs one verification of
    /// the current scheme.
    fn sample_hashes(&self, limit: usize) -> impl Future<Output = Result<Vec<HashString>, StoreError>> + Send {
        let _ = limit;
        async { Ok(Vec::new()) }
    }

    /// Counts up with every change that this process makes to any user; whoever remembers a user looks at it before
    /// using what is remembered, so that a change made here holds at once. The default says "never", and then a change
    /// holds within the time a user is remembered (half a second unless set otherwise).
    fn generation(&self) -> u64 {
        0
    }
}

/// A store of [`Account`]s that can also be administered: what the server's commands and routes need.
pub trait AccountStore: UserStore<User = Account> {
    /// The same store for one act: see [`RevocationStore::noting`](crate::RevocationStore::noting).
    fn noting(&self, row: &AuditRow) -> Option<Self>
    where
        Self: Sized;

    /// Adds an account. Where one of this id was deleted, the epoch is raised above the deleted one's last if it is not
    /// higher already, so that no token of that one lives again, whatever the clock says.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the name or the id is in use.
    fn insert(&self, account: &Account) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The account of this user name, which is compared as it is, with its logins.
    ///
    /// The default asks [`UserStore::by_login`], which is enough where the user name is all that one logs in with.
    fn by_username(&self, username: &str) -> impl Future<Output = Result<Option<Account>, StoreError>> + Send {
        async move {
            let found = self.by_login(username).await?;
            Ok(found.filter(|account| account.username() == username))
        }
    }

    /// Changes one account in one step; gives it as it is now, or `None` if there is none, or if
    /// [`AccountChange::only_if_hash`] does not hold.
    fn update(
        &self,
        id: &UserId,
        change: &AccountChange,
    ) -> impl Future<Output = Result<Option<Account>, StoreError>> + Send;

    /// Removes an account; says whether there was one.
    fn delete(&self, id: &UserId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// As [`AccountStore::update`], if the condition holds; that is looked at in the same step.
    ///
    /// The default looks and changes one after the other, and one caller after the other in this process: a store that
    /// several processes share does it in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::Unmet`].
    fn update_if(
        &self,
        id: &UserId,
        change: &AccountChange,
        condition: &Condition,
    ) -> impl Future<Output = Result<Option<Account>, StoreError>> + Send {
        async move {
            let _turn = asked::TURN.lock().await;
            asked::look(self, id, Some(change), condition).await?;
            self.update(id, change).await
        }
    }

    /// As [`AccountStore::delete`], if the condition holds; see [`AccountStore::update_if`].
    ///
    /// # Errors
    /// [`StoreError::Unmet`].
    fn delete_if(&self, id: &UserId, condition: &Condition) -> impl Future<Output = Result<bool, StoreError>> + Send {
        async move {
            let _turn = asked::TURN.lock().await;
            asked::look(self, id, None, condition).await?;
            self.delete(id).await
        }
    }

    /// The accounts whose user names come after `after` in byte order (from the first if `None`), at most `limit`, with
    /// their logins.
    fn list(&self, after: Option<&str>, limit: usize) -> impl Future<Output = Result<Vec<Account>, StoreError>> + Send;

    /// How many accounts there are.
    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The twin of [`UserStore`] that can be put behind a pointer, so that nothing else is generic over the store.
pub(crate) trait ErasedStore<U>: Send + Sync {
    fn credentials<'a>(&'a self, login: &'a str) -> Boxed<'a, Option<StoredCredentials>>;
    fn by_id<'a>(&'a self, id: &'a UserId) -> Boxed<'a, Option<U>>;
    fn swap_hash<'a>(&'a self, id: &'a UserId, seen: &'a HashString, new: &'a HashString) -> Boxed<'a, bool>;
    fn takes_upgrades(&self) -> bool;
    fn counts_epochs(&self) -> bool;
    fn sample_hashes(&self, limit: usize) -> Boxed<'_, Vec<HashString>>;
    fn generation(&self) -> u64;
}

impl<S: UserStore> ErasedStore<S::User> for S {
    fn credentials<'a>(&'a self, login: &'a str) -> Boxed<'a, Option<StoredCredentials>> {
        Box::pin(UserStore::credentials(self, login))
    }

    fn by_id<'a>(&'a self, id: &'a UserId) -> Boxed<'a, Option<S::User>> {
        Box::pin(UserStore::by_id(self, id))
    }

    fn swap_hash<'a>(&'a self, id: &'a UserId, seen: &'a HashString, new: &'a HashString) -> Boxed<'a, bool> {
        Box::pin(UserStore::swap_hash(self, id, seen, new))
    }

    fn takes_upgrades(&self) -> bool {
        UserStore::takes_upgrades(self)
    }

    fn counts_epochs(&self) -> bool {
        UserStore::counts_epochs(self)
    }

    fn sample_hashes(&self, limit: usize) -> Boxed<'_, Vec<HashString>> {
        Box::pin(UserStore::sample_hashes(self, limit))
    }

    fn generation(&self) -> u64 {
        UserStore::generation(self)
    }
}

impl<S: UserStore> UserStore for std::sync::Arc<S> {
    type User = S::User;

    async fn by_login(&self, login: &str) -> Result<Option<Self::User>, StoreError> {
        S::by_login(self, login).await
    }

    async fn credentials(&self, login: &str) -> Result<Option<StoredCredentials>, StoreError> {
        S::credentials(self, login).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Self::User>, StoreError> {
        S::by_id(self, id).await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        S::swap_hash(self, id, seen, new).await
    }

    fn takes_upgrades(&self) -> bool {
        S::takes_upgrades(self)
    }

    fn counts_epochs(&self) -> bool {
        S::counts_epochs(self)
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        S::sample_hashes(self, limit).await
    }

    fn generation(&self) -> u64 {
        S::generation(self)
    }
}
