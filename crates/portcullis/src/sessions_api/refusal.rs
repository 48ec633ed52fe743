//! What went wrong with a session, as an answer.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portcullis_core::{AccountError, StoreError};
use serde_json::Value;

use crate::detail::{FieldError, ValidationErrors, told};
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// Why there is nothing to show or nothing to end.
pub(super) enum SessionRefusal {
    /// There is no such session that lasts, or it is not this user's.
    Unknown,
    /// There is no such user.
    NoUser,
    /// The label cannot stand.
    Label,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for SessionRefusal {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<AccountError> for SessionRefusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(cause) => Self::Store(cause),
            _ => Self::NoUser,
        }
    }
}

impl Respond for SessionRefusal {
    fn respond(_: &mut Operation) {}
}

impl IntoResponse for SessionRefusal {
    fn into_response(self) -> Response {
        let sentence = match self {
            Self::Unknown => "There is no such session",
            Self::NoUser => "There is no such user",
            Self::Label => {
                let why = "Value error, a label has no control characters";
                let error = FieldError::new("value_error", ["body", "label"], why, Value::Null);
                return ValidationErrors::from(error).into_response();
            }
            Self::Store(cause) => return Refusal::from(cause).into_response(),
        };
        told(StatusCode::NOT_FOUND, sentence)
    }
}
