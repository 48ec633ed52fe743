//! The parameters of the OAuth endpoints and of a page's login, a row each.

use portcullis_core::jose::MAX_TOKEN_LEN;
use portcullis_core::{Password, ScopeSet, UserId};

/// A parameter that one of our endpoints knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    GrantType,
    Username,
    Password,
    Scope,
    ClientId,
    ClientSecret,
    ClientAssertion,
    ClientAssertionType,
    RefreshToken,
    Token,
    TokenTypeHint,
    /// Where a browser is led after a login or a logout.
    Next,
    /// Where it is led after a login that was refused.
    Failed,
    /// That a page is the session's own.
    CsrfToken,
}

/// The longest name, percent-encoded throughout: a longer one is not ours and need not be kept.
pub(super) const LONGEST_NAME: usize = "client_assertion_type".len() * "%63".len();

/// The longest path that a browser is led to.
const LONGEST_PATH: usize = 2_048;

impl Parameter {
    /// All of them.
    pub(super) const ALL: &[Self] = &[
        Self::GrantType,
        Self::Username,
        Self::Password,
        Self::Scope,
        Self::ClientId,
        Self::ClientSecret,
        Self::ClientAssertion,
        Self::ClientAssertionType,
        Self::RefreshToken,
        Self::Token,
        Self::TokenTypeHint,
        Self::Next,
        Self::Failed,
        Self::CsrfToken,
    ];

    /// The one of this name among those that an endpoint knows.
    pub(super) fn named(name: &[u8], known: &[Self]) -> Option<Self> {
        known.iter().copied().find(|known| known.name().as_bytes() == name)
    }

    /// Its name in a form (RFC 6749 §2.3.1, §4 and §6; RFC 7009 §2.1; RFC 7521 §4.2).
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// How many bytes of it can be right.
    pub(super) fn most(self) -> usize {
        self.row().1
    }

    fn row(self) -> (&'static str, usize) {
        match self {
            Self::GrantType => ("grant_type", UserId::MAX_LEN),
            Self::Username => ("username", UserId::MAX_LEN),
            Self::Password => ("password", Password::MAX_LEN),
            Self::Scope => ("scope", ScopeSet::MAX_LEN),
            Self::ClientId => ("client_id", UserId::MAX_LEN),
            Self::ClientSecret => ("client_secret", Password::MAX_LEN),
            Self::ClientAssertion => ("client_assertion", MAX_TOKEN_LEN),
            Self::ClientAssertionType => ("client_assertion_type", UserId::MAX_LEN),
            Self::RefreshToken => ("refresh_token", MAX_TOKEN_LEN),
            Self::Token => ("token", MAX_TOKEN_LEN),
            Self::TokenTypeHint => ("token_type_hint", UserId::MAX_LEN),
            Self::Next => ("next", LONGEST_PATH),
            Self::Failed => ("failed", LONGEST_PATH),
            Self::CsrfToken => ("csrf_token", UserId::MAX_LEN),
        }
    }
}
