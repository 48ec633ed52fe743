//! An `Auth` and an application's routes become one axum router.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use portcullis_core::{Auth, User};

use crate::answers::Answers;
use crate::docs_ui::{self, Docs};
use crate::openapi::SecurityScheme;
use crate::render::Render;
use crate::router::{ApiRouter, post};
use crate::routes::{FullToken, LoginRequest, log_in};

/// Mounting an application's routes behind an [`Auth`].
pub trait Mount<U: User> {
    /// Adds `POST /token`, the docs and the answers of [`Answers::fastapi`] to the routes.
    fn mount(&self, routes: ApiRouter<Auth<U>>) -> Router;

    /// The same with choices: [`Front::answers`], [`Front::docs`], and a state of the application's own.
    fn front(&self) -> Front<U>;
}

impl<U: User> Mount<U> for Auth<U> {
    fn mount(&self, routes: ApiRouter<Auth<U>>) -> Router {
        self.front().mount(routes)
    }

    fn front(&self) -> Front<U> {
        Front {
            auth: self.clone(),
            answers: Answers::default(),
            docs: true,
        }
    }
}

/// What stands between an [`Auth`] and its clients.
#[derive(Debug)]
pub struct Front<U: User> {
    auth: Auth<U>,
    answers: Answers,
    docs: bool,
}

impl<U: User> Front<U> {
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

    /// Mounts routes that need no state beside the `Auth`.
    pub fn mount(self, routes: ApiRouter<Auth<U>>) -> Router {
        let state = self.auth.clone();
        self.mount_with(routes, state)
    }

    /// Mounts routes with a state of the application's own that holds the `Auth`.
    ///
    /// # Panics
    /// As axum: two handlers for one path and method.
    pub fn mount_with<S>(self, routes: ApiRouter<S>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let answers = Arc::new(self.answers.clone());
        let mut routes = self.with_token_route(routes);
        if self.docs {
            let openapi = self.document(&routes);
            let docs = Docs {
                title: routes.document_title().to_owned(),
                openapi,
            };
            for (path, methods) in docs_ui::routes(docs) {
                routes = routes.route(path, methods.with_state(()));
            }
        }
        routes.finish(state).layer(Render::new(answers))
    }

    /// The OpenAPI document of these routes, as it would be served: JSON.
    pub fn openapi<S>(&self, routes: ApiRouter<S>) -> bytes::Bytes
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        self.document(&self.with_token_route(routes))
    }

    fn document<S: Clone + Send + Sync + 'static>(&self, routes: &ApiRouter<S>) -> bytes::Bytes {
        let scopes = self
            .auth
            .scopes()
            .iter()
            .map(|scope| (scope.name.to_owned(), scope.sentence.to_owned()));
        let scheme = SecurityScheme {
            name: "OAuth2PasswordBearer".to_owned(),
            token_url: self.auth.token_endpoint().unwrap_or("token").to_owned(),
            scopes: scopes.collect(),
        };
        routes.openapi(Some(&scheme), &self.answers).to_bytes()
    }

    /// The routes with `POST /token` in front, where anyone can log in.
    fn with_token_route<S>(&self, routes: ApiRouter<S>) -> ApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        if self.auth.has_logins() {
            routes.preceded_by(self.token_route(Arc::new(self.answers.clone())))
        } else {
            routes
        }
    }

    fn token_route<S>(&self, answers: Arc<Answers>) -> ApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let full = answers.document_refusals;
        let handler = move |State(auth): State<Auth<U>>, request: LoginRequest| log_in(auth, answers.clone(), request);
        let method = post(handler).name("login_for_access_token").with(move |operation| {
            if full {
                operation.json::<FullToken>();
            }
        });
        ApiRouter::new().api_route("/token", method)
    }
}
