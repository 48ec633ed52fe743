//! Where a key stands in a request, and how it is read there.

use ::http::request::Parts;

use crate::cookie_header::in_cookies;
use crate::form::decode;
use crate::openapi::In;
use crate::personal;

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header of the key's name.
    Header,
    /// A parameter of the query. What stands in addresses is kept in logs and histories: prefer a header.
    Query,
    /// A cookie.
    Cookie,
}

impl From<KeyPlace> for In {
    fn from(place: KeyPlace) -> Self {
        match place {
            KeyPlace::Header => Self::Header,
            KeyPlace::Query => Self::Query,
            KeyPlace::Cookie => Self::Cookie,
        }
    }
}

/// Whether a key of that place may have this name: headers and cookies are named by tokens (RFC 9110 §5.1, RFC 6265 §4.1.1).
pub const fn is_key_name(place: KeyPlace, name: &str) -> bool {
    let mut rest = name.as_bytes();
    if rest.is_empty() {
        return false;
    }
    if matches!(place, KeyPlace::Query) {
        return true;
    }
    while let Some((first, tail)) = rest.split_first() {
        let special = matches!(
            *first,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        if !first.is_ascii_alphanumeric() && !special {
            return false;
        }
        rest = tail;
    }
    true
}

/// Why no key can be taken from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It came more than once, with different values: another reader of the request may take the other one.
    Doubled,
    /// It is no text.
    NotText,
}

/// The key of this name. An empty one is none. What is answered to one is somebody's own.
pub(super) fn read(place: KeyPlace, name: &str, parts: &Parts) -> Result<Option<String>, Unreadable> {
    let value = match place {
        KeyPlace::Header => one(parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes().to_vec()))?,
        KeyPlace::Query => one(in_query(parts.uri.query().unwrap_or_default(), name))?,
        KeyPlace::Cookie => one(in_cookies(&parts.headers, name).map(<[u8]>::to_vec))?,
    };
    // RFC 6265 §4.1.1.
    if place == KeyPlace::Cookie && value.as_ref().is_some_and(|value| !value.is_ascii()) {
        return Err(Unreadable::NotText);
    }
    let text = value.map(String::from_utf8).transpose();
    let key = text.map_err(|_| Unreadable::NotText)?.filter(|key| !key.is_empty());
    if key.is_some() {
        personal::tell();
    }
    Ok(key)
}

/// The one value that all have.
fn one(mut values: impl Iterator<Item = Vec<u8>>) -> Result<Option<Vec<u8>>, Unreadable> {
    let first = values.next();
    if values.any(|other| Some(&other) != first.as_ref()) {
        return Err(Unreadable::Doubled);
    }
    Ok(first)
}

/// The values of a parameter, as a form has them: pairs between `&`, percent-encoded, a blank as `+`.
fn in_query<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
    query
        .as_bytes()
        .split(|byte| *byte == b'&')
        .filter(move |pair| is_of(pair, name))
        .map(|pair| decode(halves(pair).1))
}

/// Whether a pair of the query has this name.
pub(super) fn is_of(pair: &[u8], name: &str) -> bool {
    decode(halves(pair).0) == name.as_bytes()
}

/// A pair by its first `=`.
fn halves(pair: &[u8]) -> (&[u8], &[u8]) {
    let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
    (
        pair.get(..at).unwrap_or(pair),
        pair.get(at.saturating_add(1)..).unwrap_or_default(),
    )
}
