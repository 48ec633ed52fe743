//! The two questions: [`Auth::log_in`] and [`Auth::authenticate`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_password::Random;

use crate::account::Account;
use crate::attempt::Attempt;
use crate::audit::Audit;
use crate::auth_error::AuthError;
use crate::client::Clients;
use crate::clock::Clock;
use crate::counts::Counts;
use crate::entity::EntityKind;
use crate::grant::password::{Credentials, LoginError};
use crate::issue_error::IssueError;
use crate::keys::Keys;
use crate::principal::{ClientPrincipal, Granted, Principal};
use crate::revocation::{Revocations, Shared};
use crate::scope::{Declared, ScopeSet, Scopes};
use crate::seen::{Found, Moment, SeenTokens, TokenDigest};
use crate::session::Sessions;
use crate::subject::Subject;
use crate::throttle::Throttle;
use crate::token::machine::ClientSaid;
use crate::token::{Said, Stamp, Tokens};
use crate::trouble::Trouble;
use crate::user::User;
use crate::users::Users;

mod api_keys;
mod audit;
mod by_password;
mod clients;
mod cookies;
mod introspection;
mod logins;
mod passwords;
mod revoked;
mod roles;
mod sessions;

pub(crate) use api_keys::KnownKeys;
pub(crate) use by_password::KnownPasswords;
pub use by_password::REMEMBER_PASSWORD;
pub use cookies::CookieGranted;
pub(crate) use cookies::KnownCookies;
pub use introspection::Introspection;

/// Logins and tokens for one store of users. Cheap to clone, and never generic over the store.
pub struct Auth<U: User = Account> {
    inner: Arc<Parts<U>>,
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

/// What an [`Auth`] is made of.
pub(crate) struct Parts<U: User> {
    pub(crate) users: Users<U>,
    pub(crate) declared: &'static [Declared],
    pub(crate) tokens: Tokens,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) seen: SeenTokens<Said, Principal<U>>,
    pub(crate) clients: Option<Clients>,
    pub(crate) sessions: Option<Sessions>,
    pub(crate) api_keys: Option<KnownKeys<U>>,
    /// Where cookies carry sessions.
    pub(crate) cookies: Option<KnownCookies<U>>,
    /// Where anyone can log in.
    pub(crate) known_passwords: Option<KnownPasswords<U>>,
    pub(crate) seen_of_clients: SeenTokens<ClientSaid, ClientPrincipal>,
    pub(crate) trouble: Trouble,
    /// Where tokens are to be had, if not here.
    pub(crate) token_endpoint: Option<Arc<str>>,
    /// What ended before its time, where that is known.
    pub(crate) revocations: Option<Revocations>,
    /// What those were told who follow this process.
    pub(crate) told: Shared,
    /// Whether a name and a password are taken for tokens.
    pub(crate) password_grant: bool,
    /// What it did.
    pub(crate) counts: Counts,
    /// What slows guessing, where it is on.
    pub(crate) throttle: Option<Throttle>,
    /// Where it is written down who did what.
    pub(crate) audit: Option<Audit>,
}

impl<U: User> Auth<U> {
    pub(crate) fn from_parts(parts: Parts<U>) -> Self {
        Self { inner: Arc::new(parts) }
    }

    /// Checks a name and a password and gives a token. An outdated hash is upgraded in silence.
    ///
    /// # Errors
    /// [`LoginError::Refused`] for every wrong name or password alike; the rest is ours and not the client's fault.
    pub async fn log_in(&self, credentials: Credentials) -> Result<Granted, LoginError> {
        self.log_in_for(credentials, None, &Attempt::default()).await
    }

    /// Who the bearer of this token, or of this API key, is.
    ///
    /// # Errors
    /// Everything but [`AuthError::Store`], [`AuthError::NoKeys`] and [`AuthError::Stale`] means that the token is not
    /// good; a client is told the same for all.
    pub async fn authenticate(&self, bearer: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let result = self.principal_of(bearer).await;
        if let Err(error) = &result {
            self.inner.counts.access_refused(error);
        }
        result
    }

    async fn principal_of(&self, bearer: &str) -> Result<Arc<Principal<U>>, AuthError> {
        if let Some(keys) = self.keys_for(bearer) {
            return self.principal_of_key(keys, bearer).await;
        }
        let inner = &*self.inner;
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let mut moment = self.moment();
        let token = TokenDigest::of(bearer);
        let found = inner.seen.find(&token, moment);
        let said = match &found {
            Found::Principal(principal) => {
                self.expect_fresh(moment.now).await?;
                return Ok(principal.clone());
            }
            Found::Unrevoked(said, _) | Found::Said(said) => said.clone(),
            Found::Nothing => {
                let verify = |present: &_, now| inner.tokens.verify(present, bearer, now);
                let read = inner.tokens.read(&inner.clock, verify).await;
                let (keys, mut said) = read.inspect_err(|error| inner.trouble.tell(error, moment.now))?;
                moment.keys = keys;
                said.marks = self.marks(&said.token, Some((&said.user, said.epoch)));
                Arc::new(said)
            }
        };
        self.expect_alive(said.marks.as_ref(), moment.now).await?;
        if let Found::Unrevoked(_, principal) = found {
            inner.seen.confirm(token, moment);
            return Ok(principal);
        }
        let principal = Arc::new(inner.users.principal(&said).await?);
        inner.seen.keep(token, moment, said, principal.clone());
        Ok(principal)
    }

    /// Now, and how often what is remembered changed before.
    fn moment(&self) -> Moment {
        let inner = &*self.inner;
        let (revoked, users) = match &inner.revocations {
            Some(feed) => (feed.version(), feed.users_generation()),
            None => (0, 0),
        };
        Moment {
            now: inner.clock.now(),
            keys: inner.tokens.keys_number(),
            store: inner.users.generation().wrapping_add(users),
            revoked,
        }
    }

    /// A token about a thing: whoever holds it may do `S` to the `K` with this id, for `lifetime`. Keys that are kept by
    /// [`SigningKeys`](crate::SigningKeys) verify for as long from then on.
    ///
    /// # Errors
    /// An id or kind that cannot stand in a `sub`, or randomness or signing failed.
    pub fn issue_entity<K: EntityKind, S: Scopes>(&self, id: &str, lifetime: Duration) -> Result<String, IssueError> {
        let subject = Subject::entity(K::KIND, id)?;
        let stamp = self.stamp(lifetime)?;
        self.inner.tokens.issue_entity(&subject, &ScopeSet::of::<S>(), stamp)
    }

    /// The id of the thing that this token is about, if it is a `K` and the token covers `S`.
    ///
    /// # Errors
    /// A token that is no good, is about something else, or does not cover `S`.
    pub async fn authenticate_entity<K: EntityKind, S: Scopes>(&self, bearer: &str) -> Result<Arc<str>, AuthError> {
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_entity(present, bearer, now);
        let (_, (subject, token)) = inner.tokens.read(&inner.clock, verify).await?;
        self.expect_alive(self.marks(&token, None).as_ref(), inner.clock.now())
            .await?;
        match subject {
            Subject::Entity { kind, id } if kind.as_str() == K::KIND => {
                if token.scopes.covers::<S>() {
                    Ok(id)
                } else {
                    Err(AuthError::MissingScope)
                }
            }
            _ => Err(AuthError::WrongSubject),
        }
    }

    fn stamp(&self, lifetime: Duration) -> Result<Stamp, IssueError> {
        Stamp::new(self.inner.clock.now_seconds(), lifetime, &self.inner.random)
    }

    /// Whether a name and a password are taken for tokens
    /// ([`without_password_grant`](crate::AuthBuilder::without_password_grant)).
    pub fn takes_passwords(&self) -> bool {
        self.inner.password_grant
    }

    /// How often tokens were given for a name and a password since the start.
    pub fn password_grants(&self) -> u64 {
        self.inner.counts.issued.count("password")
    }

    /// What it did since it was made.
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
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

    /// Where clients find its routes: [`AuthBuilder::public_url`](crate::AuthBuilder::public_url), or else the issuer.
    pub fn public_url(&self) -> Option<&str> {
        self.inner.tokens.base()
    }

    /// The keys in use, also those that verify only; without one that is known to have ended.
    pub fn keys(&self) -> Keys {
        self.inner.tokens.good_keys()
    }

    /// Whether there is a key to sign with; without one no token is made, and those that are out are still read.
    pub fn can_sign(&self) -> bool {
        self.inner.tokens.can_sign()
    }

    /// The same; where the key has just ended its successor is looked for first.
    pub async fn will_sign(&self) -> bool {
        self.inner.tokens.expect_a_key().await.is_ok()
    }

    /// Where tokens are to be had, at a resource server that knows.
    pub fn token_endpoint(&self) -> Option<&str> {
        self.inner.token_endpoint.as_deref()
    }

    /// Whether anyone can log in here; not at a resource server.
    pub fn has_logins(&self) -> bool {
        matches!(self.inner.users, Users::Stored { .. })
    }
}
