//! An origin that is named.

use http::HeaderValue;
use portcullis_core::canonical_origin;

use super::CorsError;

/// Reads an origin.
pub(super) fn parse(text: &str) -> Result<HeaderValue, CorsError> {
    if text == "*" {
        return Err(CorsError::Any);
    }
    canonical_origin(text)
        .and_then(|origin| HeaderValue::try_from(origin).map_err(|_| "it has characters that no origin has"))
        .map_err(|why| CorsError::NoOrigin {
            text: text.to_owned(),
            why,
        })
}
