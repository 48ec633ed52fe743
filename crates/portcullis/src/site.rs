//! An application's routes become one axum router, with docs and answers of its own.

use std::sync::Arc;

use axum::Router;

use crate::answers::Answers;
use crate::cors::Cors;
use crate::docs_ui::{self, Docs};
use crate::render::Render;
use crate::router::{ApiRouter, Manner, canonical};

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
    answers: Answers,
    docs: bool,
    root_path: Arc<str>,
    cors: Option<Cors>,
}

impl Site {
    /// Answers as FastAPI, with docs, at the root, for no page of another origin.
    pub fn new() -> Self {
        Self {
            answers: Answers::default(),
            docs: true,
            root_path: "".into(),
            cors: None,
        }
    }

    /// How refusals are answered; [`Answers::fastapi`] by default.
    #[must_use]
    pub fn answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// Whether `/docs`, `/redoc` and `/openapi.json` are served; they are by default.
    #[must_use]
    pub fn docs(mut self, served: bool) -> Self {
        self.docs = served;
        self
    }

    /// What a proxy in front takes off the paths that clients send, such as `/auth` (FastAPI's `root_path`): redirections
    /// and the document name it. Nothing by default. What axum's `Router::nest` takes off is known without this.
    #[must_use]
    pub fn root_path(mut self, path: &str) -> Self {
        let path = canonical(path.trim_matches('/')).into_owned();
        self.root_path = if path.is_empty() {
            "".into()
        } else {
            format!("/{path}").into()
        };
        self
    }

    /// Which pages of other origins may call; none by default. Refusals and 404 may be read by them, too.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
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
    pub fn mount_with<S>(self, routes: ApiRouter<S>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
    {
        let cors = self.cors.clone();
        let router = self.around(routes, state);
        match cors {
            Some(cors) => router.layer(cors),
            None => router,
        }
    }

    /// The routes with the docs, without CORS.
    fn around<S>(self, mut routes: ApiRouter<S>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
    {
        let manner = Manner {
            head_and_options: self.answers.head_and_options,
            root_path: self.root_path.clone(),
            render: Some(Render::new(Arc::new(self.answers.clone()))),
        };
        if self.docs {
            let docs = Docs {
                title: routes.document_title().to_owned(),
                document: routes.openapi(None, &self.answers),
                root_path: self.root_path.clone(),
                token_endpoint: None,
            };
            let leads = self.answers.root_to_docs && !routes.answers_root();
            for (path, methods) in docs_ui::routes(docs) {
                routes = routes.route(path, methods.with_state(()));
            }
            if leads {
                routes = routes.route("/", docs_ui::lead(self.root_path).with_state(()));
            }
        }
        routes.finish_as(state, &manner)
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}
