//! What a verifier asks of a token beside a good signature.

use std::borrow::Cow;
use std::time::Duration;

use crate::policy_error::PolicyError;

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
    /// What access tokens have: `JWT`, or none at all, or `at+jwt` (RFC 9068 §2.1), which is nothing else. Written as
    /// `JWT`.
    AccessToken,
}

impl TypRule {
    /// Whether a token with this `typ` is of the kind.
    pub fn allows(&self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::JwtOrAbsent | Self::AccessToken, None) => true,
            (Self::JwtOrAbsent, Some(typ)) => same_media_type(typ, "JWT"),
            (Self::AccessToken, Some(typ)) => same_media_type(typ, "JWT") || same_media_type(typ, "at+jwt"),
            (Self::Exactly(_), None) => false,
            (Self::Exactly(wanted), Some(typ)) => same_media_type(typ, wanted),
        }
    }

    /// The `typ` that tokens of the kind are written with.
    pub(crate) fn written(&self) -> &str {
        match self {
            Self::Exactly(typ) => typ,
            Self::JwtOrAbsent | Self::AccessToken => "JWT",
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

/// What a verifier asks for. `exp` is always asked for; `iss`, `aud` and `sub` as soon as they are configured.
///
/// What weakens a check has a name that begins with `dangerous_`. A check that is switched off still refuses a claim of
/// the wrong type.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) typ: TypRule,
    pub(crate) issuers: Vec<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) required: Vec<Cow<'static, str>>,
    pub(crate) exp_leeway: Duration,
    pub(crate) start_leeway: Duration,
    pub(crate) max_len: usize,
    pub(crate) audience_is_one: bool,
    pub(crate) without_exp: bool,
    pub(crate) unencoded: bool,
    pub(crate) padded: bool,
    pub(crate) skip: Skip,
}

/// The checks that are switched off.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one switch each, set by one method each")]
pub(crate) struct Skip {
    pub(crate) typ: bool,
    pub(crate) exp: bool,
    pub(crate) nbf: bool,
    pub(crate) iat: bool,
    pub(crate) aud: bool,
    pub(crate) at_hash: bool,
}

impl Policy {
    /// The policy for one kind of token: no leeway, at most [`MAX_TOKEN_LEN`] bytes.
    pub fn new(typ: TypRule) -> Self {
        Self {
            typ,
            issuers: Vec::new(),
            audiences: Vec::new(),
            subject: None,
            required: Vec::new(),
            exp_leeway: Duration::ZERO,
            start_leeway: Duration::ZERO,
            max_len: MAX_TOKEN_LEN,
            audience_is_one: false,
            without_exp: false,
            unencoded: false,
            padded: false,
            skip: Skip::default(),
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

    /// Takes `aud` as a text alone, never as a list: a token for several audiences is refused (PyJWT's `strict_aud`).
    #[must_use]
    pub fn only_one_audience(mut self) -> Self {
        self.audience_is_one = true;
        self
    }

    /// Asks for just this `sub` (RFC 7519 §4.1.2).
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// How far clocks may differ, for `exp`, `nbf` and `iat`.
    ///
    /// # Errors
    /// More than [`MAX_LEEWAY`].
    pub fn leeway(self, leeway: Duration) -> Result<Self, PolicyError> {
        if leeway > MAX_LEEWAY {
            return Err(PolicyError::LeewayTooLong);
        }
        Ok(self.exp_leeway(leeway).start_leeway(leeway))
    }

    /// For how long a token is good beyond its `exp`; more than [`MAX_LEEWAY`] counts as that.
    #[must_use]
    pub fn exp_leeway(mut self, leeway: Duration) -> Self {
        self.exp_leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// How far the clock of whoever made it may be ahead of ours, which `nbf` and `iat` show; more than [`MAX_LEEWAY`]
    /// counts as that.
    #[must_use]
    pub fn start_leeway(mut self, leeway: Duration) -> Self {
        self.start_leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// Another cap on the token's length, in bytes. Memory and time for a token grow with it.
    #[must_use]
    pub fn max_token_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes;
        self
    }

    /// Asks for a claim of any name, with whatever value but `null`.
    #[must_use]
    pub fn require(mut self, claim: impl Into<Cow<'static, str>>) -> Self {
        self.required.push(claim.into());
        self
    }

    /// Asks for a `sub`.
    #[must_use]
    pub fn require_sub(self) -> Self {
        self.require("sub")
    }

    /// Asks for a `jti`.
    #[must_use]
    pub fn require_jti(self) -> Self {
        self.require("jti")
    }

    /// Asks for an `iat`.
    #[must_use]
    pub fn require_iat(self) -> Self {
        self.require("iat")
    }

    /// Takes payloads that are not encoded (RFC 7797) in signatures over bytes. Claims are never read from such
    /// (RFC 7797 §7).
    #[must_use]
    pub fn allow_unencoded_payload(mut self) -> Self {
        self.unencoded = true;
        self
    }

    /// Takes segments with correct `=` padding, as the load balancers of AWS write them against RFC 7515 §2. One token
    /// then has several spellings.
    #[must_use]
    pub fn dangerous_allow_padded_base64(mut self) -> Self {
        self.padded = true;
        self
    }

    /// Takes tokens without `exp`, which are good for ever.
    #[must_use]
    pub fn dangerous_allow_missing_exp(mut self) -> Self {
        self.without_exp = true;
        self
    }

    /// Takes tokens of any kind: `typ` is not looked at, and a token made for something else is good here.
    #[must_use]
    pub fn dangerous_skip_typ(mut self) -> Self {
        self.skip.typ = true;
        self
    }

    /// Takes tokens that have expired.
    #[must_use]
    pub fn dangerous_skip_exp(mut self) -> Self {
        self.skip.exp = true;
        self
    }

    /// Takes tokens before their `nbf`.
    #[must_use]
    pub fn dangerous_skip_nbf(mut self) -> Self {
        self.skip.nbf = true;
        self
    }

    /// Takes tokens that say they were made in the future.
    #[must_use]
    pub fn dangerous_skip_iat(mut self) -> Self {
        self.skip.iat = true;
        self
    }

    /// Takes tokens for any audience: one made for another service is good here.
    #[must_use]
    pub fn dangerous_skip_aud(mut self) -> Self {
        self.skip.aud = true;
        self
    }

    /// Takes an ID token without a look at its `at_hash`, so that it vouches for no access token.
    #[must_use]
    pub fn dangerous_skip_at_hash(mut self) -> Self {
        self.skip.at_hash = true;
        self
    }
}

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
        for other in [
            "entity+jwt",
            "id+jwt",
            "rt+jwt",
            "dpop+jwt",
            "logout+jwt",
            "",
            "JWT+at",
            "x/at+jwt",
        ] {
            assert!(!TypRule::AccessToken.allows(Some(other)), "{other:?}");
        }
        for typ in [
            None,
            Some("JWT"),
            Some("at+jwt"),
            Some("application/at+JWT"),
            Some("application/jwt"),
        ] {
            assert!(TypRule::AccessToken.allows(typ), "{typ:?}");
        }
    }

    #[test]
    fn a_leeway_has_a_limit() {
        let policy = || Policy::new(TypRule::JwtOrAbsent);
        assert!(policy().leeway(MAX_LEEWAY).is_ok());
        assert!(policy().leeway(Duration::from_secs(301)).is_err());
    }
}
