//! A resource server: it checks the tokens that another issuer signed (RFC 6749 §1.1, RFC 9068 §4), and has no users.

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::OsRandom;

use crate::account::Account;
use crate::auth::{Auth, Parts};
use crate::clock::{Clock, SystemClock};
use crate::counts::Counts;
use crate::foreign::Foreign;
use crate::keys::KeyRing;
use crate::revocation::{Revocations, Shared};
use crate::scope::{Declared, ScopeSet, Scopes};
use crate::seen::{REMEMBER_AT_MOST, SeenTokens};
use crate::token::Tokens;
use crate::token_kind::{AccessTokenType, TokenSettings};
use crate::token_setters::token_setters;
use crate::trouble::Trouble;
use crate::user::{User, UserId};
use crate::users::Users;

/// How far the clock of another issuer may be ahead of ours unless told otherwise.
const START_LEEWAY: Duration = Duration::from_secs(60);

/// A user model that can be made of what a token says.
pub trait FromToken: User {
    /// The user with this id (the token's `sub`, as it stands), who may do `scopes` by this token.
    fn from_token(id: UserId, scopes: ScopeSet) -> Self;
}

impl FromToken for Account {
    fn from_token(id: UserId, scopes: ScopeSet) -> Self {
        Self::new(id.as_str()).with_scopes(scopes)
    }
}

/// Collects what an [`Auth`] is made of that only checks tokens.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_core::jose::SigningKey;
/// use portcullis_core::{Account, Auth, Keys, LoginError, Credentials, Password, ResourceServer};
/// // The issuer's key; its public half where the algorithm has one.
/// let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
/// let keys = Keys::verifying(key.verifying_key().into());
/// let auth: Auth = ResourceServer::new("https://login.example.com", keys).audience("https://api.example.com").build();
/// assert!(auth.authenticate("no token").await.is_err());
/// let login = auth.log_in(Credentials::new("johndoe", Password::from("secret"))).await;
/// assert!(matches!(login, Err(LoginError::NoLogins)));
/// # });
/// ```
pub struct ResourceServer {
    keys: KeyRing,
    tokens: TokenSettings,
    foreign: Foreign,
    scopes: &'static [Declared],
    clock: Arc<dyn Clock>,
    remember_at_most: usize,
    token_endpoint: Option<String>,
    revocations: Option<Revocations>,
}

impl std::fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceServer")
            .field("issuer", &self.tokens.issuer)
            .field("audience", &self.tokens.audience)
            .finish_non_exhaustive()
    }
}

impl ResourceServer {
    /// Takes the tokens of `issuer` (their `iss`), signed with one of `keys`. They must say `at+jwt` in their `typ`
    /// (RFC 9068 §4) unless told otherwise.
    pub fn new(issuer: impl Into<String>, keys: impl Into<KeyRing>) -> Self {
        let tokens = TokenSettings {
            issuer: Some(issuer.into()),
            typ: AccessTokenType::AtJwt,
            start_leeway: START_LEEWAY,
            ..TokenSettings::default()
        };
        Self {
            keys: keys.into(),
            tokens,
            foreign: Foreign::default(),
            scopes: &[],
            clock: Arc::new(SystemClock),
            remember_at_most: REMEMBER_AT_MOST,
            token_endpoint: None,
            revocations: None,
        }
    }

    /// Where the issuer gives tokens, for the docs (`token_endpoint` of its metadata, RFC 8414 §2).
    #[must_use]
    pub fn token_endpoint(mut self, address: impl Into<String>) -> Self {
        self.token_endpoint = Some(address.into());
        self
    }

    /// Demands this `aud` (RFC 7519 §4.1.3): what this server is called at the issuer. Without it a token that has one
    /// is refused.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.tokens.audience = Some(audience.into());
        self
    }

    token_setters!("a minute");

    /// Demands that a token was given to this client (`client_id`); called again, to one of several. For issuers whose
    /// access tokens have no `aud`, such as Amazon Cognito.
    #[must_use]
    pub fn client_id(mut self, client: impl Into<String>) -> Self {
        self.foreign.clients.push(client.into());
        self
    }

    /// Where the issuer puts what a token may do: the name of a claim, and of members in it. It holds a text of names with
    /// blanks between, or a list of names. Called again, further places; every name in one of them is a scope. By default
    /// that is `scope`, or else `scp`.
    ///
    /// ```
    /// # let keys = portcullis_core::Keys::none();
    /// // Keycloak: roles of the realm, and those of the client `shop`.
    /// portcullis_core::ResourceServer::new("https://login.example.com/realms/example", keys)
    ///     .scopes_from(["realm_access", "roles"])
    ///     .scopes_from(["resource_access", "shop", "roles"]);
    /// ```
    #[must_use]
    pub fn scopes_from(mut self, place: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.foreign.places.push(place.into_iter().map(Into::into).collect());
        self
    }

    /// What the issuer calls `name` (a role, say, which may have blanks in it) is `S` here.
    #[must_use]
    pub fn scopes_for<S: Scopes>(mut self, name: impl Into<String>) -> Self {
        self.foreign.names.push((name.into(), S::LIST));
        self
    }

    /// Keeps these claims for handlers to read ([`TokenFacts::claim`](crate::TokenFacts::claim)), for as long as the token is
    /// remembered.
    #[must_use]
    pub fn keep_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.foreign.kept.extend(names.into_iter().map(Into::into));
        self
    }

    /// Declares the scopes that the docs offer.
    #[must_use]
    pub fn scopes<S: Scopes>(mut self) -> Self {
        self.scopes = S::LIST;
        self
    }

    /// How many verified tokens are remembered at most, none of them beyond its `exp` or its key;
    /// [`REMEMBER_AT_MOST`] by default.
    #[must_use]
    pub fn remember_at_most(mut self, tokens: usize) -> Self {
        self.remember_at_most = tokens;
        self
    }

    /// Refuses what its issuer ended before its time, as far as it is known ([`Revocations::followed`]).
    #[must_use]
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = Some(revocations);
        self
    }

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds it.
    pub fn build<U: FromToken>(self) -> Auth<U> {
        let issuer = self.tokens.issuer.clone().unwrap_or_default();
        let settings = TokenSettings {
            scoped: true,
            foreign: Some(self.foreign),
            ..self.tokens
        };
        Auth::from_parts(Parts {
            users: Users::InToken(U::from_token),
            declared: self.scopes,
            tokens: Tokens::new(self.keys, Vec::new(), settings, None),
            clock: self.clock,
            random: Arc::new(OsRandom),
            seen: SeenTokens::new(Duration::MAX, self.remember_at_most),
            clients: None,
            sessions: None,
            api_keys: None,
            cookies: None,
            known_passwords: None,
            seen_of_clients: SeenTokens::new(Duration::MAX, self.remember_at_most),
            trouble: Trouble::of_issuer(issuer),
            token_endpoint: self.token_endpoint.map(Into::into),
            revocations: self.revocations,
            told: Shared::default(),
            password_grant: false,
            counts: Counts::default(),
            throttle: None,
            audit: None,
        })
    }
}
