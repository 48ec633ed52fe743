//! Where a browser is led.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, StatusCode};
use zeroize::Zeroizing;

/// A path of this site, with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    /// The one that was asked for, if it is a path of this site: after the slash at its beginning browsers would take another
    /// slash, or a backslash, for the beginning of a host, and they pass over blanks.
    pub(super) fn asked(text: Option<Zeroizing<String>>) -> Option<Self> {
        let text = text?;
        let mut rest = text.strip_prefix('/')?.bytes();
        let stays = !text.starts_with("//") && rest.all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        stays.then(|| Self(text.to_string()))
    }

    /// The root of what stands below a prefix. One with two slashes at its beginning, which a parameter that may be empty makes,
    /// would be a host.
    pub(super) fn root(prefix: &str) -> Self {
        Self(match prefix.starts_with("//") {
            true => "/".to_owned(),
            false => format!("{prefix}/"),
        })
    }

    /// The same with why, behind what stands there already.
    pub(super) fn because(mut self, why: &str) -> Self {
        let fragment = self.0.find('#').unwrap_or(self.0.len());
        let sign = if self.0.contains('?') { '&' } else { '?' };
        self.0.insert_str(fragment, &format!("{sign}error={why}"));
        self
    }
}

impl IntoResponse for Target {
    /// Whatever was posted, a page is asked for next (303, RFC 9110 §15.4.4).
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        if let Ok(location) = HeaderValue::try_from(self.0) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// What is answered to whoever logged in or out: a page's form is led on, a script is told that it is done.
pub(super) fn done(lead: Option<Target>) -> Response {
    let mut response = match lead {
        Some(target) => target.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<String> {
        Target::asked(Some(Zeroizing::new(text.to_owned()))).map(|target| target.0)
    }

    #[test]
    fn what_leads_to_another_site_or_may_do_so_is_no_target() {
        for text in [
            "",
            "notes",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /notes",
            "/no tes",
            "https://evil.example/",
            "javascript:alert(1)",
            "/nötes",
            "/notes\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(asked(text), None, "{text:?}");
        }
        assert_eq!(Target::asked(None), None);
    }

    #[test]
    fn a_path_of_this_site_is_one_with_its_query() {
        for text in [
            "/",
            "/notes",
            "/notes?page=2&next=//x#last",
            "/a//b",
            "/%2F%2Fevil.example",
        ] {
            assert_eq!(asked(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_root_below_a_prefix_is_no_host() {
        for (prefix, root) in [("", "/"), ("/app", "/app/"), ("//evil.example", "/")] {
            assert_eq!(Target::root(prefix).0, root);
        }
    }

    #[test]
    fn why_a_login_failed_stands_in_the_query() {
        for (path, expected) in [
            ("/login", "/login?error=refused"),
            ("/login?next=/a", "/login?next=/a&error=refused"),
            ("/login#form", "/login?error=refused#form"),
        ] {
            assert_eq!(Target(path.to_owned()).because("refused").0, expected);
        }
    }
}
