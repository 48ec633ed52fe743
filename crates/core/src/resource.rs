//! A resource server: it checks the tokens that another issuer signed (RFC 6749 §1.1, RFC 9068 §4), and has no users.

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::OsRandom;

use crate::account::Account;
use crate::auth::{Auth, Parts};
use crate::clock::{Clock, SystemClock};
use crate::keys::KeyRing;
use crate::scope::{Declared, ScopeSet, Scopes};
use crate::seen::{REMEMBER_AT_MOST, SeenTokens};
use crate::token::Tokens;
use crate::token_kind::{AccessTokenType, TokenSettings};
use crate::user::{User, UserId};
use crate::users::Users;

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
    scopes: &'static [Declared],
    clock: Arc<dyn Clock>,
    remember_at_most: usize,
    token_endpoint: Option<String>,
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
            foreign: true,
            ..TokenSettings::default()
        };
        Self {
            keys: keys.into(),
            tokens,
            scopes: &[],
            clock: Arc::new(SystemClock),
            remember_at_most: REMEMBER_AT_MOST,
            token_endpoint: None,
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

    /// What stands in the tokens' `typ`.
    #[must_use]
    pub fn token_type(mut self, typ: AccessTokenType) -> Self {
        self.tokens.typ = typ;
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

    /// Another clock than the machine's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds it.
    pub fn build<U: FromToken>(self) -> Auth<U> {
        let settings = TokenSettings {
            scoped: true,
            ..self.tokens
        };
        Auth::from_parts(Parts {
            users: Users::InToken(U::from_token),
            declared: self.scopes,
            tokens: Tokens::new(self.keys, Vec::new(), settings),
            clock: self.clock,
            random: Arc::new(OsRandom),
            seen: SeenTokens::new(Duration::MAX, self.remember_at_most),
            token_endpoint: self.token_endpoint.map(Into::into),
        })
    }
}
