//! What the OAuth endpoints refuse beside a login (RFC 6749 §5.2).

use serde_json::Value;

use crate::detail::FieldError;

/// Why a request to an OAuth endpoint is refused, other than a login with a password.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OAuthRefusal {
    /// Parameters are missing, came more than once, cannot be right, or contradict each other (`invalid_request`).
    InvalidRequest {
        /// What is wrong with them.
        errors: Vec<FieldError>,
    },
    /// The client is not known, or did not prove who it is (`invalid_client`).
    InvalidClient {
        /// Whether it tried to by `Authorization: Basic`, and so is told to try again by that.
        basic: bool,
    },
    /// What was shown for tokens is not good, or was given to another client (`invalid_grant`).
    InvalidGrant,
    /// The client may not do this (`unauthorized_client`).
    UnauthorizedClient,
    /// The scope cannot be granted to this client or goes beyond what was granted before (`invalid_scope`).
    InvalidScope,
}

impl OAuthRefusal {
    /// Something is wrong with one parameter, or with the request as a whole (`None`); the sentence says what. The value is
    /// never repeated.
    pub(crate) fn invalid_request(parameter: Option<&'static str>, sentence: &'static str) -> Self {
        let loc = std::iter::once("body").chain(parameter);
        Self::InvalidRequest {
            errors: vec![FieldError::new("value_error", loc, sentence, Value::Null)],
        }
    }
}
