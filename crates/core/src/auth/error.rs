//! What can go wrong with a token, coming and going.

use std::error::Error;
use std::fmt;

use portcullis_jose::{SignError, VerifyError};
use portcullis_password::RandomError;

use crate::store::StoreError;
use crate::subject::SubjectError;

/// Why a token was not accepted. The variants are for the log; outside all but the last five are one answer.
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
    /// No keys are known yet: those of the issuer could not be fetched so far.
    NoKeys,
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
            Self::NoKeys => "no keys to verify with are known yet",
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
    /// There is no key to sign with.
    NoKey,
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random(_) => "the random source failed",
            Self::Sign(_) => "the token could not be signed",
            Self::Subject(_) => "the subject cannot stand in a token",
            Self::NoKey => "there is no key to sign with",
        })
    }
}

impl Error for IssueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Random(cause) => Some(cause),
            Self::Sign(cause) => Some(cause),
            Self::Subject(cause) => Some(cause),
            Self::NoKey => None,
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
