//! The refresh token grant (RFC 6749 §6): what a login left behind for new tokens.

use std::error::Error;
use std::fmt;

use crate::issue_error::IssueError;
use crate::session::RefreshError;

/// Why no tokens were given for a refresh token.
#[derive(Debug)]
#[non_exhaustive]
pub enum RefreshGrantError {
    /// No sessions are kept here.
    NoSessions,
    /// See [`RefreshError`].
    Refresh(RefreshError),
    /// The token could not be made.
    Issue(IssueError),
}

impl fmt::Display for RefreshGrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSessions => f.write_str("no sessions are kept here"),
            Self::Refresh(cause) => cause.fmt(f),
            Self::Issue(cause) => cause.fmt(f),
        }
    }
}

impl Error for RefreshGrantError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoSessions => None,
            Self::Refresh(cause) => cause.source(),
            Self::Issue(cause) => cause.source(),
        }
    }
}

impl From<RefreshError> for RefreshGrantError {
    fn from(cause: RefreshError) -> Self {
        Self::Refresh(cause)
    }
}

impl From<IssueError> for RefreshGrantError {
    fn from(cause: IssueError) -> Self {
        Self::Issue(cause)
    }
}
