//! The two questions: [`Auth::log_in`] and [`Auth::authenticate`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_jose::VerifyError;
use portcullis_password::{HashString, Password, Passwords, Random};

use crate::account::Account;
use crate::builder::{AuthBuilder, Parts};
use crate::clock::Clock;
use crate::entity::EntityKind;
use crate::grant::password::{Credentials, LoginError, PasswordCheck, PasswordGrant};
use crate::hashing::GateMetrics;
use crate::keys::{KeyRing, Keys};
use crate::scope::{Declared, ScopeSet, Scopes};
use crate::seen::{Found, Moment, SeenTokens, TokenDigest};
use crate::store::{ErasedStore, UserStore};
use crate::subject::Subject;
use crate::token::{AccessTokens, Said, Stamp};
use crate::user::{User, UserId};

mod error;
mod principal;

pub use error::{AuthError, IssueError};
pub use principal::{Granted, Principal};

/// Logins and tokens for one store of users. Cheap to clone, and never generic over the store.
pub struct Auth<U: User = Account> {
    inner: Arc<Inner<U>>,
}

impl<U: User> Clone for Auth<U> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<U: User> fmt::Debug for Auth<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

struct Inner<U: User> {
    users: Users<U>,
    declared: &'static [Declared],
    tokens: AccessTokens,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    seen: SeenTokens<U>,
    token_endpoint: Option<Arc<str>>,
}

/// Where the users behind tokens are found.
pub(crate) enum Users<U: User> {
    /// In a store, which also holds what they log in with.
    Stored {
        store: Box<dyn ErasedStore<U>>,
        logins: PasswordGrant,
    },
    /// In the token itself: a resource server knows no others.
    InToken(fn(UserId, ScopeSet) -> U),
}

impl<U: User> Auth<U> {
    /// Starts building: a key to sign with, or a ring of keys, and the store of users; everything else has a default.
    pub fn builder(keys: impl Into<KeyRing>, users: impl UserStore<User = U>) -> AuthBuilder<U> {
        AuthBuilder::new(keys.into(), Box::new(users))
    }

    pub(crate) fn from_parts(parts: Parts<U>) -> Self {
        let Parts {
            users,
            declared,
            tokens,
            clock,
            random,
            remember,
            remember_at_most,
            token_endpoint,
        } = parts;
        Self {
            inner: Arc::new(Inner {
                users,
                declared,
                tokens,
                clock,
                random,
                seen: SeenTokens::new(remember, remember_at_most),
                token_endpoint,
            }),
        }
    }

    /// Checks a name and a password and gives a token. An outdated hash is upgraded in silence.
    ///
    /// # Errors
    /// [`LoginError::Refused`] for every wrong name or password alike; the rest is ours and not the client's fault.
    pub async fn log_in(&self, credentials: Credentials) -> Result<Granted, LoginError> {
        let Users::Stored { store, logins } = &self.inner.users else {
            return Err(LoginError::NoLogins);
        };
        let (user, scope) = logins.log_in(&**store, credentials, self.inner.clock.now()).await?;
        Ok(self.grant(&user, scope)?)
    }

    /// A token for a user who has proved who they are in some other way.
    ///
    /// # Errors
    /// Randomness or signing failed.
    pub fn grant(&self, user: &U, scope: ScopeSet) -> Result<Granted, IssueError> {
        let inner = &*self.inner;
        let stamp = Stamp::new(inner.clock.now_seconds(), &inner.random)?;
        let declared: ScopeSet = inner.declared.iter().map(|declared| declared.name).collect();
        let scope = scope.intersection(&declared);
        let access_token = inner.tokens.issue(&user.id(), &scope, user.token_epoch(), stamp)?;
        let scope = (!inner.declared.is_empty()).then_some(scope);
        Ok(Granted {
            access_token,
            expires_in: inner.tokens.lifetime(),
            scope,
        })
    }

    /// Who the bearer of this token is.
    ///
    /// # Errors
    /// Everything but [`AuthError::Store`] and [`AuthError::NoKeys`] means that the token is not good; a client is told
    /// the same for all.
    pub async fn authenticate(&self, bearer: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let inner = &*self.inner;
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let moment = Moment {
            now: inner.clock.now(),
            keys: inner.tokens.keys_number(),
            users: inner.users.generation(),
        };
        let token = TokenDigest::of(bearer);
        let said = match inner.seen.find(&token, moment) {
            Found::Principal(principal) => return Ok(principal),
            Found::Said(said) => said,
            Found::Nothing => Arc::new(self.read(bearer, moment.now).await?),
        };
        let principal = Arc::new(inner.users.principal(&said).await?);
        inner.seen.keep(token, moment, said, principal.clone());
        Ok(principal)
    }

    /// What the token says, if it is good. One whose key or whose algorithm is not known (the first of a key that is of
    /// another kind than those before) gives the source of keys a chance to find it.
    async fn read(&self, bearer: &str, now: Duration) -> Result<Said, AuthError> {
        let tokens = &self.inner.tokens;
        match tokens.verify(bearer, now) {
            Err(AuthError::Invalid(VerifyError::UnknownKey | VerifyError::Algorithm) | AuthError::NoKeys)
                if tokens.refresh_keys().await =>
            {
                tokens.verify(bearer, now)
            }
            read => read,
        }
    }

    /// A token about a thing: whoever holds it may do `S` to the `K` with this id, for `lifetime`.
    ///
    /// # Errors
    /// An id or kind that cannot stand in a `sub`, or randomness or signing failed.
    pub fn issue_entity<K: EntityKind, S: Scopes>(&self, id: &str, lifetime: Duration) -> Result<String, IssueError> {
        let inner = &*self.inner;
        let subject = Subject::entity(K::KIND, id)?;
        let stamp = Stamp::new(inner.clock.now_seconds(), &inner.random)?;
        inner
            .tokens
            .issue_entity(&subject, &ScopeSet::of::<S>(), lifetime, stamp)
    }

    /// The id of the thing that this token is about, if it is a `K` and the token covers `S`.
    ///
    /// # Errors
    /// A token that is no good, is about something else, or does not cover `S`.
    pub fn authenticate_entity<K: EntityKind, S: Scopes>(&self, bearer: &str) -> Result<Arc<str>, AuthError> {
        let (subject, scopes) = self.inner.tokens.verify_entity(bearer, self.inner.clock.now())?;
        match subject {
            Subject::Entity { kind, id } if kind.as_str() == K::KIND => {
                if scopes.covers::<S>() {
                    Ok(id)
                } else {
                    Err(AuthError::MissingScope)
                }
            }
            _ => Err(AuthError::WrongSubject),
        }
    }

    /// Whether both are one and the same: clones of each other, with one store, one set of keys and one memory. What one
    /// found out about a token holds for no other.
    pub fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The scopes that the application declared, in order.
    pub fn scopes(&self) -> &'static [Declared] {
        self.inner.declared
    }

    /// Who issues the tokens (`iss`), where they say so.
    pub fn issuer(&self) -> Option<&str> {
        self.inner.tokens.issuer()
    }

    /// The keys in use, also those that verify only.
    pub fn keys(&self) -> Keys {
        self.inner.tokens.keys()
    }

    /// Where tokens are to be had, at a resource server that knows.
    pub fn token_endpoint(&self) -> Option<&str> {
        self.inner.token_endpoint.as_deref()
    }

    /// Whether anyone can log in here; not at a resource server.
    pub fn has_logins(&self) -> bool {
        matches!(self.inner.users, Users::Stored { .. })
    }

    /// The context that hashes and verifies; `None` at a resource server. Use [`Auth::hash_password`] where threads
    /// matter.
    pub fn passwords(&self) -> Option<&Passwords> {
        self.password_check().ok().map(PasswordCheck::passwords)
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

    /// What the hashing pool does; all zero at a resource server, which has none.
    pub fn gate_metrics(&self) -> GateMetrics {
        self.password_check().map(PasswordCheck::metrics).unwrap_or_default()
    }

    fn password_check(&self) -> Result<&PasswordCheck, LoginError> {
        match &self.inner.users {
            Users::Stored { logins, .. } => Ok(&logins.check),
            Users::InToken(_) => Err(LoginError::NoLogins),
        }
    }
}

impl<U: User> Users<U> {
    fn generation(&self) -> u64 {
        match self {
            Self::Stored { store, .. } => store.generation(),
            Self::InToken(_) => 0,
        }
    }

    /// The user that a good token speaks for, as they are now.
    async fn principal(&self, said: &Said) -> Result<Principal<U>, AuthError> {
        let store = match self {
            Self::Stored { store, .. } => store,
            Self::InToken(user) => {
                return Ok(Principal {
                    user: user(said.user.clone(), said.scopes.clone()),
                    scopes: said.scopes.clone(),
                });
            }
        };
        let user = store.by_id(&said.user).await?.ok_or(AuthError::Gone)?;
        if user.token_epoch() != said.epoch {
            return Err(AuthError::Ended);
        }
        let scopes = said.scopes.intersection(user.scopes());
        Ok(Principal { user, scopes })
    }
}
