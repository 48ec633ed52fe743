//! The two questions: [`Auth::log_in`] and [`Auth::authenticate`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_jose::{SignError, VerifyError};
use portcullis_password::{HashString, Password, Passwords, Random, RandomError};
use quick_cache::sync::Cache;

use crate::account::Account;
use crate::builder::{AuthBuilder, Parts};
use crate::clock::Clock;
use crate::entity::EntityKind;
use crate::grant::password::{Credentials, LoginError, PasswordCheck};
use crate::hashing::{GateMetrics, HashingGate};
use crate::scope::{Declared, ScopeSet, Scopes};
use crate::store::{ErasedStore, StoreError, UserStore};
use crate::subject::{Subject, SubjectError};
use crate::token::{AccessTokens, Stamp};
use crate::user::User;

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
    store: Box<dyn ErasedStore<U>>,
    passwords: PasswordCheck,
    tokens: AccessTokens,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    remember: Duration,
    seen: Cache<Box<str>, Remembered<U>>,
}

/// What a login gives: the token response of RFC 6749 §5.1.
#[derive(Clone)]
pub struct Granted {
    /// The signed token.
    pub access_token: String,
    /// Its lifetime.
    pub expires_in: Duration,
    /// The scope granted; `None` where the application declares no scopes.
    pub scope: Option<ScopeSet>,
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            access_token: _,
            expires_in,
            scope,
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

/// A principal that may be used again until `until`, unless our own process changed a user since.
struct Remembered<U: User> {
    principal: Arc<Principal<U>>,
    until: Duration,
    generation: u64,
}

impl<U: User> Clone for Remembered<U> {
    fn clone(&self) -> Self {
        Self {
            principal: self.principal.clone(),
            ..*self
        }
    }
}

impl<U: User> Auth<U> {
    /// Starts building: a key to sign with and the store of users; everything else has a default.
    pub fn builder(key: portcullis_jose::SigningKey, users: impl UserStore<User = U>) -> AuthBuilder<U> {
        AuthBuilder::new(key, Box::new(users))
    }

    pub(crate) fn from_parts(parts: Parts<U>) -> Self {
        let Parts {
            store,
            passwords,
            tokens,
            clock,
            random,
            remember,
            remember_at_most,
        } = parts;
        let seen = Cache::new(remember_at_most);
        Self {
            inner: Arc::new(Inner {
                store,
                passwords,
                tokens,
                clock,
                random,
                remember,
                seen,
            }),
        }
    }

    /// Checks a name and a password and gives a token. An outdated hash is upgraded in silence.
    ///
    /// # Errors
    /// [`LoginError::Refused`] for every wrong name or password alike; the rest is ours and not the client's fault.
    pub async fn log_in(&self, credentials: Credentials) -> Result<Granted, LoginError> {
        let inner = &*self.inner;
        let (user, scope) = inner
            .passwords
            .log_in(&*inner.store, credentials, inner.clock.now())
            .await?;
        Ok(self.grant(&user, scope)?)
    }

    /// A token for a user who has proved who they are in some other way.
    ///
    /// # Errors
    /// Randomness or signing failed.
    pub fn grant(&self, user: &U, scope: ScopeSet) -> Result<Granted, IssueError> {
        let inner = &*self.inner;
        let stamp = Stamp::new(inner.clock.now_seconds(), &inner.random)?;
        let declared: ScopeSet = inner.passwords.declared.iter().map(|declared| declared.name).collect();
        let scope = scope.intersection(&declared);
        let access_token = inner.tokens.issue(&user.id(), &scope, user.token_epoch(), stamp)?;
        let scope = (!inner.passwords.declared.is_empty()).then_some(scope);
        Ok(Granted {
            access_token,
            expires_in: inner.tokens.lifetime(),
            scope,
        })
    }

    /// Who the bearer of this token is.
    ///
    /// # Errors
    /// Everything but [`AuthError::Store`] means that the token is not good; a client is told the same for all.
    pub async fn authenticate(&self, bearer: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let inner = &*self.inner;
        let now = inner.clock.now();
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let generation = inner.store.generation();
        if let Some(known) = inner.seen.get(bearer)
            && now < known.until
            && known.generation == generation
        {
            return Ok(known.principal);
        }
        let said = inner.tokens.verify(bearer, now)?;
        let user = inner.store.by_id(&said.user).await?.ok_or(AuthError::Gone)?;
        if user.token_epoch() != said.epoch {
            return Err(AuthError::Ended);
        }
        let scopes = said.scopes.intersection(user.scopes());
        let principal = Arc::new(Principal { user, scopes });
        if !inner.remember.is_zero() {
            let until = now.saturating_add(inner.remember).min(said.exp);
            inner.seen.insert(
                bearer.into(),
                Remembered {
                    principal: principal.clone(),
                    until,
                    generation,
                },
            );
        }
        Ok(principal)
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

    /// The scopes that the application declared, in order.
    pub fn scopes(&self) -> &'static [Declared] {
        self.inner.passwords.declared
    }

    /// The context that hashes and verifies. Use [`Auth::hash_password`] where threads matter.
    pub fn passwords(&self) -> &Passwords {
        &self.inner.passwords.passwords
    }

    /// Hashes a new password in the pool that logins use.
    ///
    /// # Errors
    /// The pool is full or the password cannot be hashed.
    pub async fn hash_password(&self, password: Password) -> Result<HashString, LoginError> {
        self.inner.passwords.hash(password).await
    }

    /// Whether `password` is the user's, at the cost of a login. Nothing is upgraded.
    ///
    /// # Errors
    /// The pool is full.
    pub async fn verify_password(&self, user: &U, password: Password) -> Result<bool, LoginError> {
        self.inner
            .passwords
            .verify(user.id().as_str(), password, user.password_hash().cloned())
            .await
    }

    /// What the hashing pool does.
    pub fn gate_metrics(&self) -> GateMetrics {
        self.gate().metrics()
    }

    fn gate(&self) -> &HashingGate {
        &self.inner.passwords.gate
    }
}

/// Why a token was not accepted. The variants are for the log; outside all but the last four are one answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// Malformed, forged, expired, of another kind or issuer.
    Invalid(VerifyError),
    /// Its `sub` is no subject.
    BadSubject(SubjectError),
    /// It is about something else than what was asked for (a thing and not a user, say).
    WrongSubject,
    /// Its `scope` claim is not a string.
    BadScopeClaim,
    /// The user does not exist any more.
    Gone,
    /// The user's older tokens were ended.
    Ended,
    /// The account is disabled.
    Inactive,
    /// The token does not cover what is asked.
    MissingScope,
    /// The store could not answer.
    Store(StoreError),
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid(_) => "the token is not good",
            Self::BadSubject(_) => "the token's sub is no subject",
            Self::WrongSubject => "the token is about something else",
            Self::BadScopeClaim => "the token's scope is not a string",
            Self::Gone => "the token's user does not exist any more",
            Self::Ended => "the user's older tokens were ended",
            Self::Inactive => "the account is disabled",
            Self::MissingScope => "the token does not cover what is asked",
            Self::Store(_) => "the user store could not answer",
        })
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(cause) => Some(cause),
            Self::BadSubject(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<VerifyError> for AuthError {
    fn from(cause: VerifyError) -> Self {
        Self::Invalid(cause)
    }
}

impl From<SubjectError> for AuthError {
    fn from(cause: SubjectError) -> Self {
        Self::BadSubject(cause)
    }
}

impl From<StoreError> for AuthError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

/// Why a token could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssueError {
    /// The random source failed.
    Random(RandomError),
    /// The claims could not be signed.
    Sign(SignError),
    /// The subject cannot stand in a token.
    Subject(SubjectError),
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random(_) => "the random source failed",
            Self::Sign(_) => "the token could not be signed",
            Self::Subject(_) => "the subject cannot stand in a token",
        })
    }
}

impl Error for IssueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Random(cause) => Some(cause),
            Self::Sign(cause) => Some(cause),
            Self::Subject(cause) => Some(cause),
        }
    }
}

impl From<RandomError> for IssueError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

impl From<SignError> for IssueError {
    fn from(cause: SignError) -> Self {
        Self::Sign(cause)
    }
}

impl From<SubjectError> for IssueError {
    fn from(cause: SubjectError) -> Self {
        Self::Subject(cause)
    }
}
