//! The finished router, which answers as Starlette does where no handler stands.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use tower::ServiceExt;

use super::overlap::{Overlap, overlap};
use super::path::{canonical, canonical_route};
use super::{ApiRouter, Route};

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// The axum router, with FastAPI's answers where no handler stands:
    ///
    /// - an unknown path: 404 `{"detail":"Not Found"}`;
    /// - a method that the path does not have (HEAD and OPTIONS too): 405 `{"detail":"Method Not Allowed"}` with `Allow`;
    /// - a path that differs from a route by the slash at its end: 307 to that route, with the query, before any
    ///   guard. `Location` is a path and never names a host (RFC 9110 §10.2.2), so that no `Host` header can lead a
    ///   client with a token elsewhere;
    /// - a percent-encoded letter is the letter (RFC 3986 §6.2.2.2); `%2F` is data and never a separator.
    ///
    /// As in axum, and unlike Starlette, a parameter between two slashes may be empty.
    ///
    /// A request that matches a route pays nothing for this, except where a route with a parameter overlaps another
    /// one, as `/users/{name}` does `/users/me`: there the spelling is looked at first.
    ///
    /// # Panics
    /// As axum's: a path that does not begin with `/` or conflicts with another, two handlers for one method.
    pub fn finish(self, state: S) -> Router {
        let routes: Vec<(String, MethodRouter<S, Infallible>)> =
            self.into_joined().into_iter().map(answering).collect();
        let all: Vec<&str> = routes.iter().map(|(path, _)| path.as_str()).collect();
        let core = assemble(routes.iter().cloned(), state.clone());
        let lost = Lost {
            core: core.clone(),
            paths: Arc::new(table(&all)),
        };
        let overlaps: Vec<Overlap> = all.iter().map(|path| overlap(path, &all)).collect();
        if overlaps.contains(&Overlap::Parameters) {
            return spelled_first(core.fallback(move |request| lost.clone().answer(request)));
        }
        let checked = routes
            .iter()
            .zip(&overlaps)
            .enumerate()
            .map(|(own, ((path, methods), overlap))| {
                let methods = methods.clone();
                let checks = *overlap == Overlap::Literals;
                (
                    path.clone(),
                    if checks {
                        checking_spelling(methods, own, lost.clone())
                    } else {
                        methods
                    },
                )
            });
        let router = assemble(checked, state);
        router.fallback(move |request| lost.clone().answer(request))
    }
}

fn assemble<S>(routes: impl Iterator<Item = (String, MethodRouter<S, Infallible>)>, state: S) -> Router
where
    S: Clone + Send + Sync + 'static,
{
    let router = routes.fold(Router::new(), |router, (path, methods)| router.route(&path, methods));
    router
        .method_not_allowed_fallback(|| std::future::ready(not_allowed(None)))
        .with_state(state)
}

/// The paths by their place in the list.
fn table(paths: &[&str]) -> matchit::Router<usize> {
    let mut table = matchit::Router::new();
    for (place, path) in paths.iter().enumerate() {
        // A conflict is reported by axum, which matches by the same rules.
        let _ = table.insert(*path, place);
    }
    table
}

/// A route with its path spelled canonically and its 405.
fn answering<S>(route: Route<S>) -> (String, MethodRouter<S, Infallible>)
where
    S: Clone + Send + Sync + 'static,
{
    let Route {
        path,
        methods,
        endpoints,
        described,
    } = route;
    let named: Vec<&Method> = endpoints.iter().map(|endpoint| &endpoint.method).collect();
    (
        canonical_route(&path),
        if described {
            refuse_others(methods, &named)
        } else {
            methods
        },
    )
}

/// Adds the 405 of the methods that are not named; axum would answer HEAD with the handler of GET.
fn refuse_others<S>(methods: MethodRouter<S, Infallible>, named: &[&Method]) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    let list = named
        .iter()
        .map(|method| method.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    // Methods of the http crate are plain ASCII.
    let allow = HeaderValue::from_str(&list).ok();
    let head = allow.clone();
    let methods = methods.fallback(move || std::future::ready(not_allowed(allow.clone())));
    if named.contains(&&Method::GET) && !named.contains(&&Method::HEAD) {
        return methods.on(MethodFilter::HEAD, move || {
            std::future::ready(not_allowed(head.clone()))
        });
    }
    methods
}

/// A route with a parameter, the one at `own`, would take `%6de` before the route `me` is asked: it passes on what
/// belongs to another route. That one has no parameters: axum would add them to those found here.
fn checking_spelling<S>(methods: MethodRouter<S, Infallible>, own: usize, lost: Lost) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    methods.layer(from_fn(move |request: Request<Body>, next: Next| {
        let elsewhere = lost.is_elsewhere(request.uri().path(), own).then(|| lost.clone());
        async move {
            match elsewhere {
                Some(lost) => lost.answer(request).await,
                None => next.run(request).await,
            }
        }
    }))
}

/// The same before any route is looked for, where that other route has parameters too.
fn spelled_first(core: Router) -> Router {
    Router::new().fallback(move |mut request: Request<Body>| {
        let core = core.clone();
        async move {
            if let Cow::Owned(path) = canonical(request.uri().path()) {
                match with_path(request.uri(), &path) {
                    Some(uri) => *request.uri_mut() = uri,
                    None => return not_found(),
                }
            }
            core.oneshot(request).await.into_response()
        }
    })
}

/// What answers a request whose path matches no route as it is spelled.
#[derive(Clone)]
struct Lost {
    core: Router,
    paths: Arc<matchit::Router<usize>>,
}

impl Lost {
    /// Whether a path that matched the route at `own` is another one's once it is spelled canonically.
    fn is_elsewhere(&self, path: &str, own: usize) -> bool {
        match canonical(path) {
            Cow::Borrowed(_) => false,
            Cow::Owned(path) => self.paths.at(&path).is_ok_and(|found| *found.value != own),
        }
    }

    async fn answer(self, mut request: Request<Body>) -> Response {
        let path = canonical(request.uri().path());
        if let Cow::Owned(path) = &path
            && self.paths.at(path).is_ok()
        {
            return match with_path(request.uri(), path) {
                Some(uri) => {
                    *request.uri_mut() = uri;
                    self.core.oneshot(request).await.into_response()
                }
                None => not_found(),
            };
        }
        match self.redirect(&path, request.uri().query()) {
            Some(location) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response(),
            None => not_found(),
        }
    }

    /// The route that differs by the slash at the end. `path` is spelled canonically: without a backslash, which a
    /// browser takes for a slash. What begins with two slashes would name a host.
    fn redirect(&self, path: &str, query: Option<&str>) -> Option<HeaderValue> {
        if path == "/" || !path.starts_with('/') || path.starts_with("//") {
            return None;
        }
        let mut other = match path.trim_end_matches('/') {
            bare if bare.len() < path.len() => bare.to_owned(),
            _ => format!("{path}/"),
        };
        self.paths.at(&other).ok()?;
        if let Some(query) = query {
            other.push('?');
            other.push_str(query);
        }
        HeaderValue::try_from(other).ok()
    }
}

/// The target with another path.
fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    target.parse().ok()
}

fn not_found() -> Response {
    detail(StatusCode::NOT_FOUND, r#"{"detail":"Not Found"}"#)
}

fn not_allowed(allow: Option<HeaderValue>) -> Response {
    let mut response = detail(StatusCode::METHOD_NOT_ALLOWED, r#"{"detail":"Method Not Allowed"}"#);
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

fn detail(status: StatusCode, body: &'static str) -> Response {
    (
        status,
        [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body,
    )
        .into_response()
}
