//! How the OAuth endpoints answer (RFC 6749 §5.2).

use axum::response::Response;
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use super::answer::{Answer, Challenge, answer};
use crate::refusal::OAuthRefusal;

/// The rows of the OAuth endpoints that FastAPI has nothing like: the same in every preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthAnswers {
    /// Parameters are missing, doubled or cannot be right. The `detail` is FastAPI's list of errors.
    pub invalid_request: Answer,
    /// The client did not prove who it is. It is challenged where it tried by a header.
    pub invalid_client: Answer,
    /// What was shown for tokens is not good.
    pub invalid_grant: Answer,
    /// The client may not do this.
    pub unauthorized_client: Answer,
    /// A scope that cannot be granted.
    pub invalid_scope: Answer,
}

impl Default for OAuthAnswers {
    fn default() -> Self {
        let bad = |detail, error| answer(StatusCode::BAD_REQUEST, detail, Some(error), Challenge::None);
        Self {
            invalid_request: bad("", "invalid_request"),
            invalid_client: answer(
                StatusCode::UNAUTHORIZED,
                "Client authentication failed",
                Some("invalid_client"),
                Challenge::Basic,
            ),
            invalid_grant: bad("The grant is not good", "invalid_grant"),
            unauthorized_client: bad("The client may not do this", "unauthorized_client"),
            invalid_scope: bad("Scope cannot be granted", "invalid_scope"),
        }
    }
}

impl OAuthAnswers {
    /// The answer to a refusal.
    pub(super) fn respond(&self, refusal: &OAuthRefusal) -> Response {
        let (row, errors) = match refusal {
            OAuthRefusal::InvalidRequest { errors } => (&self.invalid_request, Some(errors.as_slice())),
            OAuthRefusal::InvalidClient { .. } => (&self.invalid_client, None),
            OAuthRefusal::InvalidGrant => (&self.invalid_grant, None),
            OAuthRefusal::UnauthorizedClient => (&self.unauthorized_client, None),
            OAuthRefusal::InvalidScope => (&self.invalid_scope, None),
        };
        let mut response = row.respond("", errors);
        if let OAuthRefusal::InvalidClient { basic: false } = refusal {
            response.headers_mut().remove(WWW_AUTHENTICATE);
        }
        response
    }
}
