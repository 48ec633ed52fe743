//! One shape for all errors: those that are answered before a handler, and those of handlers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portcullis::ErrorAnswer;
use portcullis::openapi::{Content, Operation, Respond, ResponseObject};
use portcullis::prelude::{JsonSchema, Refusal, StoreError, schemars};
use serde::Serialize;
use serde_json::Value;

/// What the body of an error holds.
#[derive(Serialize, JsonSchema)]
pub struct Problem {
    status: u16,
    title: String,
    /// What is wrong with the input, where it is that.
    #[serde(skip_serializing_if = "Value::is_null")]
    errors: Value,
}

impl Problem {
    /// In the place of what Portcullis would answer.
    pub fn of(error: &ErrorAnswer<'_>) -> Self {
        let sentence = error.detail.as_str();
        Self {
            status: error.status.as_u16(),
            title: sentence.unwrap_or("The input is not valid").to_owned(),
            errors: sentence.map_or_else(|| error.detail.clone(), |_| Value::Null),
        }
    }
}

/// Why a handler has nothing to give.
pub enum Missing {
    /// There is none, or it is somebody else's.
    NotFound(&'static str),
    /// It could not be looked for.
    Refused(Refusal),
}

impl From<StoreError> for Missing {
    fn from(cause: StoreError) -> Self {
        Self::Refused(cause.into())
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let status = StatusCode::NOT_FOUND;
        match self {
            Self::NotFound(title) => {
                let (title, errors) = (title.to_owned(), Value::Null);
                let status = status.as_u16();
                (StatusCode::NOT_FOUND, Json(Problem { status, title, errors })).into_response()
            }
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl Respond for Missing {
    fn respond(operation: &mut Operation) {
        let problem = Content::json(operation.schema::<Problem>());
        let missing = ResponseObject::new("There is none").with_content(problem);
        operation.response(StatusCode::NOT_FOUND, missing);
    }
}
