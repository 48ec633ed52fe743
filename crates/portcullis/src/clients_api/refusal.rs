//! What went wrong with a client, as an answer.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portcullis_core::{ClientError, ClientRule};
use serde_json::Value;

use crate::detail::{FieldError, ValidationErrors, told};
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// A [`ClientError`] on its way to the caller.
pub(super) struct ClientRefusal(ClientError);

impl From<ClientError> for ClientRefusal {
    fn from(error: ClientError) -> Self {
        Self(error)
    }
}

impl Respond for ClientRefusal {
    fn respond(_: &mut Operation) {}
}

impl IntoResponse for ClientRefusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self.0 {
            ClientError::Unfit(rule) => return ValidationErrors::from(unfit(rule)).into_response(),
            ClientError::Store(cause) => return Refusal::from(cause).into_response(),
            ClientError::Unknown => (StatusCode::NOT_FOUND, "There is no such client"),
            ClientError::Taken => (StatusCode::CONFLICT, "There is a client of that id already"),
            ClientError::Beyond => (
                StatusCode::FORBIDDEN,
                "Nobody gives a client scopes that they do not have",
            ),
            ClientError::NoSecrets => (StatusCode::CONFLICT, "This client has no secrets"),
            ClientError::TwoSecrets => (StatusCode::CONFLICT, "This client has two secrets already"),
            ClientError::OneSecret => (StatusCode::CONFLICT, "This client has one secret alone"),
            ClientError::Changed => (StatusCode::CONFLICT, "The client was changed meanwhile"),
            error => {
                tracing::error!(%error, "a client could not be changed");
                return Refusal::Failed.into_response();
            }
        };
        told(status, sentence)
    }
}

/// FastAPI's words for a rule that was broken. The value is left out.
fn unfit(rule: ClientRule) -> FieldError {
    let field = match rule {
        ClientRule::Scopes => "scopes",
        ClientRule::Audience => "audience",
        ClientRule::KeysTooLong
        | ClientRule::Keys
        | ClientRule::PrivateKey
        | ClientRule::KeyIds
        | ClientRule::PublicWithKeys => "public_key",
        ClientRule::PublicWithCredentials | ClientRule::PasswordOfOthers => "grants",
        _ => "client_id",
    };
    FieldError::new(
        "value_error",
        ["body", field],
        format!("Value error, {rule}"),
        Value::Null,
    )
}
