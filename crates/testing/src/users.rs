//! Where the users of tests come from.

use std::fmt::Display;
use std::future::Future;

use portcullis_core::{Account, AccountChange, AccountStore, ScopeSet, StoreError, User, UserStore};

use crate::fail::OrFail as _;
use crate::hash::{PASSWORD, hash};

/// A store of users that tests can name some of.
///
/// Of a store of [`Account`]s a user who is named and not there is made, active and with the password [`PASSWORD`]. A store of
/// an application's own says so itself, or with an empty `impl TestUsers for …` knows those who were put into it:
///
/// ```
/// # use portcullis::prelude::*;
/// # use portcullis_testing::TestUsers;
/// # #[derive(Clone)]
/// # struct Customers;
/// # impl UserStore for Customers {
/// #     type User = Account;
/// #     async fn by_login(&self, _: &str) -> Result<Option<Account>, StoreError> { Ok(None) }
/// #     async fn by_id(&self, _: &UserId) -> Result<Option<Account>, StoreError> { Ok(None) }
/// #     async fn swap_hash(&self, _: &UserId, _: &HashString, _: &HashString) -> Result<bool, StoreError> { Ok(false) }
/// # }
/// impl TestUsers for Customers {}
/// ```
pub trait TestUsers: UserStore + Clone {
    /// Whether [`TestUsers::end_tokens`] ends any.
    const ENDS_TOKENS: bool = false;

    /// The user of this name; where there is none, one with these scopes, if they can be made.
    fn user_called(&self, name: &str, scopes: &ScopeSet) -> impl Future<Output = Option<Self::User>> + Send {
        let _ = scopes;
        async move { told(self.by_login(name).await) }
    }

    /// A user with these scopes who is disabled; `None` where such a one cannot be made. The walk then leaves out what it would
    /// show.
    fn disabled_user(&self, scopes: &ScopeSet) -> impl Future<Output = Option<Self::User>> + Send {
        let _ = scopes;
        async { None }
    }

    /// Counts the user's epoch up, as a new password does ([`User::token_epoch`]). The default does nothing.
    fn end_tokens(&self, user: &Self::User) -> impl Future<Output = ()> + Send {
        let _ = user;
        async {}
    }
}

impl<S> TestUsers for S
where
    S: AccountStore + Clone,
{
    const ENDS_TOKENS: bool = true;

    async fn user_called(&self, name: &str, scopes: &ScopeSet) -> Option<Account> {
        if let Some(there) = told(self.by_username(name).await) {
            return Some(there);
        }
        Some(made(self, account(name, scopes)).await)
    }

    async fn disabled_user(&self, scopes: &ScopeSet) -> Option<Account> {
        let name = "disabled-in-a-walk";
        if let Some(there) = told(self.by_username(name).await) {
            return Some(there);
        }
        Some(made(self, account(name, scopes).with_disabled(true)).await)
    }

    async fn end_tokens(&self, user: &Account) {
        let change = AccountChange {
            end_tokens: true,
            ..AccountChange::default()
        };
        told(self.update(&user.id(), &change).await);
    }
}

fn account(name: &str, scopes: &ScopeSet) -> Account {
    Account::new(name)
        .with_scopes(scopes.clone())
        .with_password_hash(hash(PASSWORD))
}

/// Adds an account. Where somebody else was faster, it is theirs.
async fn made<S: AccountStore>(store: &S, account: Account) -> Account {
    match store.insert(&account).await {
        Err(StoreError::Taken) => {}
        done => done.or_fail("the store of the test's users takes one"),
    }
    told(store.by_username(account.username()).await).or_fail("the user is there")
}

fn told<T, E: Display>(answer: Result<T, E>) -> T {
    answer.or_fail("the store of the test's users answers")
}
