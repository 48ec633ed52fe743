//! Why a login got no token.

use std::error::Error;
use std::fmt;

use portcullis_password::HashError;

use crate::hashing::GateError;
use crate::session::SessionError;
use crate::store::StoreError;
use crate::throttle::{ThrottleError, Throttled};

/// Why a login got no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// Name or password wrong: an unknown name, an account without a password and a wrong password are one and the
    /// same answer, at the same cost.
    Refused,
    /// Nothing of the scope asked for can be granted.
    InvalidScope,
    /// Too many logins wait already; the same for every name.
    Busy {
        /// When to try again, in seconds (at least 1).
        retry_after: u64,
    },
    /// Too much was tried, on this account or from this network; for known and unknown names alike, and nothing was looked
    /// at. Where it is told is the client's to see in one sentence for all.
    Throttled(Throttled),
    /// Nobody logs in here: it is a resource server.
    NoLogins,
    /// No cookie carries sessions here.
    NoCookies,
    /// The store could not answer.
    Store(StoreError),
    /// A new password cannot be stored, or randomness is missing.
    Hash(HashError),
    /// The hashing pool failed.
    Gate(GateError),
    /// The token could not be made.
    Issue(crate::issue_error::IssueError),
}

impl LoginError {
    /// What kind of refusal it is, in a word that stays: `refused` for a wrong name or password, `scope`, `throttled`,
    /// `busy`, or `failed` where it is nobody's fault but ours.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::InvalidScope => "scope",
            Self::Throttled(_) => "throttled",
            Self::Busy { .. } => "busy",
            Self::NoLogins | Self::NoCookies | Self::Store(_) | Self::Hash(_) | Self::Gate(_) | Self::Issue(_) => {
                "failed"
            }
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("incorrect username or password"),
            Self::InvalidScope => f.write_str("none of the scopes asked for can be granted"),
            Self::Busy { retry_after } => write!(f, "too many logins are waiting; try again in {retry_after} s"),
            Self::Throttled(Throttled { limit, retry_after }) => {
                write!(f, "too much was tried ({limit}); try again in {retry_after} s")
            }
            Self::NoLogins => f.write_str("nobody logs in at a resource server"),
            Self::NoCookies => f.write_str("no cookie carries sessions here"),
            Self::Store(_) => f.write_str("the user store could not answer"),
            Self::Hash(_) => f.write_str("the password could not be hashed"),
            Self::Gate(_) => f.write_str("the hashing pool failed"),
            Self::Issue(_) => f.write_str("the token could not be made"),
        }
    }
}

impl Error for LoginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused
            | Self::InvalidScope
            | Self::Busy { .. }
            | Self::Throttled(_)
            | Self::NoLogins
            | Self::NoCookies => None,
            Self::Store(cause) => Some(cause),
            Self::Hash(cause) => Some(cause),
            Self::Gate(cause) => Some(cause),
            Self::Issue(cause) => Some(cause),
        }
    }
}

impl From<StoreError> for LoginError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<HashError> for LoginError {
    fn from(cause: HashError) -> Self {
        Self::Hash(cause)
    }
}

impl From<GateError> for LoginError {
    fn from(cause: GateError) -> Self {
        match cause {
            GateError::Busy { retry_after } => Self::Busy { retry_after },
            other => Self::Gate(other),
        }
    }
}

impl From<ThrottleError> for LoginError {
    fn from(cause: ThrottleError) -> Self {
        match cause {
            ThrottleError::Throttled(cause) => Self::Throttled(cause),
            ThrottleError::Store(cause) => Self::Store(cause),
            ThrottleError::Random(cause) => Self::Issue(cause.into()),
        }
    }
}

impl From<crate::issue_error::IssueError> for LoginError {
    fn from(cause: crate::issue_error::IssueError) -> Self {
        Self::Issue(cause)
    }
}

impl From<SessionError> for LoginError {
    fn from(cause: SessionError) -> Self {
        match cause {
            SessionError::Random(cause) => Self::Issue(cause.into()),
            SessionError::Store(cause) => Self::Store(cause),
        }
    }
}
