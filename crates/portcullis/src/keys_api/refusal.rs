//! What went wrong with an API key, as an answer.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portcullis_core::{AccountError, ApiKeyError, ApiKeyRule, StoreError};
use serde_json::Value;

use crate::detail::{FieldError, ValidationErrors, told};
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// Why there is nothing to show, to make or to end.
pub(super) enum KeyRefusal {
    /// There is no such user.
    NoUser,
    /// The key itself.
    Key(ApiKeyError),
}

impl KeyRefusal {
    pub(super) fn unknown() -> Self {
        Self::Key(ApiKeyError::Unknown)
    }
}

impl From<ApiKeyError> for KeyRefusal {
    fn from(error: ApiKeyError) -> Self {
        Self::Key(error)
    }
}

impl From<StoreError> for KeyRefusal {
    fn from(cause: StoreError) -> Self {
        Self::Key(cause.into())
    }
}

impl From<AccountError> for KeyRefusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(cause) => cause.into(),
            _ => Self::NoUser,
        }
    }
}

impl Respond for KeyRefusal {
    fn respond(_: &mut Operation) {}
}

impl IntoResponse for KeyRefusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::NoUser => (StatusCode::NOT_FOUND, "There is no such user"),
            Self::Key(ApiKeyError::Unknown) => (StatusCode::NOT_FOUND, "There is no such key"),
            Self::Key(ApiKeyError::Beyond) => (
                StatusCode::FORBIDDEN,
                "A key gets no scopes that the token does not have that asks for it",
            ),
            Self::Key(ApiKeyError::TooMany) => (
                StatusCode::CONFLICT,
                "A user has 50 keys at most, and makes 100 an hour",
            ),
            Self::Key(ApiKeyError::Unfit(rule)) => return ValidationErrors::from(unfit(rule)).into_response(),
            Self::Key(ApiKeyError::Store(cause)) => return Refusal::from(cause).into_response(),
            Self::Key(error) => {
                tracing::error!(%error, "an API key could not be made or ended");
                return Refusal::Failed.into_response();
            }
        };
        told(status, sentence)
    }
}

/// FastAPI's words for a rule that was broken. The value is left out.
fn unfit(rule: ApiKeyRule) -> FieldError {
    let field = match rule {
        ApiKeyRule::Scopes => "scopes",
        ApiKeyRule::Lifetime => "expires_in_days",
        _ => "name",
    };
    FieldError::new(
        "value_error",
        ["body", field],
        format!("Value error, {rule}"),
        Value::Null,
    )
}
