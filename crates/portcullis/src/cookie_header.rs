//! The cookies of a request.

use http::HeaderMap;
use http::header::COOKIE;

/// The values of a cookie over all headers (RFC 9113 §8.2.3 splits them): pairs between `;`, without the blanks around name
/// and value and the quotes around the value (RFC 6265 §4.1.1).
pub(crate) fn in_cookies<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        // What has no name is no cookie of ours.
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (own, _) = pair.split_at_checked(at)?;
        let value = pair.get(at.saturating_add(1)..)?.trim_ascii();
        (own.trim_ascii() == name.as_bytes()).then(|| unquoted(value))
    })
}

fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    inner.unwrap_or(value)
}
