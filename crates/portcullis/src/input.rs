//! What handlers take: JSON bodies, forms, queries and paths, described by their types and refused as FastAPI refuses.
//!
//! A body is parsed once, held against the schema of its type, which finds every error in pydantic's words, converts what
//! pydantic converts and takes out what no schema knows, and then read by serde: it sees nothing that was not checked.

mod body;
mod check;
mod echo;
mod fields;
mod fit;
mod form;
mod format;
mod json;
mod keyword;
mod members;
mod params;
mod parse;
mod promise;
mod read;
mod scalar;
mod serde_error;
mod shape;
mod syntax;

use axum::response::{IntoResponse, Response};

pub(crate) use body::is_json;
pub use form::Form;
pub use json::{Json, JsonLimit};
pub use params::{Path, Query};
pub(crate) use params::{describe_path, read_path};

use crate::detail::{FieldError, ValidationErrors};
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// Why [`Json`], [`Form`], [`Query`] or [`Path`] did not take what was sent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum InputRefusal {
    /// Something is missing or not valid: 422 with FastAPI's list.
    Invalid(ValidationErrors),
    /// The body cannot be read: 400 where it is no UTF-8 or broke off, 408 where it came too slowly, 413 where it is
    /// too large. 500 where the route has other parameters than its handler's `Path`.
    Unread(Refusal),
}

impl From<Vec<FieldError>> for InputRefusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(ValidationErrors::new(errors))
    }
}

impl From<FieldError> for InputRefusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(error.into())
    }
}

impl IntoResponse for InputRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(errors) => errors.into_response(),
            Self::Unread(refusal) => refusal.into_response(),
        }
    }
}

impl Respond for InputRefusal {
    /// Nothing: what takes input documents its refusals itself.
    fn respond(_: &mut Operation) {}
}

#[cfg(test)]
mod tests;
