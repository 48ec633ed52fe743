//! The `Authorization` header of a request (RFC 9110 §11.6.2).

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The header came twice: neither is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Twice;

/// The one header there may be.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<&[u8]>, Twice> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(http::HeaderValue::as_bytes)),
        _ => Err(Twice),
    }
}

/// The name of the scheme and what stands behind it. The chapter's framework takes any run of blanks for the one space of
/// the grammar.
pub(crate) fn split(value: &[u8]) -> (&[u8], &[u8]) {
    let space = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (name, rest) = value.split_at_checked(space).unwrap_or((value, &[]));
    (name, rest.trim_ascii())
}

/// What stands behind the name of the scheme (without case, RFC 9110 §11.1); `None` of another scheme.
pub(crate) fn of_scheme<'a>(value: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let (name, rest) = split(value);
    name.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)
}
