//! The finished router, which answers as Starlette does where no handler stands.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::handler::Handler as _;
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, MethodRouter, Route as Axum, any};
use http::{HeaderValue, Method, Request};
use tower::service_fn;
use tower::util::MapRequest;
use tower_layer::{Layer as _, layer_fn};

use super::endpoint::Endpoint;
use super::lost::Lost;
use super::mounted::Mounted;
use super::path::{canonical_route, takes_from, twin};
use super::prefix::{Telling, with_every_slash};
use super::refuse::{not_allowed, options};
use super::{ApiRouter, Route};
use crate::asked::Questions;
use crate::render::{Inside, Render};

/// How a router answers beside its handlers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// HEAD is answered wherever GET is, and OPTIONS with `Allow` (RFC 9110 §9.3.2, §9.3.7).
    pub(crate) head_and_options: bool,
    /// `Allow` names the first method of a path alone.
    pub(crate) allow_first: bool,
    /// Users may bring something else than a token in `Authorization`.
    pub(crate) takes_cookies: bool,
    /// What a proxy takes off the paths that clients send: `/auth`, or nothing.
    pub(crate) root_path: Telling,
    /// What stands around everything that answers.
    pub(crate) render: Option<Render>,
}

impl Manner {
    /// How an application answers that is mounted into one of this manner, which tells it the root path.
    pub(crate) fn of_mounted(&self) -> Self {
        Self {
            root_path: Telling::default(),
            ..self.clone()
        }
    }
}

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// The axum router, with FastAPI's answers where no handler stands:
    ///
    /// - an unknown path: 404 `{"detail":"Not Found"}`, unless [`ApiRouter::fallback`] says otherwise;
    /// - a method that the path does not have (HEAD and OPTIONS too): 405 `{"detail":"Method Not Allowed"}` with `Allow`;
    /// - a path that differs from a route by the slash at its end: 307 to that route, with the query, before any
    ///   guard. `Location` is a path and never names a host (RFC 9110 §10.2.2), so that no `Host` header can lead a
    ///   client with a token elsewhere;
    /// - a percent-encoded letter is the letter (RFC 3986 §6.2.2.2); `%2F` is data and never a separator.
    ///
    /// As in axum, and unlike Starlette, a parameter between two slashes may be empty. An unknown path is the matter of
    /// the outermost router, as in axum: where this one is nested, or merged with one that has a fallback, that one
    /// answers it.
    ///
    /// A request that matches a route pays nothing for this, except where a route with a parameter overlaps another
    /// one, as `/users/{name}` does `/users/me`: there the spelling is looked at first.
    ///
    /// # Panics
    /// As axum's: a path that does not begin with `/` or conflicts with another, two handlers for one method. And where the
    /// schema of a type that a handler takes has a keyword that cannot be enforced: the message names both.
    pub fn finish(self, state: S) -> Router {
        self.finish_as(state, &Manner::default())
    }

    pub(crate) fn finish_as(self, state: S, manner: &Manner) -> Router {
        self.keep_promises();
        let mut own = self.settled();
        for Mounted { path, application } in std::mem::take(&mut own.mounted) {
            own = own.answered_at(path, application.finish_as(state.clone(), &manner.of_mounted()));
        }
        let services = std::mem::take(&mut own.services).into_iter();
        let fallbacks = std::mem::take(&mut own.fallbacks).into_iter();
        let fallbacks: Vec<(String, MethodRouter)> = fallbacks
            .map(|fallback| fallback.bind(&state))
            .map(|(prefix, methods)| (prefix, methods.with_state(state.clone())))
            .collect();
        let chosen = fallbacks.iter().any(|(prefix, _)| prefix.is_empty());
        own.routes.iter_mut().for_each(|route| route.bind(&state));
        let joined = own.into_joined().into_iter();
        let routes: Vec<(String, MethodRouter)> = joined
            .map(|route| answering(route, manner))
            .map(|(path, methods)| (path, methods.with_state(state.clone())))
            .collect();
        let lost = Lost::new(&routes, fallbacks);
        let all: Vec<&str> = routes.iter().map(|(path, _)| path.as_str()).collect();

        let mut router = match &manner.render {
            Some(render) => without_routes(lost.clone(), chosen).layer(render.clone()),
            None => without_routes(lost.clone(), chosen),
        };
        for (own, (path, methods)) in routes.iter().enumerate() {
            let overlapped = path.contains('{') && all.iter().any(|other| other != path && takes_from(other, path));
            let methods = methods.clone();
            router = router.route(
                path,
                if overlapped {
                    rendered(checking_spelling(methods, own, lost.clone()), manner)
                } else {
                    methods
                },
            );
        }
        for path in twins(&all) {
            let lost = lost.clone();
            let leads = any(move |request| lost.redirect(request));
            router = router.route(&path, rendered(leads, manner));
        }
        let router = services.fold(router, |router, service| {
            let (path, methods) = service.bind(&state);
            let service = rendered(methods, manner).with_state::<()>(state.clone());
            router.nest_service(&path, MapRequest::new(service, with_every_slash))
        });
        match manner.root_path.path() {
            "" => router,
            _ => router.layer(manner.root_path.clone()),
        }
    }
}

/// A router that answers what is lost.
fn without_routes(lost: Lost, chosen: bool) -> Router {
    let answer: MethodRouter = any(move |request| lost.answer(request));
    if chosen {
        return Router::new().fallback_service(answer);
    }
    // In the place of axum's own fallback: as the application chose none, this router may be merged with one that has one.
    Router::new().layer(layer_fn(move |_: Axum| answer.clone()))
}

/// The paths that differ from a route by the slash at the end, and that take nothing from a route. They are routes, too,
/// so that they lead on wherever the router is nested.
fn twins(all: &[&str]) -> Vec<String> {
    let mut twins: Vec<String> = Vec::new();
    for twin in all.iter().filter_map(|path| twin(path)) {
        let mut known = all.iter().copied().chain(twins.iter().map(String::as_str));
        if !known.any(|other| takes_from(&twin, other)) {
            twins.push(twin);
        }
    }
    twins
}

/// With the layer around every route, if there is one.
fn rendered<S>(methods: MethodRouter<S, Infallible>, manner: &Manner) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    match &manner.render {
        Some(render) => methods.layer(render.clone()),
        None => methods,
    }
}

/// A route with its path spelled canonically and with its answers to methods that it does not have. The layer around every
/// route stands right around its handlers where nothing else does.
fn answering<S>(route: Route<S>, manner: &Manner) -> (String, MethodRouter<S, Infallible>)
where
    S: Clone + Send + Sync + 'static,
{
    let bare = route.is_bare();
    let Route {
        path,
        methods,
        layers,
        endpoints,
        guarded: _,
        described,
        uniform,
        takes_all,
        cors,
    } = route;
    let full = manner.head_and_options || uniform;
    let path = canonical_route(&path);
    let mut around = manner.render.clone();
    let personal = |endpoint: &Endpoint<S>| endpoint.personal || (manner.takes_cookies && endpoint.takes_tokens);
    if endpoints.iter().any(personal) {
        around = around.map(Render::for_personal_answers);
    }
    if endpoints.iter().any(|endpoint| endpoint.protocol) {
        around = around.map(Render::for_a_protocol);
    }
    let render = around.clone().filter(|_| bare);
    let near = Inside::new(render.clone(), Questions::default());
    for endpoint in &endpoints {
        let inside = Inside::new(render.clone(), endpoint.questions.clone());
        endpoint.inside.begin(inside.held_against(endpoint.statuses.clone()));
    }
    let methods = if takes_all {
        methods
    } else if described {
        answering_others(methods, &endpoints, full, manner.allow_first, near)
    } else {
        // What it has only axum knows, which then adds `Allow`.
        refusing(methods, None, full, near)
    };
    let methods = layers.iter().fold(methods, |methods, layer| layer(methods));
    let methods = match cors {
        Some(cors) => methods.layer(cors),
        None => methods,
    };
    let methods = match around.filter(|_| !bare) {
        Some(render) => methods.layer(render),
        None => methods,
    };
    (path, methods)
}

/// Adds the answers to methods that are not named.
fn answering_others<S>(
    methods: MethodRouter<S, Infallible>,
    endpoints: &[Endpoint<S>],
    full: bool,
    first: bool,
    near: Inside,
) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    let mut named: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect();
    let gets = named.contains(&"GET") && !named.contains(&"HEAD");
    if full {
        if gets {
            named.push("HEAD");
        }
        if !named.contains(&"OPTIONS") {
            named.push("OPTIONS");
        }
    } else if first {
        named.truncate(1);
    }
    // Methods of the http crate are plain ASCII.
    let allow = HeaderValue::from_str(&named.join(", ")).ok();
    let refused = allow.clone();
    let methods = if gets && !full {
        // axum would answer with the handler of GET.
        let refuse = move || std::future::ready(not_allowed(refused.clone()));
        methods.on(MethodFilter::HEAD, refuse.layer(near.clone()))
    } else {
        methods
    };
    refusing(methods, allow, full, near)
}

/// Answers the methods that are not there; an application's own fallback goes before this.
fn refusing<S>(
    methods: MethodRouter<S, Infallible>,
    allow: Option<HeaderValue>,
    full: bool,
    near: Inside,
) -> MethodRouter<S, Infallible>
where
    S: Clone + Send + Sync + 'static,
{
    let refuse = service_fn(move |request: Request<Body>| {
        let allow = allow.clone();
        std::future::ready(Ok::<_, Infallible>(if full && request.method() == Method::OPTIONS {
            options(allow)
        } else {
            not_allowed(allow)
        }))
    });
    methods.merge(MethodRouter::new().layer(layer_fn(move |_: Axum| near.layer(refuse.clone()))))
}

/// A route with a parameter, the one at `own`, would take `%6de` before the route `me` is asked: it passes on what
/// belongs to another route.
fn checking_spelling(methods: MethodRouter, own: usize, lost: Lost) -> MethodRouter {
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
