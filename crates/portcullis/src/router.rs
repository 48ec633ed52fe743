//! The router: handlers by path and method, from whose signatures guards and document follow.

mod around;
mod collect;
mod described;
mod endpoint;
mod finish;
mod group;
mod guards;
mod layer;
mod lost;
mod method;
mod mounted;
mod path;
pub(crate) mod prefix;
mod refuse;
mod route;
mod table;

use std::convert::Infallible;
use std::fmt;

use axum::routing::MethodRouter;

use crate::openapi::Info;
use endpoint::Endpoint;
pub(crate) use finish::Manner;
use guards::Guarded;
pub(crate) use mounted::Mounted;
pub(crate) use refuse::not_found;
use route::{Beside, Route};

pub use layer::RouteLayer;
pub use method::{ApiMethod, MethodsOf, delete, get, head, options, patch, post, put};
pub use prefix::{RootPath, Telling, Told};
pub use table::{RouteEntry, RouteTable};

/// Handlers by path and method, each documented by its own signature.
///
/// ```
/// use portcullis::{ApiRouter, Json, get};
///
/// async fn read_system_status() -> Json<&'static str> {
///     Json("ok")
/// }
///
/// let app: ApiRouter = ApiRouter::new().title("Status").version("1.0").api_route("/status/", get(read_system_status));
/// assert_eq!(app.routes().operations()[0].operation_id, "read_system_status_status__get");
/// let router: axum::Router = app.finish(());
/// ```
pub struct ApiRouter<S = ()> {
    info: Info,
    routes: Vec<Route<S>>,
    /// Services that answer all below a path.
    services: Vec<Beside<S>>,
    /// What answers unknown paths, by the prefix below which it does.
    fallbacks: Vec<Beside<S>>,
    /// What others are asked, by name.
    webhooks: Vec<(String, Vec<Endpoint<S>>)>,
    /// Applications inside of it.
    mounted: Vec<Mounted<S>>,
    /// What is asked of the requests of all of these.
    guarded: Guarded<S>,
}

/// The state of an application for routes that take theirs from an `S`: that `S`. There is nothing to implement; it is what the
/// compiler names where handlers take something from the state that the state does not give.
#[diagnostic::on_unimplemented(
    message = "the state `{Self}` does not give what the handlers take from it",
    label = "the handlers take theirs from an `{S}`: a guard its `Auth`, `State<T>` a `T`",
    note = "derive `FromRef` on the state, which has it as a field: `#[derive(Clone, FromRef)] struct App {{ auth: Auth, … }}`"
)]
pub trait StateFor<S> {
    /// The state.
    fn into_state(self) -> S;
}

impl<S> StateFor<S> for S {
    fn into_state(self) -> S {
        self
    }
}

impl<S> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// A router without routes. Its document is titled "Portcullis", version 0.1.0, until told otherwise.
    pub fn new() -> Self {
        Self {
            info: Info::default(),
            routes: Vec::new(),
            services: Vec::new(),
            fallbacks: Vec::new(),
            webhooks: Vec::new(),
            mounted: Vec::new(),
            guarded: Guarded::default(),
        }
    }

    /// The title of the document.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.info.title = title.into();
        self
    }

    /// The version of the application, as the document shows it.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.info.version = version.into();
        self
    }

    /// What the application is (CommonMark).
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.info.description = Some(description.into());
        self
    }

    /// The title of the document, which the documentation pages show too.
    pub fn document_title(&self) -> &str {
        &self.info.title
    }

    /// Adds the handlers of a path. Parts of it may be parameters, `/users/{user_id}`, and the last one may be the
    /// rest of the path, `/files/{*path}`.
    #[must_use]
    pub fn api_route(mut self, path: impl Into<String>, methods: impl MethodsOf<S>) -> Self {
        let ApiMethod {
            router,
            endpoints,
            uniform,
            takes_all,
            cors,
        } = methods.methods();
        self.routes.push(Route {
            path: path.into(),
            methods: router,
            layers: Vec::new(),
            endpoints,
            guarded: Guarded::default(),
            described: true,
            uniform,
            takes_all,
            cors,
        });
        self
    }

    /// Adds handlers that do not describe themselves: the document does not show them and HEAD is answered by the
    /// handler of GET, as in axum. They are not guarded unless their arguments do it, or the router ([`ApiRouter::guard`]).
    #[must_use]
    pub fn route(mut self, path: impl Into<String>, methods: MethodRouter<S, Infallible>) -> Self {
        self.routes.push(Route {
            path: path.into(),
            methods,
            layers: Vec::new(),
            endpoints: Vec::new(),
            guarded: Guarded::default(),
            described: false,
            uniform: false,
            takes_all: false,
            cors: None,
        });
        self
    }

    /// Adds the routes of another router after its own. Title, version and description stay, and so does its fallback
    /// where both have one.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.take_in("", other)
    }

    fn take_in(mut self, prefix: &str, other: Self) -> Self {
        let other = other.settled();
        self.routes.extend(other.routes.into_iter().map(|mut route| {
            route.path.insert_str(0, prefix);
            route
        }));
        let below = |mut beside: Beside<S>| {
            beside.path.insert_str(0, prefix);
            beside
        };
        self.services.extend(other.services.into_iter().map(below));
        self.webhooks.extend(other.webhooks);
        self.mounted.extend(other.mounted.into_iter().map(|mut mounted| {
            mounted.path.insert_str(0, prefix);
            mounted
        }));
        for fallback in other.fallbacks.into_iter().map(below) {
            if !self.fallbacks.iter().any(|own| own.path == fallback.path) {
                self.fallbacks.push(fallback);
            }
        }
        self
    }

    /// Hands its guards down to its parts, so that what is added from now on has none of them.
    pub(crate) fn settled(mut self) -> Self {
        let Guarded { guards, sealed } = std::mem::take(&mut self.guarded);
        let routes = self.routes.iter_mut().map(|route| &mut route.guarded);
        let besides = self.services.iter_mut().chain(&mut self.fallbacks);
        for part in routes.chain(besides.map(|beside| &mut beside.guarded)) {
            part.stand_in(&guards, sealed);
        }
        for mounted in &mut self.mounted {
            mounted.stand_in(&guards, sealed);
        }
        self
    }

    /// Puts the routes of another router before its own, in the document too. They stand outside of its guards, and so does
    /// what is added later.
    pub(crate) fn preceded_by(self, first: Self) -> Self {
        let mut own = self.settled();
        own.routes.splice(0..0, first.settled().routes);
        own
    }

    /// Adds the routes of another router under a prefix, such as `/admin`. Handlers see the whole path.
    ///
    /// **The prefix is put before each path as it is (FastAPI's rule, not axum's): `/` under `/notes` is `/notes/`, and
    /// `/notes` itself is the path `""`.**
    ///
    /// ```
    /// use portcullis::{ApiRouter, get};
    ///
    /// async fn read_notes() -> &'static str {
    ///     "notes"
    /// }
    ///
    /// let notes = || ApiRouter::new().api_route("", get(read_notes));
    /// let app: ApiRouter = ApiRouter::new().nest("/notes", notes());
    /// assert_eq!(app.routes().operations()[0].path, "/notes");
    /// ```
    #[must_use]
    pub fn nest(self, prefix: &str, other: Self) -> Self {
        self.take_in(prefix.trim_end_matches('/'), other)
    }

    /// Whether a request for `/` is answered by the application itself.
    pub(crate) fn answers_root(&self) -> bool {
        self.routes.iter().any(|route| route.path == "/") || self.fallbacks.iter().any(|own| own.path.is_empty())
    }

    /// The routes, those of one path joined.
    fn into_joined(self) -> Vec<Route<S>> {
        let mut joined: Vec<Route<S>> = Vec::new();
        for route in self.routes {
            match joined.iter_mut().find(|own| own.path == route.path) {
                Some(own) => own.join(route),
                None => joined.push(route),
            }
        }
        joined
    }
}

impl<S> Default for ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for ApiRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.routes.iter().map(|route| (&route.path, &route.endpoints));
        f.debug_struct("ApiRouter")
            .field("info", &self.info)
            .field("routes", &paths.collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests;
