//! What a request shows of who asks.

use http::{HeaderName, HeaderValue};

use crate::fail::OrFail as _;

/// What a browser says of the page that asks (Fetch Metadata).
pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The value of `Authorization` with a bearer token.
pub(crate) fn bearer(token: &str) -> HeaderValue {
    value(&format!("Bearer {token}"))
}

/// A value of a header.
pub(crate) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).or_fail("a header takes printable ASCII")
}
