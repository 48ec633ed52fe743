//! By whose page a request was asked for: a browser sends the user's cookies along whoever asks.

use http::header::{HOST, ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// What a browser says of the page that asks (Fetch Metadata).
pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// By whose page a request was asked for, as far as a browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// One of the application's own origin, or the user alone.
    Own,
    /// One of another origin, be it a sibling.
    Another,
    /// Nothing says so: an old browser, or none.
    Unsaid,
}

/// Whether a request may change something, or opens a WebSocket (which no CORS guards, RFC 6455 §10.2).
pub(crate) fn may_change(method: &Method, headers: &HeaderMap) -> bool {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method);
    !safe || headers.contains_key(UPGRADE)
}

/// By whose page it was asked for: `Sec-Fetch-Site` tells, which pages cannot set; of browsers that do not send it, `Origin`.
pub(crate) fn asked_by(headers: &HeaderMap, is_own: impl FnOnce(&[u8]) -> bool) -> AskedBy {
    let told = |own| if own { AskedBy::Own } else { AskedBy::Another };
    if headers.contains_key(SEC_FETCH_SITE) {
        let site = only(headers, &SEC_FETCH_SITE);
        return told(site.is_some_and(|site| site == "same-origin" || site == "none"));
    }
    if headers.contains_key(ORIGIN) {
        return told(only(headers, &ORIGIN).is_some_and(|origin| is_own(origin.as_bytes())));
    }
    AskedBy::Unsaid
}

/// The value of a header that came once.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    first.filter(|_| values.next().is_none())
}

/// Whether a request changes something, or opens a WebSocket, and comes from a page of another origin than that which it was
/// sent to. What says nothing of itself is no browser.
pub(crate) fn is_asked_by_another_site(parts: &Parts) -> bool {
    may_change(&parts.method, &parts.headers)
        && asked_by(&parts.headers, |origin| is_own(origin, parts)) == AskedBy::Another
}

/// Whether the origin's host and port are those that the request was sent to. The scheme is not known behind a proxy.
fn is_own(origin: &[u8], parts: &Parts) -> bool {
    let host = origin
        .strip_prefix(b"https://")
        .or_else(|| origin.strip_prefix(b"http://"));
    let sent_to = match parts.uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => parts.headers.get(HOST).map(HeaderValue::as_bytes),
    };
    host.zip(sent_to)
        .is_some_and(|(host, sent_to)| host.eq_ignore_ascii_case(sent_to))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn foreign(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = Request::builder()
            .method(method)
            .uri("/")
            .header(HOST, "api.example:8000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_asked_by_another_site(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_change_from_another_site_or_from_a_sibling_is_foreign() {
        for site in ["cross-site", "same-site", "anything"] {
            assert!(foreign("POST", &[("sec-fetch-site", site)]), "{site}");
            assert!(
                foreign("GET", &[("upgrade", "websocket"), ("sec-fetch-site", site)]),
                "{site}"
            );
        }
        for origin in [
            "https://evil.example",
            "null",
            "",
            "https://api.example",
            "https://api.example:8000.evil.example",
        ] {
            assert!(foreign("DELETE", &[("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn what_says_two_things_is_foreign() {
        for doubled in [
            [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "none"), ("sec-fetch-site", "none")],
            [
                ("origin", "https://api.example:8000"),
                ("origin", "https://evil.example"),
            ],
        ] {
            assert!(foreign("POST", &doubled), "{doubled:?}");
        }
    }

    #[test]
    fn own_pages_programs_and_mere_reading_are_not() {
        assert!(!foreign(
            "POST",
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://elsewhere.example")
            ]
        ));
        assert!(!foreign("POST", &[("sec-fetch-site", "none")]));
        assert!(!foreign("POST", &[("origin", "https://API.example:8000")]));
        assert!(!foreign("POST", &[]));
        assert!(!foreign(
            "GET",
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        ));
    }
}
