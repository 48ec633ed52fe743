//! What a verifier asks of a token beside a good signature.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

/// The most that clocks may differ.
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// Which `typ` a token must have (RFC 7515 §4.1.9, RFC 8725 §3.11): each kind of token has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypRule {
    /// This one, compared as a media type: without case, `application/` in front or not.
    Exactly(String),
    /// `JWT`, or none at all.
    JwtOrAbsent,
}

impl TypRule {
    /// Whether a token with this `typ` is of the kind.
    pub fn allows(&self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::JwtOrAbsent, None) => true,
            (Self::JwtOrAbsent, Some(typ)) => same_media_type(typ, "JWT"),
            (Self::Exactly(_), None) => false,
            (Self::Exactly(wanted), Some(typ)) => same_media_type(typ, wanted),
        }
    }

    /// The `typ` that tokens of the kind are written with.
    pub(crate) fn written(&self) -> &str {
        match self {
            Self::Exactly(typ) => typ,
            Self::JwtOrAbsent => "JWT",
        }
    }
}

fn same_media_type(a: &str, b: &str) -> bool {
    fn bare(typ: &str) -> &str {
        const PREFIX: &str = "application/";
        match typ.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
            _ => typ,
        }
    }
    bare(a).eq_ignore_ascii_case(bare(b))
}

/// What a verifier asks for. `exp` is always asked for; `iss` and `aud` as soon as they are configured.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) typ: TypRule,
    pub(crate) issuers: Vec<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) leeway: Duration,
    pub(crate) max_len: usize,
    pub(crate) require_sub: bool,
    pub(crate) require_jti: bool,
    pub(crate) require_iat: bool,
    pub(crate) without_exp: bool,
}

impl Policy {
    /// The policy for one kind of token: no leeway, at most [`MAX_TOKEN_LEN`] bytes.
    pub fn new(typ: TypRule) -> Self {
        Self {
            typ,
            issuers: Vec::new(),
            audiences: Vec::new(),
            leeway: Duration::ZERO,
            max_len: MAX_TOKEN_LEN,
            require_sub: false,
            require_jti: false,
            require_iat: false,
            without_exp: false,
        }
    }

    /// Asks for this `iss`; called again, for one of several (RFC 7519 §4.1.1).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Asks for this `aud`; called again, for one of several (RFC 7519 §4.1.3). With none configured a token that has
    /// one is refused.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// How far clocks may differ.
    ///
    /// # Errors
    /// More than [`MAX_LEEWAY`].
    pub fn leeway(mut self, leeway: Duration) -> Result<Self, PolicyError> {
        if leeway > MAX_LEEWAY {
            return Err(PolicyError::LeewayTooLong);
        }
        self.leeway = leeway;
        Ok(self)
    }

    /// Another cap on the token's length, in bytes.
    #[must_use]
    pub fn max_token_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes;
        self
    }

    /// Asks for a `sub`.
    #[must_use]
    pub fn require_sub(mut self) -> Self {
        self.require_sub = true;
        self
    }

    /// Asks for a `jti`.
    #[must_use]
    pub fn require_jti(mut self) -> Self {
        self.require_jti = true;
        self
    }

    /// Asks for an `iat`.
    #[must_use]
    pub fn require_iat(mut self) -> Self {
        self.require_iat = true;
        self
    }

    /// Takes tokens without `exp`, which are good for ever.
    #[must_use]
    pub fn dangerous_allow_missing_exp(mut self) -> Self {
        self.without_exp = true;
        self
    }
}

/// Why keys and policy cannot be used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A set without keys.
    NoKey,
    /// A set of more than 64 keys.
    TooManyKeys,
    /// Several keys, and one of them has no id.
    KeyWithoutId,
    /// Two keys have the same id.
    KeyIdTwice,
    /// Shared secrets beside public keys.
    MixedKeys,
    /// A leeway beyond [`MAX_LEEWAY`].
    LeewayTooLong,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "a key set needs a key",
            Self::TooManyKeys => "a key set has at most 64 keys",
            Self::KeyWithoutId => "where there are several keys, each needs an id",
            Self::KeyIdTwice => "two keys have the same id",
            Self::MixedKeys => "shared secrets and public keys do not go into one set",
            Self::LeewayTooLong => "a leeway is at most 300 seconds",
        })
    }
}

impl Error for PolicyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_token_is_not_allowed() {
        let access = TypRule::Exactly("at+jwt".into());
        for typ in [
            None,
            Some("JWT"),
            Some("rt+jwt"),
            Some(""),
            Some("at+jwt "),
            Some("application/x/at+jwt"),
        ] {
            assert!(!access.allows(typ), "{typ:?}");
        }
        assert!(access.allows(Some("AT+JWT")) && access.allows(Some("application/at+jwt")));
        assert!(TypRule::JwtOrAbsent.allows(None) && TypRule::JwtOrAbsent.allows(Some("jwt")));
        assert!(!TypRule::JwtOrAbsent.allows(Some("at+jwt")));
    }

    #[test]
    fn a_leeway_has_a_limit() {
        let policy = || Policy::new(TypRule::JwtOrAbsent);
        assert!(policy().leeway(MAX_LEEWAY).is_ok());
        assert!(policy().leeway(Duration::from_secs(301)).is_err());
    }
}
