//! An application's routes become one axum router: its answers, its document and pages, and where it is reached.

use axum::Router;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answers::Answers;
use crate::cors::Cors;
use crate::docs_ui::{self, Docs, Shown};
use crate::error_bodies::{ErrorAnswer, ErrorBodies};
use crate::hidden_field::OwnCookie;
use crate::openapi::{Document, SecurityScheme};
use crate::render::Render;
use crate::router::{ApiRouter, Manner, Mounted, RootPath, RouteLayer, RouteTable, StateFor, Telling};

/// What the tokens of an `Auth` stand for in a document, and what users may bring in their place, given what leads from there up to
/// the `Auth`'s own application: `../` for each part of the path at which it is mounted.
pub(crate) type Tokens<'a> = &'a dyn Fn(&str) -> Vec<SecurityScheme>;

/// How routes are mounted: their answers, docs, prefix and the pages that may call them. For an application without an
/// [`Auth`](portcullis_core::Auth), whose guards are [schemes](crate::schemes) alone; with one, see
/// [`Mount::front`](crate::Mount::front).
///
/// ```
/// use portcullis::schemes::RawApiKey;
/// use portcullis::{Answers, ApiRouter, Json, Site, get};
///
/// portcullis::api_key! { Partner in header "X-API-Key"; }
///
/// async fn read_length(key: RawApiKey<Partner>) -> Json<usize> {
///     Json(key.len())
/// }
///
/// let app: axum::Router = Site::new()
///     .answers(Answers::rfc())
///     .mount(ApiRouter::new().api_route("/length", get(read_length)));
/// ```
#[derive(Debug, Clone)]
pub struct Site {
    pub(crate) answers: Answers,
    docs: Docs,
    root_path: Telling,
    cors: Option<Cors>,
    bodies: Option<ErrorBodies>,
    /// What tells the cookie of a session, where guards take one.
    own_cookie: Option<OwnCookie>,
}

impl Site {
    /// Answers as FastAPI, with docs, at the root, for no page of another origin.
    pub fn new() -> Self {
        Self {
            answers: Answers::default(),
            docs: Docs::default(),
            root_path: Telling::default(),
            cors: None,
            bodies: None,
            own_cookie: None,
        }
    }

    /// How refusals are answered; [`Answers::fastapi`] by default.
    #[must_use]
    pub fn answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// Where the document and its pages stand, or whether: `/docs`, `/redoc` and `/openapi.json` are served by default, and
    /// `false` turns them off. Applications that are [mounted](ApiRouter::mount) inside have theirs in the same places.
    #[must_use]
    pub fn docs(mut self, docs: impl Into<Docs>) -> Self {
        self.docs = docs.into();
        self
    }

    /// What a proxy in front takes off the paths that clients send, such as `/auth` (FastAPI's `root_path`): redirections
    /// and the document name it, and [`RootPath`] tells it. Nothing by default. What axum's `Router::nest` takes off is known
    /// without this.
    #[must_use]
    pub fn root_path(mut self, path: &str) -> Self {
        self.root_path = RootPath::told(path);
        self
    }

    /// Which pages of other origins may call; none by default. Refusals and 404 may be read by them, too.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Writes the body of every error that is answered here in the application's own shape: refusals of guards, 422, 404, 405.
    /// The document tells that shape. Errors of the application's own handlers stay as they are, and so do those of the OAuth
    /// endpoints and of logins, which clients read by RFC 6749 §5.2.
    ///
    /// ```
    /// use portcullis::schemars::{self, JsonSchema};
    /// use portcullis::{ApiRouter, ErrorAnswer, Site};
    ///
    /// #[derive(serde::Serialize, JsonSchema)]
    /// struct Problem {
    ///     status: u16,
    ///     title: String,
    /// }
    ///
    /// let site = Site::new().error_bodies(|error: &ErrorAnswer| Problem {
    ///     status: error.status.as_u16(),
    ///     title: error.detail.as_str().unwrap_or("Fields are missing or not valid").to_owned(),
    /// });
    /// # let _ = site.mount(ApiRouter::new());
    /// ```
    #[must_use]
    pub fn error_bodies<T: Serialize + JsonSchema>(
        mut self,
        write: impl Fn(&ErrorAnswer<'_>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.bodies = Some(ErrorBodies::new(write));
        self
    }

    /// The layer that [`mount`](Self::mount) puts around each route, for an axum router whose handlers name guards of ours: it
    /// answers refusals by the table and in the application's shape, and keeps caches from storing what was answered to a
    /// request with credentials. Without it a refusal is answered as FastAPI does.
    ///
    /// ```
    /// # fn example(auth: portcullis::core::Auth) -> axum::Router {
    /// use portcullis::{ActiveUser, Answers, ApiRouter, Mount as _};
    ///
    /// async fn read_name(user: ActiveUser) -> String {
    ///     user.username().to_owned()
    /// }
    ///
    /// let front = auth.front().answers(Answers::rfc());
    /// let own = axum::Router::new().route("/name", axum::routing::get(read_name)).layer(front.answering_layer());
    /// own.with_state(auth.clone()).merge(front.mount(ApiRouter::new()))
    /// # }
    /// ```
    pub fn answering_layer(&self) -> impl RouteLayer + use<> {
        self.render()
    }

    fn render(&self) -> Render {
        let render = Render::new(self.answers.clone().into()).with_bodies(self.bodies.clone());
        render.for_cookies(self.own_cookie.clone())
    }

    /// The same where guards take the cookies of sessions.
    pub(crate) fn taking(mut self, own_cookie: Option<OwnCookie>) -> Self {
        self.own_cookie = own_cookie;
        self
    }

    /// What only an `Auth` knows of what pages may send and read.
    pub(crate) fn with_cors(mut self, change: impl FnOnce(Cors) -> Cors) -> Self {
        self.cors = self.cors.map(change);
        self
    }

    /// Mounts routes that need no state.
    ///
    /// # Panics
    /// As [`ApiRouter::finish`]: two handlers for one path and method, or a type whose schema cannot be enforced.
    pub fn mount(self, routes: ApiRouter) -> Router {
        self.mount_with(routes, ())
    }

    /// Mounts routes with their state.
    ///
    /// # Panics
    /// As [`ApiRouter::finish`]: two handlers for one path and method, or a type whose schema cannot be enforced.
    pub fn mount_with<S>(self, routes: ApiRouter<S>, state: impl StateFor<S>) -> Router
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(routes, state.into_state(), None)
    }

    /// The same where guards look for the tokens of an `Auth`.
    pub(crate) fn finish<S>(self, routes: ApiRouter<S>, state: S, tokens: Option<Tokens<'_>>) -> Router
    where
        S: Clone + Send + Sync + 'static,
    {
        RouteTable::tell(|| routes.routes());
        let manner = Manner {
            head_and_options: self.answers.head_and_options,
            allow_first: self.answers.allow_first,
            root_path: self.root_path.clone(),
            takes_cookies: self.own_cookie.is_some(),
            render: Some(self.render()),
        };
        let place = Place {
            site: &self,
            tokens,
            manner: &manner.of_mounted(),
        };
        let router = place.documented(routes, &state, "").finish_as(state, &manner);
        match self.cors {
            Some(cors) => router.layer(cors),
            None => router,
        }
    }

    /// The document of these routes, as it would be served: JSON.
    pub(crate) fn openapi<S>(&self, routes: &ApiRouter<S>, tokens: Option<Tokens<'_>>) -> bytes::Bytes
    where
        S: Clone + Send + Sync + 'static,
    {
        let document = self.document(routes, tokens, "");
        match self.root_path.path() {
            "" => document.to_bytes(),
            prefix => document.below(prefix).to_bytes(),
        }
    }

    pub(crate) fn document<S>(&self, routes: &ApiRouter<S>, tokens: Option<Tokens<'_>>, up: &str) -> Document
    where
        S: Clone + Send + Sync + 'static,
    {
        let tokens = tokens.map(|schemes| schemes(up)).unwrap_or_default();
        let errors = self.bodies.as_ref().map(|bodies| bodies.schema);
        routes.openapi_with(&tokens, &self.answers, errors)
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

/// Where applications get their documents and pages.
struct Place<'a> {
    site: &'a Site,
    tokens: Option<Tokens<'a>>,
    /// How applications answer that are mounted inside.
    manner: &'a Manner,
}

impl Place<'_> {
    /// The routes with their document and its pages, and with the applications that are mounted among them, finished
    /// likewise. `up` leads from here to the outermost.
    fn documented<S>(&self, routes: ApiRouter<S>, state: &S, up: &str) -> ApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let mut routes = routes.settled();
        for Mounted { path, application } in routes.take_mounted() {
            let up = format!("{up}{}", "../".repeat(path.matches('/').count()));
            let application = self.documented(application, state, &up);
            routes = routes.answered_at(path, application.finish_as(state.clone(), self.manner));
        }
        let Site { answers, docs, .. } = self.site;
        let shown = Shown {
            title: routes.document_title().to_owned(),
            document: self.site.document(&routes, self.tokens, up),
            docs: docs.clone(),
        };
        let page = docs.first().filter(|_| answers.root_to_docs && !routes.answers_root());
        for (path, methods) in docs_ui::routes(shown) {
            routes = routes.route(path, methods.with_state(()));
        }
        match page {
            Some(page) => routes.route("/", docs_ui::lead(page).with_state(())),
            None => routes,
        }
    }
}

#[cfg(test)]
mod tests;
