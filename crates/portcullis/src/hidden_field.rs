//! The hidden field of a form that shows that its page is the session's own: it stands in the body, which guards do not read.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Request};
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

/// Whether a request brings one cookie of the session's name, and that was made here: no stranger has one, and telling it costs
/// no look-up.
#[derive(Clone)]
pub(crate) struct OwnCookie(Arc<dyn Fn(&HeaderMap) -> bool + Send + Sync>);

impl OwnCookie {
    pub(crate) fn told_by(tell: impl Fn(&HeaderMap) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for OwnCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnCookie(..)")
    }
}

/// Whether nothing but a field could show who asks: a form that changes something comes with a cookie of ours, and its
/// browser says nothing. For nobody else a body is kept before a guard was asked.
pub(crate) fn may_count(request: &Request<Body>, own: &OwnCookie) -> bool {
    let headers = request.headers();
    let said = [&SEC_FETCH_SITE, &ORIGIN, &CSRF_HEADER];
    may_change(request.method(), headers)
        && !said.iter().any(|name| headers.contains_key(*name))
        && is_urlencoded(headers)
        && (own.0)(headers)
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
