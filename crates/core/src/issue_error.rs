//! Why a token could not be made.

use std::error::Error;
use std::fmt;

use portcullis_jose::SignError;
use portcullis_password::RandomError;

use crate::subject::SubjectError;

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
