//! What a request shows of who asks.

use http::HeaderValue;

use crate::fail::OrFail as _;

/// The value of `Authorization` with a bearer token.
pub(crate) fn bearer(token: &str) -> HeaderValue {
    value(&format!("Bearer {token}"))
}

/// A value of a header.
pub(crate) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).or_fail("a header takes printable ASCII")
}
