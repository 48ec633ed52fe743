//! Changes that a page of another site asks for: a browser sends the user's cookies along whoever asks.

use ::http::header::{HOST, ORIGIN, UPGRADE};
use ::http::request::Parts;
use ::http::{HeaderValue, Method};

/// Whether a request changes something, or opens a WebSocket (which no CORS guards, RFC 6455 §10.2), and comes from a page of
/// another origin. `Sec-Fetch-Site` tells; of browsers that do not send it, `Origin`. What sends neither is no browser.
pub(super) fn is_asked_by_another_site(parts: &Parts) -> bool {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(&parts.method);
    if safe && !parts.headers.contains_key(UPGRADE) {
        return false;
    }
    if let Some(site) = parts.headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let origin = parts.headers.get(ORIGIN).map(HeaderValue::as_bytes);
    origin.is_some_and(|origin| !is_own(origin, parts))
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
