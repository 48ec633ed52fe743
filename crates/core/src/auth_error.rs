//! Why a token was not accepted.

use std::error::Error;
use std::fmt;

use portcullis_jose::VerifyError;

use crate::api_key::ApiKeyRefusal;
use crate::store::StoreError;
use crate::subject::SubjectError;

/// Why a token was not accepted. The variants are for the log; outside all but the last five are one answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// Malformed, forged, expired, of another kind or issuer.
    Invalid(VerifyError),
    /// It is meant as an API key, and is none that is good.
    ApiKey(ApiKeyRefusal),
    /// The cookie of a session that is none that is good.
    Cookie(CookieRefusal),
    /// Its `sub` is no subject.
    BadSubject(SubjectError),
    /// It is about something else than what was asked for (a thing and not a user, say).
    WrongSubject,
    /// What stands where its scopes are is no text (or, from another issuer, no list of texts).
    BadScopeClaim,
    /// It was given to another client than those whose tokens are taken.
    WrongClient,
    /// The user or client does not exist any more.
    Gone,
    /// The older tokens of the user or client were ended.
    Ended,
    /// The token was revoked, by itself or with its session, client or key.
    Revoked,
    /// The account is disabled.
    Inactive,
    /// The token does not cover what is asked.
    MissingScope,
    /// The store could not answer.
    Store(StoreError),
    /// No keys are known yet: those of the issuer could not be fetched so far.
    NoKeys,
    /// Whether it was revoked is not known now; the same token may be taken later.
    Stale {
        /// Seconds to wait.
        retry_after: u64,
    },
}

/// Why a session's cookie is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieRefusal {
    /// It was not made here.
    NotOurs,
    /// Its session has ended, or is not known any more.
    Ended,
}

impl fmt::Display for CookieRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "the cookie was not made here",
            Self::Ended => "the cookie's session has ended",
        })
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid(_) => "the token is not good",
            Self::ApiKey(refusal) => return refusal.fmt(f),
            Self::Cookie(refusal) => return refusal.fmt(f),
            Self::BadSubject(_) => "the token's sub is no subject",
            Self::WrongSubject => "the token is about something else",
            Self::BadScopeClaim => "the token's scope is not a string",
            Self::WrongClient => "the token was given to another client",
            Self::Gone => "whom the token speaks for does not exist any more",
            Self::Ended => "older tokens were ended",
            Self::Revoked => "the token was revoked",
            Self::Inactive => "the account is disabled",
            Self::MissingScope => "the token does not cover what is asked",
            Self::Store(_) => "the user store could not answer",
            Self::NoKeys => "no keys to verify with are known yet",
            Self::Stale { .. } => "whether the token was revoked is not known",
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

impl From<ApiKeyRefusal> for AuthError {
    fn from(refusal: ApiKeyRefusal) -> Self {
        Self::ApiKey(refusal)
    }
}

impl From<CookieRefusal> for AuthError {
    fn from(refusal: CookieRefusal) -> Self {
        Self::Cookie(refusal)
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
