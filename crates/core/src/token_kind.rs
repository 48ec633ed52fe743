//! The kinds of tokens, a row each: what tells one from another, how long it lives and whom it is for.

use std::time::Duration;

use portcullis_jose::{MAX_TOKEN_LEN, Policy, TypRule};

use crate::foreign::Foreign;

/// How long an access token lives unless told otherwise: the chapter's thirty minutes.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The `typ` of entity tokens: an access token of a user has another, so neither passes for the other.
const ENTITY_TYP: &str = "entity+jwt";

/// How an access token announces itself in its `typ` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessTokenType {
    /// Written as `JWT`, as the chapter's tokens; one without `typ` is taken too, and one that says `at+jwt`, which is an
    /// access token by its name. Tokens of other kinds never are.
    #[default]
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1), and nothing else is taken.
    AtJwt,
}

/// What tokens say and must say; the choices of the builder.
#[derive(Debug, Clone)]
pub(crate) struct TokenSettings {
    pub(crate) issuer: Option<String>,
    /// Where clients find what we answer, if not below the issuer.
    pub(crate) public_url: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) typ: AccessTokenType,
    pub(crate) lifetime: Duration,
    /// Whether tokens speak of scopes at all: whether the application declared any.
    pub(crate) scoped: bool,
    /// Whether a user's `sub` is spelled `username:johndoe`.
    pub(crate) prefixed: bool,
    /// For tokens of another issuer: every `sub` is then a user's id as it stands.
    pub(crate) foreign: Option<Foreign>,
    /// For how long one is good beyond its `exp`.
    pub(crate) exp_leeway: Duration,
    /// How far the clock of its issuer may be ahead.
    pub(crate) start_leeway: Duration,
    /// The longest that is looked at, in bytes.
    pub(crate) max_len: usize,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            issuer: None,
            public_url: None,
            audience: None,
            typ: AccessTokenType::default(),
            lifetime: ACCESS_TOKEN_LIFETIME,
            scoped: false,
            prefixed: false,
            foreign: None,
            exp_leeway: Duration::ZERO,
            start_leeway: Duration::ZERO,
            max_len: MAX_TOKEN_LEN,
        }
    }
}

impl TokenSettings {
    /// Where clients find what we answer: the public address, or else the issuer.
    pub(crate) fn base(&self) -> Option<&str> {
        self.public_url.as_deref().or(self.issuer.as_deref())
    }
}

/// A kind of token.
#[derive(Debug, Clone)]
pub(crate) struct TokenKind {
    /// Its `typ` as it is written.
    pub(crate) typ: &'static str,
    /// Its `typ` as it is read.
    rule: TypRule,
    /// How long one lives; `None`: who issues it says.
    pub(crate) lifetime: Option<Duration>,
    /// Its `aud`, written and demanded.
    pub(crate) audience: Option<String>,
    /// Whether it has a `scope`.
    pub(crate) scoped: bool,
    /// Whether a user's `sub` is written with its prefix.
    pub(crate) prefixed: bool,
}

/// The kinds there are.
#[derive(Debug, Clone)]
pub(crate) struct TokenKinds {
    /// What a user's client shows.
    pub(crate) access: TokenKind,
    /// Whoever holds it may do something with a thing.
    pub(crate) entity: TokenKind,
}

impl TokenKinds {
    pub(crate) fn new(settings: &TokenSettings) -> Self {
        let (typ, rule) = match settings.typ {
            AccessTokenType::Jwt => ("JWT", TypRule::AccessToken),
            AccessTokenType::AtJwt => ("at+jwt", TypRule::Exactly("at+jwt".into())),
        };
        Self {
            access: TokenKind {
                typ,
                rule,
                lifetime: Some(settings.lifetime),
                audience: settings.audience.clone(),
                scoped: settings.scoped,
                prefixed: settings.prefixed,
            },
            entity: TokenKind {
                typ: ENTITY_TYP,
                rule: TypRule::Exactly(ENTITY_TYP.into()),
                lifetime: None,
                audience: settings.audience.clone(),
                scoped: true,
                prefixed: true,
            },
        }
    }
}

impl TokenKind {
    /// What is asked of a token of this kind.
    pub(crate) fn policy(&self, settings: &TokenSettings) -> Policy {
        // `at_hash` speaks of an access token beside an ID token (OpenID Connect Core §3.1.3.6); in one it means nothing.
        let mut policy = Policy::new(self.rule.clone())
            .dangerous_skip_at_hash()
            .exp_leeway(settings.exp_leeway)
            .start_leeway(settings.start_leeway)
            .max_token_len(settings.max_len);
        if let Some(issuer) = &settings.issuer {
            policy = policy.issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            policy = policy.audience(audience);
        }
        policy
    }
}
