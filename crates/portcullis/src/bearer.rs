//! The bearer token of a request (RFC 6750 §2.1).

use http::HeaderMap;

use crate::authorization::{Twice, authorization, of_scheme};

/// The bearer token of a request: `None` without an `Authorization` header or with another scheme (RFC 6750 §2.1;
/// scheme names without case, RFC 9110 §11.1).
///
/// # Errors
/// The header came twice, or is not text.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Unreadable> {
    match authorization(headers) {
        Ok(value) => value.map_or(Ok(None), parse_bearer),
        Err(Twice) => Err(Unreadable::Twice),
    }
}

/// Why an `Authorization` header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It came twice: neither is to be believed.
    Twice,
    /// The token has bytes that no token has.
    NotText,
}

/// Reads one `Authorization` value. Public for fuzzing only.
#[doc(hidden)]
pub fn parse_bearer(value: &[u8]) -> Result<Option<&str>, Unreadable> {
    let Some(token) = of_scheme(value, "bearer") else {
        return Ok(None);
    };
    match std::str::from_utf8(token) {
        Ok(token) if token.is_ascii() => Ok(Some(token)),
        _ => Err(Unreadable::NotText),
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn no_header_or_another_scheme_is_no_token() {
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        for other in ["", "Basic abc", "Bearer\tabc", "Bearerabc", "Token abc"] {
            assert_eq!(parse_bearer(other.as_bytes()), Ok(None), "{other:?}");
        }
    }

    #[test]
    fn two_headers_are_refused_even_if_one_is_good() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, http::HeaderValue::from_static("Bearer a"));
        headers.append(AUTHORIZATION, http::HeaderValue::from_static("Bearer b"));
        assert_eq!(bearer(&headers), Err(Unreadable::Twice));
    }

    #[test]
    fn a_scheme_without_a_token_is_an_empty_token_and_not_no_token() {
        assert_eq!(parse_bearer(b"Bearer"), Ok(Some("")));
        assert_eq!(parse_bearer(b"bEaReR  \t abc"), Ok(Some("abc")));
    }

    #[test]
    fn bytes_beyond_ascii_are_no_token() {
        assert_eq!(parse_bearer(b"Bearer \xff"), Err(Unreadable::NotText));
        assert_eq!(parse_bearer("Bearer \u{e9}".as_bytes()), Err(Unreadable::NotText));
    }
}
