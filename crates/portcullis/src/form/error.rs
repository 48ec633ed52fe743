//! Why a form could not be read.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::body::Unread;
use crate::detail::ValidationErrors;
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// Why a form could not be read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FormError {
    /// Fields are missing or not valid: FastAPI's list, in the order of the form's model.
    Invalid(ValidationErrors),
    /// A form that cannot be taken apart, or one beyond the limits on fields; the sentence is FastAPI's.
    Malformed(String),
    /// More than [`FormLimits::body`](crate::FormLimits::body) bytes.
    TooLarge,
    /// The body ended early.
    Incomplete,
    /// The body came too slowly ([`Limits::body_pause`](crate::Limits::body_pause)).
    Slow,
}

impl FormError {
    /// FastAPI's sentence for the limits on one field; its unit is 1,024 bytes.
    pub(super) fn too_big(what: &str, limit: usize) -> Self {
        Self::Malformed(format!("{what} exceeded maximum size of {}KB.", limit >> 10))
    }

    /// FastAPI's sentence for the limits on the number of fields and files.
    pub(super) fn too_many(what: &str, limit: usize) -> Self {
        Self::Malformed(format!("Too many {what}. Maximum number of {what} is {limit}."))
    }

    /// FastAPI's status for it: 422, 400, and 413 or 408 where FastAPI has no limit.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) | Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("Fields are missing or not valid."),
            Self::Malformed(sentence) => f.write_str(sentence),
            Self::TooLarge => f.write_str("The form is too large."),
            Self::Incomplete => f.write_str("There was an error parsing the body"),
            Self::Slow => f.write_str("The body came too slowly."),
        }
    }
}

impl std::error::Error for FormError {}

impl From<Unread> for FormError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::Slow => Self::Slow,
            Unread::Incomplete => Self::Incomplete,
        }
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Invalid(errors) => {
                let errors = errors.into_errors();
                // Another grant has other fields: that these are missing is then beside the point.
                if errors.iter().any(|error| error.field() == Some("grant_type")) {
                    Self::BadGrantType { errors }
                } else {
                    Self::BadForm { errors }
                }
            }
            other => Self::BadBody {
                status: other.status(),
                detail: other.to_string(),
            },
        }
    }
}

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        Refusal::from(self).into_response()
    }
}

impl Respond for FormError {
    /// Nothing: the form documents its refusals itself.
    fn respond(_: &mut Operation) {}
}
