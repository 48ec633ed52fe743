//! The bytes of a JSON body and whether they claim to be one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::RequestExt as _;
use axum::body::{Body as RequestBody, Bytes, HttpBody};
use axum::extract::Request;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::{InputRefusal, JsonLimit};
use crate::body::{self, Unread};
use crate::refusal::Refusal;

/// A body that is all there.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Whether its `Content-Type` is JSON's.
    pub(super) is_json: bool,
}

/// Takes the body in, up to the limit. One that says beforehand that it is larger is not read.
pub(super) async fn collect(mut request: Request) -> Result<Body, InputRefusal> {
    let JsonLimit(limit) = match request.extensions().get().copied() {
        Some(own) => own,
        None => of_axum(&mut request).unwrap_or_default(),
    };
    let is_json = is_json(request.headers());
    let body = request.into_body();
    let mut bytes = Vec::new();
    let take = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok::<_, Unread>(())
    };
    let read = if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        Err(Unread::TooLarge)
    } else {
        body::read(body, limit, take).await
    };
    match read {
        Ok(()) => Ok(Body { bytes, is_json }),
        Err(Unread::TooLarge) => {
            let detail = format!("The body is larger than {limit} bytes.");
            Err(unread(Unread::TooLarge.status(), detail))
        }
        Err(Unread::Slow) => Err(unread(Unread::Slow.status(), "The body came too slowly.")),
        Err(Unread::Incomplete) => Err(unparsable()),
    }
}

/// What axum's `DefaultBodyLimit` says, if a layer set one: it tells no more of itself than what becomes of a body.
fn of_axum(request: &mut Request) -> Option<JsonLimit> {
    /// What it says where no layer did.
    const UNSET: u64 = 2 << 20;
    let mut probe = Request::new(RequestBody::new(Endless));
    std::mem::swap(probe.extensions_mut(), request.extensions_mut());
    let mut probe = probe.with_limited_body();
    std::mem::swap(probe.extensions_mut(), request.extensions_mut());
    match probe.body().size_hint().upper() {
        Some(UNSET) => None,
        limit => Some(JsonLimit(
            limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX)),
        )),
    }
}

/// A body of which nobody knows how long it is.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// FastAPI's answer to a body that is no text, or broke off.
pub(super) fn unparsable() -> InputRefusal {
    unread(StatusCode::BAD_REQUEST, "There was an error parsing the body")
}

fn unread(status: StatusCode, detail: impl Into<String>) -> InputRefusal {
    let detail = detail.into();
    InputRefusal::Unread(Refusal::BadBody { status, detail })
}

/// `application/json` or `application/…+json`, as FastAPI reads the header. Without one a body is not JSON: a page of
/// another site can send such a request without asking first (CORS), and could not with the right type.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    !subtype.contains('/') && (subtype == "json" || subtype.ends_with("+json"))
}
