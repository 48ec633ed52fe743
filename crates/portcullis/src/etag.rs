//! What a client has already.

use http::HeaderMap;
use http::header::IF_NONE_MATCH;

/// Whether `If-None-Match` names this tag, quotes and all, or any (RFC 9110 §13.1.2; a weak one matches too): then the
/// answer to GET or HEAD is 304.
pub(crate) fn none_match(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(IF_NONE_MATCH).iter();
    let known = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    known
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
