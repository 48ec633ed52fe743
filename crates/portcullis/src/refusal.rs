//! What can be refused; [`Answers`](crate::Answers) says how it is answered.

use http::StatusCode;
use portcullis_core::{
    AuthError, ClientGrantError, IssueError, LoginError, RefreshError, RefreshGrantError, ScopeSet, StoreError,
};

use crate::challenge::WwwAuthenticate;
use crate::detail::FieldError;

mod oauth;

pub use oauth::OAuthRefusal;

/// How long, in seconds, a client is told to wait when the store is away.
const STORE_AWAY: u64 = 1;

/// A request that is refused. A handler may return it; it is answered by the table of the
/// [`Answers`](crate::Answers) that the router was mounted with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// No bearer token.
    NoToken,
    /// A token that is not good.
    BadToken {
        /// What the route asks for.
        scope: ScopeSet,
    },
    /// A cookie whose session has ended.
    SessionEnded {
        /// What the route asks for.
        scope: ScopeSet,
    },
    /// Credentials that cannot be read for certain.
    BadCredentials {
        /// What the route asks for.
        scope: ScopeSet,
    },
    /// Nothing came of any [scheme](crate::schemes) that would do.
    NoCredentials {
        /// How each of them is asked for.
        challenges: Vec<WwwAuthenticate>,
    },
    /// Credentials of the right scheme that cannot be right, such as Basic without Base64.
    BrokenCredentials {
        /// How they are asked for.
        challenges: Vec<WwwAuthenticate>,
    },
    /// Credentials that came more than once: which are meant, nobody can say.
    DoubledCredentials {
        /// How they are asked for.
        challenges: Vec<WwwAuthenticate>,
    },
    /// Name and password by Basic that are not right.
    WrongBasic {
        /// How they are asked for.
        challenges: Vec<WwwAuthenticate>,
    },
    /// Credentials of a [scheme](crate::schemes) that are good and do not suffice: they cover too little
    /// ([`Refusal::MissingScope`]), or the user is disabled ([`Refusal::Inactive`]). Answered as that, with a challenge which
    /// these credentials answer.
    OfScheme {
        /// What it is.
        refusal: Box<Self>,
        /// How they are asked for.
        challenges: Vec<WwwAuthenticate>,
    },
    /// A change, or a WebSocket, that a page of another site asks for with the user's cookie, or a login that it asks for.
    CrossSite,
    /// The account is disabled.
    Inactive {
        /// What the route asks for.
        scope: ScopeSet,
    },
    /// The token does not cover what the route asks for.
    MissingScope {
        /// What the route asks for.
        scope: ScopeSet,
    },
    /// No such object, or one that is hidden from this user.
    NoObject,
    /// The user has no right to the object.
    NotAllowed,
    /// An API key, where a user is asked for in person.
    NotInPerson,
    /// Name or password wrong.
    WrongLogin,
    /// Fields of the form are missing or not valid.
    BadForm {
        /// FastAPI's list.
        errors: Vec<FieldError>,
    },
    /// Another grant type than `password`.
    BadGrantType {
        /// FastAPI's list.
        errors: Vec<FieldError>,
    },
    /// A body that cannot be taken apart, is too large or came too slowly.
    BadBody {
        /// What it is answered with.
        status: StatusCode,
        /// The sentence for the client.
        detail: String,
    },
    /// The scope cannot be granted.
    BadScope,
    /// A request to an OAuth endpoint, other than a login.
    OAuth(OAuthRefusal),
    /// Too many logins are waiting.
    Busy {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too much was tried, on an account or from a network.
    Throttled {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The store cannot be reached.
    Unavailable {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Something of ours failed.
    Failed,
}

/// What lies behind an error, for the log.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    said.join(": ")
}

impl Refusal {
    /// What an [`AuthError`] is to the client of a route that asks for `scope`. The cause goes to the log.
    pub fn from_auth(error: &AuthError, scope: ScopeSet) -> Self {
        match error {
            AuthError::MissingScope => Self::MissingScope { scope },
            AuthError::Cookie(_) => Self::SessionEnded { scope },
            AuthError::Inactive => Self::Inactive { scope },
            AuthError::Store(cause) => {
                tracing::error!(error = %cause, cause = causes(cause), "the user store could not answer");
                Self::Unavailable {
                    retry_after: STORE_AWAY,
                }
            }
            // Whoever fetches the keys says why they are not there, and not once a request.
            AuthError::NoKeys => {
                tracing::debug!("no keys to verify tokens with are known yet");
                Self::Unavailable {
                    retry_after: STORE_AWAY,
                }
            }
            // Whoever looks for revocations says why they are not known.
            AuthError::Stale { retry_after } => Self::Unavailable {
                retry_after: *retry_after,
            },
            refused => {
                tracing::debug!(reason = ?refused, "token refused");
                Self::BadToken { scope }
            }
        }
    }
}

impl From<OAuthRefusal> for Refusal {
    fn from(refusal: OAuthRefusal) -> Self {
        Self::OAuth(refusal)
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Refused => Self::WrongLogin,
            LoginError::InvalidScope => Self::BadScope,
            LoginError::Busy { retry_after } => Self::Busy { retry_after },
            // What it was that was too much is told by who refused it; the client hears one sentence.
            LoginError::Throttled(throttled) => Self::Throttled {
                retry_after: throttled.retry_after,
            },
            LoginError::Store(cause) => {
                tracing::error!(error = %cause, cause = causes(&cause), "the user store could not answer");
                Self::Unavailable {
                    retry_after: STORE_AWAY,
                }
            }
            // The keys are not there, or do not open: whoever keeps them says why, and not once a request.
            LoginError::Issue(IssueError::NoKey) => {
                tracing::debug!("no key to sign with");
                Self::Unavailable {
                    retry_after: STORE_AWAY,
                }
            }
            other => {
                tracing::error!(error = %other, cause = causes(&other), "a login failed");
                Self::Failed
            }
        }
    }
}

impl From<RefreshGrantError> for Refusal {
    fn from(error: RefreshGrantError) -> Self {
        match error {
            RefreshGrantError::Refresh(RefreshError::Refused(reason)) => {
                tracing::debug!(%reason, "refresh token refused");
                OAuthRefusal::InvalidGrant.into()
            }
            RefreshGrantError::Refresh(RefreshError::InvalidScope) => OAuthRefusal::InvalidScope.into(),
            RefreshGrantError::Refresh(RefreshError::Busy) => Self::Unavailable {
                retry_after: STORE_AWAY,
            },
            RefreshGrantError::Refresh(RefreshError::Store(cause)) => {
                tracing::error!(error = %cause, cause = causes(&*cause), "the store of sessions could not answer");
                Self::Unavailable {
                    retry_after: STORE_AWAY,
                }
            }
            RefreshGrantError::Issue(cause) => cause.into(),
            other => {
                tracing::error!(error = %other, "a refresh failed");
                Self::Failed
            }
        }
    }
}

impl From<ClientGrantError> for Refusal {
    fn from(error: ClientGrantError) -> Self {
        match error {
            ClientGrantError::NotAllowed => OAuthRefusal::UnauthorizedClient.into(),
            ClientGrantError::InvalidScope => OAuthRefusal::InvalidScope.into(),
            ClientGrantError::Issue(cause) => cause.into(),
            other => {
                tracing::error!(error = %other, "a client got no token");
                Self::Failed
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, cause = causes(&error), "a store could not answer");
        Self::Unavailable {
            retry_after: STORE_AWAY,
        }
    }
}

impl From<IssueError> for Refusal {
    fn from(cause: IssueError) -> Self {
        LoginError::from(cause).into()
    }
}
