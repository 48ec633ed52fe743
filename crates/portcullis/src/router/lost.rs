//! What answers a request whose path matches no route as it is spelled.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use axum::middleware::{Next, map_request};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::{Extensions, Request, StatusCode, Uri, header};
use tower::ServiceExt as _;

use super::path::canonical;
use super::prefix::prefix;
use super::refuse::not_found;

/// Asked when no route was found, and by routes that would take another one's path.
#[derive(Clone)]
pub(super) struct Lost(Arc<Shared>);

struct Shared {
    /// The routes once more, for requests with another spelling.
    respelled: Router,
    paths: matchit::Router<usize>,
    /// By the prefix below which each answers.
    fallbacks: Vec<(String, MethodRouter)>,
}

/// What a request carried before its routes were asked with another spelling.
#[derive(Clone)]
struct Before(Extensions);

impl Lost {
    pub(super) fn new(routes: &[(String, MethodRouter)], mut fallbacks: Vec<(String, MethodRouter)>) -> Self {
        let mut respelled = Router::new();
        let mut paths = matchit::Router::new();
        for (place, (path, methods)) in routes.iter().enumerate() {
            respelled = respelled.route(path, methods.clone());
            // A conflict is reported by axum, which matches by the same rules.
            let _ = paths.insert(path, place);
        }
        // The nearest first.
        fallbacks.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self(Arc::new(Shared {
            respelled: respelled.layer(map_request(async |request| adopt(request))),
            paths,
            fallbacks,
        }))
    }

    /// Whether a path that matched the route at `own` is another one's once it is spelled canonically.
    pub(super) fn is_elsewhere(&self, path: &str, own: usize) -> bool {
        match canonical(path) {
            Cow::Borrowed(_) => false,
            Cow::Owned(path) => self.0.paths.at(&path).is_ok_and(|found| *found.value != own),
        }
    }

    pub(super) async fn answer(self, request: Request<Body>) -> Response {
        let path = canonical(request.uri().path());
        if let Cow::Owned(path) = &path
            && self.0.paths.at(path).is_ok()
        {
            return match with_path(request.uri(), path) {
                Some(uri) => self.respell(request, uri).await,
                None => not_found(),
            };
        }
        if let Some(response) = self.redirection(&request) {
            return response;
        }
        let below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self.0.fallbacks.iter().find(|(prefix, _)| below(prefix)) {
            Some((_, fallback)) => fallback.clone().oneshot(request).await.into_response(),
            None => not_found(),
        }
    }

    /// Asks the routes anew. A route that was asked before left its parameters and its path among the extensions, to
    /// which axum would add: the routes are asked without any, and then what they found goes before what was there.
    async fn respell(&self, request: Request<Body>, uri: Uri) -> Response {
        let (mut head, body) = request.into_parts();
        head.uri = uri;
        let before = Before(std::mem::take(&mut head.extensions));
        head.extensions.insert(before);
        let request = Request::from_parts(head, body);
        self.0.respelled.clone().oneshot(request).await.into_response()
    }

    /// 307 to the route that differs by the slash at the end, and 404 where there is none.
    pub(super) async fn redirect(self, request: Request<Body>) -> Response {
        self.redirection(&request).unwrap_or_else(not_found)
    }

    /// The path is spelled canonically: without a backslash, which a browser takes for a slash. What begins with two
    /// slashes would name a host.
    fn redirection(&self, request: &Request<Body>) -> Option<Response> {
        let path = canonical(request.uri().path());
        if path == "/" || !path.starts_with('/') || path.starts_with("//") {
            return None;
        }
        let other = match path.trim_end_matches('/') {
            bare if bare.len() < path.len() => bare.to_owned(),
            _ => format!("{path}/"),
        };
        self.0.paths.at(&other).ok()?;
        lead_to(request, &other)
    }
}

/// 307 to a path of this router, with the query.
fn lead_to(request: &Request<Body>, path: &str) -> Option<Response> {
    let mut location = format!("{}{path}", prefix(request));
    if location.starts_with("//") {
        return None;
    }
    if let Some(query) = request.uri().query() {
        location.push('?');
        location.push_str(query);
    }
    Some((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response())
}

/// The path of a mounted application without the slash behind it leads to its root.
pub(super) async fn complete(request: Request<Body>, next: Next) -> Response {
    let original = request.extensions().get::<OriginalUri>();
    let completed = request.uri().path() != "/" || original.is_none_or(|original| original.path().ends_with('/'));
    match completed {
        true => next.run(request).await,
        false => lead_to(&request, "/").unwrap_or_else(not_found),
    }
}

fn adopt(mut request: Request<Body>) -> Request<Body> {
    let mut found = std::mem::take(request.extensions_mut());
    let Some(Before(mut before)) = found.remove() else {
        return request;
    };
    let original = before.get::<OriginalUri>().cloned();
    before.extend(found);
    if let Some(original) = original {
        before.insert(original);
    }
    *request.extensions_mut() = before;
    request
}

/// The target with another path.
fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    target.parse().ok()
}
