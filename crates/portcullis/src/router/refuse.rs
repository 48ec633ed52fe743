//! The answers where no handler stands.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::ours::OurError;

/// FastAPI's answer to an unknown path.
pub(crate) fn not_found() -> Response {
    detail(StatusCode::NOT_FOUND, r#"{"detail":"Not Found"}"#)
}

/// FastAPI's answer to a method that a path does not have.
pub(super) fn not_allowed(allow: Option<HeaderValue>) -> Response {
    allowing(
        detail(StatusCode::METHOD_NOT_ALLOWED, r#"{"detail":"Method Not Allowed"}"#),
        allow,
    )
}

/// What a path has (RFC 9110 §9.3.7).
pub(super) fn options(allow: Option<HeaderValue>) -> Response {
    allowing(StatusCode::NO_CONTENT.into_response(), allow)
}

fn allowing(mut response: Response, allow: Option<HeaderValue>) -> Response {
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

fn detail(status: StatusCode, body: &'static str) -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, Extension(OurError), json, body).into_response()
}
