//! What goes wrong with sessions.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use portcullis_password::RandomError;

use crate::store::StoreError;

/// Why a session could not be begun.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The random source failed.
    Random(RandomError),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(cause) => cause.fmt(f),
            Self::Store(cause) => cause.fmt(f),
        }
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Random(cause) => cause.source(),
            Self::Store(cause) => cause.source(),
        }
    }
}

impl From<RandomError> for SessionError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

impl From<StoreError> for SessionError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

/// Why a refresh token is not good. A client is told the same for all (`invalid_grant`, RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshRefusal {
    /// It was not made here.
    NotOurs,
    /// Its family is not there any more.
    Unknown,
    /// Its session has ended, or was not refreshed for too long.
    Ended,
    /// Another client than its own presents it.
    OtherClient,
    /// Its user is gone, disabled, or has another epoch: the session has ended now.
    UserChanged,
    /// It was used before, and not by its owner: the session has ended now.
    Replay,
    /// It is newer than the store, which is not to be rolled forward.
    Ahead,
    /// What it was followed by was made with a secret that is not known here.
    SecretLost,
}

impl fmt::Display for RefreshRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "it was not made here",
            Self::Unknown => "its family is not known",
            Self::Ended => "its session has ended",
            Self::OtherClient => "another client presents it",
            Self::UserChanged => "its user changed",
            Self::Replay => "it was used before",
            Self::Ahead => "it is newer than the store",
            Self::SecretLost => "a secret of refresh tokens is missing",
        })
    }
}

/// Why no tokens were given for a refresh token. Clones share the cause, for racers share one outcome.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RefreshError {
    /// It is not good.
    Refused(RefreshRefusal),
    /// More was asked for than its family may do (`invalid_scope`). Nothing changed.
    InvalidScope,
    /// Others changed the family at the same moment, again and again; the same question may be answered later.
    Busy,
    /// The random source failed.
    Random(Arc<RandomError>),
    /// The store failed; the same question may be answered later.
    Store(Arc<StoreError>),
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "the refresh token is not good: {refusal}"),
            Self::InvalidScope => f.write_str("more was asked for than was granted"),
            Self::Busy => f.write_str("others use the refresh token at this moment"),
            Self::Random(cause) => cause.fmt(f),
            Self::Store(cause) => cause.fmt(f),
        }
    }
}

impl Error for RefreshError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) | Self::InvalidScope | Self::Busy => None,
            Self::Random(cause) => cause.source(),
            Self::Store(cause) => cause.source(),
        }
    }
}

impl From<RefreshRefusal> for RefreshError {
    fn from(refusal: RefreshRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RandomError> for RefreshError {
    fn from(cause: RandomError) -> Self {
        Self::Random(Arc::new(cause))
    }
}

impl From<StoreError> for RefreshError {
    fn from(cause: StoreError) -> Self {
        Self::Store(Arc::new(cause))
    }
}
