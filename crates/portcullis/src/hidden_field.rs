//! The hidden field of a form that shows that its page is the session's own: it stands in the body, which guards do not read.

use axum::body::Body;
use http::header::{COOKIE, ORIGIN};
use http::{HeaderName, Request};
use tokio::time::timeout;

use crate::body::{self, Unread};
use crate::cross_site::{SEC_FETCH_SITE, may_change};
use crate::form::{FormLimits, Parameter, is_urlencoded, only_text};
use crate::refusal::Refusal;

/// The header with the same text.
pub(crate) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// How large a form may be whose field is looked for: as large as axum reads one.
const AT_MOST: usize = 2 << 20;

/// What the field holds, beside the request.
#[derive(Clone)]
pub(crate) struct HiddenField(pub(crate) String);

/// Whether nothing but a field could show who asks: a form that changes something comes with a cookie, and its browser says
/// nothing.
pub(crate) fn may_count(request: &Request<Body>) -> bool {
    let headers = request.headers();
    let said = [&SEC_FETCH_SITE, &ORIGIN, &CSRF_HEADER];
    may_change(request.method(), headers)
        && headers.contains_key(COOKIE)
        && !said.iter().any(|name| headers.contains_key(*name))
        && is_urlencoded(headers)
}

/// Reads the form and puts its field beside the request, which stays whole.
///
/// # Errors
/// The form cannot be read.
pub(crate) async fn look(request: Request<Body>) -> Result<Request<Body>, Refusal> {
    let (mut parts, body) = request.into_parts();
    let mut bytes = Vec::new();
    let reading = body::read(body, AT_MOST, |piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, Unread>(())
    });
    let time = FormLimits::default().time;
    let read = timeout(time, reading).await.unwrap_or(Err(Unread::Slow));
    read.map_err(|unread| Refusal::BadBody {
        status: unread.status(),
        detail: "The form could not be read.".to_owned(),
    })?;
    if let Some(text) = only_text(&bytes, &[Parameter::CsrfToken]) {
        parts.extensions.insert(HiddenField(text));
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
