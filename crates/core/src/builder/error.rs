//! What can go wrong when it is built.

use std::error::Error;
use std::fmt;

use portcullis_jose::{KeyError, PolicyError};

use crate::audit::AuditError;
use crate::cookies::CookiesError;
use crate::hashing::GateError;
use crate::issue_error::IssueError;
use crate::role::RoleError;
use crate::session::RefreshSecretsError;

/// Why an [`Auth`](crate::Auth) could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The keys or the policy contradict each other.
    Policy(PolicyError),
    /// The hashing pool could not be started.
    Gate(GateError),
    /// The key cannot be used.
    Key(KeyError),
    /// There is no key to sign with, or no randomness.
    Issue(IssueError),
    /// The secrets of refresh tokens cannot be used.
    Secrets(RefreshSecretsError),
    /// The secrets of the throttle cannot be used.
    Throttle,
    /// The audit trail cannot be vouched for.
    Audit(AuditError),
    /// The secrets of API keys cannot be used.
    ApiKeys,
    /// A role cannot be.
    Roles(RoleError),
    /// Sessions cannot be carried by cookies as it was chosen.
    Cookies(CookiesError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Policy(_) => "the keys or the token policy contradict each other",
            Self::Gate(_) => "the hashing pool could not be started",
            Self::Key(_) => "the key cannot be used",
            Self::Issue(_) => "the Auth could not sign",
            Self::Secrets(_) => "the secrets of refresh tokens cannot be used",
            Self::Throttle => "the secrets of the throttle cannot be used",
            Self::Audit(_) => "the audit trail cannot be vouched for",
            Self::ApiKeys => "the secrets of API keys cannot be used",
            Self::Roles(_) => "the roles cannot be declared",
            Self::Cookies(_) => "sessions cannot be carried by cookies",
        })
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Policy(cause) => Some(cause),
            Self::Gate(cause) => Some(cause),
            Self::Key(cause) => Some(cause),
            Self::Issue(cause) => Some(cause),
            Self::Secrets(cause) => Some(cause),
            Self::Throttle | Self::ApiKeys => None,
            Self::Audit(cause) => Some(cause),
            Self::Roles(cause) => Some(cause),
            Self::Cookies(cause) => Some(cause),
        }
    }
}

impl From<PolicyError> for BuildError {
    fn from(cause: PolicyError) -> Self {
        Self::Policy(cause)
    }
}

impl From<GateError> for BuildError {
    fn from(cause: GateError) -> Self {
        Self::Gate(cause)
    }
}

impl From<IssueError> for BuildError {
    fn from(cause: IssueError) -> Self {
        Self::Issue(cause)
    }
}

impl From<KeyError> for BuildError {
    fn from(cause: KeyError) -> Self {
        Self::Key(cause)
    }
}

impl From<RoleError> for BuildError {
    fn from(cause: RoleError) -> Self {
        Self::Roles(cause)
    }
}

impl From<AuditError> for BuildError {
    fn from(cause: AuditError) -> Self {
        Self::Audit(cause)
    }
}

impl From<CookiesError> for BuildError {
    fn from(cause: CookiesError) -> Self {
        Self::Cookies(cause)
    }
}

impl From<RefreshSecretsError> for BuildError {
    fn from(cause: RefreshSecretsError) -> Self {
        Self::Secrets(cause)
    }
}
