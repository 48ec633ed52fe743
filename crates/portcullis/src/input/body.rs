//! The bytes of a JSON body and whether they claim to be one.

use std::error::Error;
use std::io;

use axum::body::HttpBody as _;
use axum::extract::Request;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::{InputRefusal, JsonLimit};
use crate::refusal::Refusal;

/// A body that is all there.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// Whether its `Content-Type` is JSON's.
    pub(super) is_json: bool,
}

/// Takes the body in, up to the limit. One that says beforehand that it is larger is not read.
pub(super) async fn collect(request: Request) -> Result<Body, InputRefusal> {
    let limit = request.extensions().get::<JsonLimit>().copied().unwrap_or_default().0;
    let is_json = is_json(request.headers());
    let body = request.into_body();
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(Body {
            bytes: body.to_bytes(),
            is_json,
        }),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(error) if is_slow(&*error) => Err(unread(StatusCode::REQUEST_TIMEOUT, "The body came too slowly.")),
        Err(_) => Err(unparsable()),
    }
}

/// FastAPI's answer to a body that is no text, or broke off.
pub(super) fn unparsable() -> InputRefusal {
    unread(StatusCode::BAD_REQUEST, "There was an error parsing the body")
}

fn too_large(limit: usize) -> InputRefusal {
    let detail = format!("The body is larger than {limit} bytes.");
    unread(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn unread(status: StatusCode, detail: impl Into<String>) -> InputRefusal {
    let detail = detail.into();
    InputRefusal::Unread(Refusal::BadBody { status, detail })
}

/// The server ends a body that stalls with a time-out.
fn is_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// `application/json` or `application/…+json`, as FastAPI reads the header. Without one a body is not JSON: a page of
/// another site can send such a request without asking first (CORS), and could not with the right type.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    !subtype.contains('/') && (subtype == "json" || subtype.ends_with("+json"))
}
