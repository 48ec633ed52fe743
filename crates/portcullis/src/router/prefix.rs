//! Where a router stands: what comes before its paths in those that clients send.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{FromRequestParts, OriginalUri};
use http::request::Parts;
use http::{Extensions, Request, Uri};
use tower_layer::Layer;
use tower_service::Service;

use super::path::canonical;
use crate::openapi::{Describe, Operation};

/// The prefix under which the world reaches the application, such as `/api/v1`; nothing at the root. FastAPI's
/// `request.scope["root_path"]`.
///
/// It is what a proxy takes off, where that was told ([`Front::root_path`](crate::Front::root_path), or
/// [`RootPath::told`]), and what routers around this one took off. Spelled canonically, without a slash at its end.
///
/// ```
/// use portcullis::{ApiRouter, RootPath, get};
///
/// async fn link(RootPath(prefix): RootPath) -> String {
///     format!("{prefix}/items/7")
/// }
///
/// let app: ApiRouter = ApiRouter::new().api_route("/link", get(link));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPath(pub String);

impl RootPath {
    /// A layer that tells an axum router what a proxy in front takes off the paths that clients send: for a server that knows
    /// it where the applications in it do not. What an application was told itself goes before.
    ///
    /// ```
    /// use portcullis::RootPath;
    ///
    /// let app = axum::Router::new().layer(RootPath::told("/api/v1"));
    /// # let app: axum::Router = app;
    /// ```
    pub fn told(path: &str) -> Telling {
        let path = canonical(path.trim_matches('/')).into_owned();
        Telling(match &*path {
            "" => "".into(),
            path => format!("/{path}").into(),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RootPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(of_parts(&parts.extensions, &parts.uri)))
    }
}

impl Describe for RootPath {
    fn describe(_: &mut Operation) {}
}

/// Layer of [`RootPath::told`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling(Arc<str>);

impl Telling {
    /// The prefix, which is empty at the root.
    pub(crate) fn path(&self) -> &str {
        &self.0
    }
}

impl Default for Telling {
    fn default() -> Self {
        Self("".into())
    }
}

impl<S> Layer<S> for Telling {
    type Service = Told<S>;

    fn layer(&self, inner: S) -> Told<S> {
        let path = self.clone();
        Told { inner, path }
    }
}

/// What stands behind [`RootPath::told`].
#[derive(Debug, Clone)]
pub struct Told<S> {
    inner: S,
    path: Telling,
}

impl<S, B> Service<Request<B>> for Told<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(self.path.clone());
        self.inner.call(request)
    }
}

/// What stands before our paths in those that the world sees.
pub(crate) fn prefix<B>(request: &Request<B>) -> String {
    of_parts(request.extensions(), request.uri())
}

fn of_parts(extensions: &Extensions, uri: &Uri) -> String {
    let told = extensions.get::<Telling>().map_or("", Telling::path);
    format!("{told}{}", outside(extensions, uri))
}

/// Gives a service below a path the path as it was sent. Where two slashes stand behind the prefix, axum's `nest_service` takes
/// one of them off with it: `/mounted//app` would be another spelling of `/mounted/app`, which who looks at paths in front of
/// us, a proxy or a cache, takes for something else.
pub(super) fn with_every_slash<B>(mut request: Request<B>) -> Request<B> {
    if let Some(uri) = taken_slash(request.extensions(), request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

/// The target with the slash that was taken off too much, if one was.
fn taken_slash(extensions: &Extensions, uri: &Uri) -> Option<Uri> {
    let OriginalUri(original) = extensions.get::<OriginalUri>()?;
    original
        .path()
        .strip_suffix(uri.path())
        .filter(|before| before.ends_with('/'))?;
    let target = match uri.query() {
        Some(query) => format!("/{}?{query}", uri.path()),
        None => format!("/{}", uri.path()),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// What routers around this one took off the path: `/api/v1` where it is nested there, nothing at the root. Spelled
/// canonically.
fn outside(extensions: &Extensions, uri: &Uri) -> String {
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
            assert_eq!(outside(&extensions, &seen.parse().unwrap()), before, "{sent} {seen}");
        }
        assert_eq!(outside(&Extensions::new(), &"/x".parse().unwrap()), "");
    }

    #[test]
    fn a_slash_that_was_taken_off_too_much_is_given_back() {
        for (sent, seen, given) in [
            ("/mounted//app", "/app", Some("//app")),
            ("/mounted//app?a=b", "/app?a=b", Some("//app?a=b")),
            ("/mounted//", "/", Some("//")),
            ("/mounted///app", "//app", Some("///app")),
            ("/mounted/app", "/app", None),
            ("/mounted/", "/", None),
            ("/mounted", "/", None),
            ("/mounted/a//b", "/a//b", None),
            ("/elsewhere/", "/app", None),
        ] {
            let mut request = Request::get(seen).body(()).unwrap();
            request.extensions_mut().insert(OriginalUri(sent.parse().unwrap()));
            let whole = with_every_slash(request);
            assert_eq!(whole.uri().to_string(), given.unwrap_or(seen), "{sent}");
        }
        let alone = with_every_slash(Request::get("/app").body(()).unwrap());
        assert_eq!(alone.uri(), "/app");
    }

    #[test]
    fn what_was_told_comes_before_what_was_taken_off_in_one_spelling() {
        for (told, expected) in [
            ("", "/sub"),
            ("/", "/sub"),
            ("api/v1/", "/api/v1/sub"),
            ("//evil.example", "/evil.example/sub"),
            ("/a\\b", "/a%5Cb/sub"),
        ] {
            let mut extensions = Extensions::new();
            extensions.insert(OriginalUri("/sub/x".parse().unwrap()));
            extensions.insert(RootPath::told(told));
            assert_eq!(of_parts(&extensions, &"/x".parse().unwrap()), expected, "{told}");
        }
    }
}
