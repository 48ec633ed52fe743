//! Where a router stands: what comes before its paths in those that clients send.

use axum::extract::OriginalUri;
use http::{Extensions, Request, Uri};

use super::path::canonical;

/// What routers around this one took off the path: `/api/v1` where it is nested there, nothing at the root. Spelled
/// canonically.
pub(crate) fn outside<B>(request: &Request<B>) -> String {
    of_parts(request.extensions(), request.uri())
}

/// The same of a request in parts.
pub(crate) fn of_parts(extensions: &Extensions, uri: &Uri) -> String {
    let Some(OriginalUri(original)) = extensions.get::<OriginalUri>() else {
        return String::new();
    };
    let (whole, own) = (canonical(original.path()), canonical(uri.path()));
    // At its root a nested router sees `/` where the client sent no slash.
    let before = match &*own {
        "/" => whole.trim_end_matches('/'),
        own => whole.strip_suffix(own).unwrap_or_default(),
    };
    before.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_before_a_path_is_what_was_taken_off() {
        for (sent, seen, before) in [
            ("/users/me", "/users/me", ""),
            ("/api/v1/users/me", "/users/me", "/api/v1"),
            ("/api/v1/users/m%65", "/users/me", "/api/v1"),
            ("/api", "/", "/api"),
            ("/api/", "/", "/api"),
            ("/", "/", ""),
            ("/elsewhere", "/users/me", ""),
        ] {
            let mut extensions = Extensions::new();
            extensions.insert(OriginalUri(sent.parse().unwrap()));
            assert_eq!(of_parts(&extensions, &seen.parse().unwrap()), before, "{sent} {seen}");
        }
        assert_eq!(of_parts(&Extensions::new(), &"/x".parse().unwrap()), "");
    }
}
