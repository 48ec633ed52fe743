//! Building an [`Auth`]: a key, a store, and few choices, each with a default.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_jose::VerifyingKey;
use portcullis_password::{OsRandom, PasswordRules, Passwords, Random};

use crate::auth::{Auth, KnownCookies, KnownKeys, KnownPasswords, Parts};
use crate::breached::{BreachedPasswords, BreachedWatch};
use crate::clock::{Clock, SystemClock};
use crate::counts::Counts;
use crate::decoy::Decoys;
use crate::grant::password::{PasswordCheck, PasswordGrant};
use crate::hashing::GateSettings;
use crate::keys::KeyRing;
use crate::revocation::Shared;
use crate::role::{DeclaredRole, RoleBook};
use crate::scope::{Declared, Scopes};
use crate::seen::{REMEMBER, REMEMBER_AT_MOST, SeenTokens};
use crate::store::{ErasedStore, UserStore};
use crate::token::Tokens;
use crate::token_kind::{AccessTokenType, TokenSettings};
use crate::token_setters::token_setters;
use crate::trouble::Trouble;
use crate::user::User;
use crate::users::Users;

mod api_keys;
mod audit;
mod clients;
mod cookies;
mod error;
mod kept;
mod logins;
mod own;
mod passwords;
mod recommended;
mod revoked;
mod roles;
mod sessions;
mod throttle;

pub use error::BuildError;
use kept::{Kept, Services};
use own::{expect_apart, own_secret};

/// Collects what an [`Auth`] is made of. See [`Auth::builder`].
pub struct AuthBuilder<U: User> {
    keys: KeyRing,
    also_accept: Vec<VerifyingKey>,
    decoy_key: Option<[u8; 32]>,
    store: Arc<dyn ErasedStore<U>>,
    passwords: Passwords,
    password_rules: PasswordRules,
    breached: Option<BreachedPasswords>,
    gate: GateSettings,
    tokens: TokenSettings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    scopes: &'static [Declared],
    roles: &'static [DeclaredRole],
    remember: Duration,
    refuse_inactive: bool,
    password_grant: bool,
    kept: Kept,
}

impl<U: User> fmt::Debug for AuthBuilder<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBuilder").finish_non_exhaustive()
    }
}

impl<U: User> Auth<U> {
    /// Starts building: a key to sign with, or a ring of keys, and the store of users; everything else has a default.
    pub fn builder(keys: impl Into<KeyRing>, users: impl UserStore<User = U>) -> AuthBuilder<U> {
        AuthBuilder::new(keys.into(), Arc::new(users))
    }
}

impl<U: User> AuthBuilder<U> {
    fn new(keys: KeyRing, store: Arc<dyn ErasedStore<U>>) -> Self {
        Self {
            keys,
            also_accept: Vec::new(),
            decoy_key: None,
            store,
            passwords: Passwords::recommended(),
            password_rules: PasswordRules::default(),
            breached: None,
            gate: GateSettings::default(),
            tokens: TokenSettings::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            scopes: &[],
            roles: &[],
            remember: REMEMBER,
            refuse_inactive: false,
            password_grant: true,
            kept: Kept::default(),
        }
    }

    /// Declares the scopes: tokens then carry a `scope` claim, and the docs offer them.
    #[must_use]
    pub fn scopes<S: Scopes>(mut self) -> Self {
        self.scopes = S::LIST;
        self
    }

    /// The same from a list that is known only when the process starts.
    #[must_use]
    pub fn declared_scopes(mut self, scopes: &'static [Declared]) -> Self {
        self.scopes = scopes;
        self
    }

    /// How long an access token lives (whole seconds); [`ACCESS_TOKEN_LIFETIME`](crate::ACCESS_TOKEN_LIFETIME) by default.
    /// Keys that are kept by [`SigningKeys`](crate::SigningKeys) verify for as long.
    #[must_use]
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.tokens.lifetime = lifetime;
        self
    }

    /// Writes `iss` into tokens and demands it in them (RFC 7519 §4.1.1).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.tokens.issuer = Some(issuer.into());
        self
    }

    /// Where clients find the routes that are mounted here, with a path that a proxy takes off: metadata name them below it, a
    /// client's assertion may be for them there, and browsers have their sessions there. By default it is the issuer, and best
    /// the same: a client that knows the issuer alone looks there (RFC 8414 §3).
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.tokens.public_url = Some(url.into());
        self
    }

    /// Writes `aud` into tokens and demands it in them (RFC 7519 §4.1.3). Without it a token that has one is refused.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.tokens.audience = Some(audience.into());
        self
    }

    token_setters!("none");

    /// Writes a user's `sub` as `username:johndoe`; both spellings are then read. For applications whose tokens are
    /// also about other things.
    #[must_use]
    pub fn prefixed_subjects(mut self) -> Self {
        self.tokens.prefixed = true;
        self
    }

    /// The secret from which imaginary records are drawn: what an unknown name costs must not change with a restart or
    /// with the signing key. By default it is drawn from the signing key, which is right as long as that one stays.
    #[must_use]
    pub fn decoy_key(mut self, key: [u8; 32]) -> Self {
        self.decoy_key = Some(key);
        self
    }

    /// Accepts tokens of this key too (an earlier one, say); nothing is signed with it. It stays whatever keys come into the
    /// ring, and other users of the ring do not know it.
    #[must_use]
    pub fn also_accept(mut self, key: VerifyingKey) -> Self {
        self.also_accept.push(key);
        self
    }

    /// How long the user behind a token may be remembered; [`REMEMBER`] by default, zero asks the store every time.
    #[must_use]
    pub fn remember(mut self, time: Duration) -> Self {
        self.remember = time;
        self
    }

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another source of randomness than the system's, for tests.
    #[must_use]
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Builds it: starts the hashing threads.
    ///
    /// # Errors
    /// Threads cannot be started, or the choices contradict each other: a current scheme that needs more memory than the
    /// hashing pool may use, say, with which nobody could ever log in.
    pub fn build(self) -> Result<Auth<U>, BuildError> {
        let (keys, random) = (self.keys.keys(), self.random.clone());
        let own = |purpose: &str| own_secret(keys.signing_key(), &*random, purpose);
        let known_passwords = KnownPasswords::new(&own("known-passwords")?, self.remember);
        let decoy_key = self.decoy_key.map_or_else(|| own("imaginary-record"), Ok)?;
        let settings = TokenSettings {
            scoped: !self.scopes.is_empty(),
            ..self.tokens
        };
        let roles = RoleBook::new(self.roles, self.scopes)?;
        expect_apart(&keys, &self.also_accept)?;
        self.keys.signs_for(settings.lifetime);
        let logins = Box::new(PasswordGrant {
            check: PasswordCheck::new(self.passwords, self.gate, Decoys::new(decoy_key))?,
            declared: self.scopes,
            roles,
            refuse_inactive: self.refuse_inactive,
            rules: self.password_rules,
            breached: self.breached.map(BreachedWatch::new),
        });
        let Services {
            clients,
            sessions,
            revocations,
            throttle,
            audit,
            api_keys,
            cookies,
        } = Kept { roles, ..self.kept }.services(&settings, (self.clock.clone(), self.random.clone()), own)?;
        Ok(Auth::from_parts(Parts {
            users: Users::Stored {
                store: self.store,
                logins,
            },
            declared: self.scopes,
            tokens: Tokens::new(self.keys, self.also_accept, settings, revocations.clone()),
            clock: self.clock,
            random: self.random,
            seen: SeenTokens::new(self.remember, REMEMBER_AT_MOST),
            clients,
            sessions,
            api_keys: api_keys.map(|keys| KnownKeys::new(keys, self.remember)),
            cookies: cookies.map(|cookie| KnownCookies::new(cookie, self.remember)),
            known_passwords: Some(known_passwords),
            seen_of_clients: SeenTokens::new(self.remember, REMEMBER_AT_MOST),
            trouble: Trouble::silent(),
            token_endpoint: None,
            revocations,
            told: Shared::default(),
            password_grant: self.password_grant,
            counts: Counts::default(),
            throttle,
            audit,
        }))
    }
}
