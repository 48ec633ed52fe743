//! An `Auth` and an application's routes become one axum router.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use portcullis_core::{Auth, User};

use crate::answers::Answers;
use crate::cors::Cors;
use crate::docs_ui::{self, Docs};
use crate::oauth;
use crate::openapi::{Document, Requirement, SecurityScheme};
use crate::render::Render;
use crate::router::{ApiRouter, Manner, RouteTable, canonical};

/// Mounting an application's routes behind an [`Auth`].
pub trait Mount<U: User> {
    /// Adds `POST /token`, the docs and the answers of [`Answers::fastapi`] to the routes.
    fn mount(&self, routes: ApiRouter<Auth<U>>) -> Router;

    /// The same with choices: [`Front::answers`], [`Front::docs`], [`Front::cors`], and a state of the application's own.
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
            root_path: "".into(),
            cors: None,
        }
    }
}

/// What stands between an [`Auth`] and its clients.
#[derive(Debug)]
pub struct Front<U: User> {
    auth: Auth<U>,
    answers: Answers,
    docs: bool,
    root_path: Arc<str>,
    cors: Option<Cors>,
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

    /// Which pages of other origins may call; none by default. Refusals and 404 may be read by them, too. What
    /// [`well_known`](crate::well_known) tells is open to all in any case.
    ///
    /// ```
    /// # fn example(auth: portcullis::core::Auth) -> Result<axum::Router, portcullis::CorsError> {
    /// use portcullis::{ApiRouter, Cors, Mount as _};
    ///
    /// let app = auth.front().cors(Cors::origins(["https://app.example.com"])?).mount(ApiRouter::new());
    /// # Ok(app)
    /// # }
    /// ```
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
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
    /// As [`ApiRouter::finish`]: two handlers for one path and method, or a type whose schema cannot be enforced. And where a
    /// route asks for a scope that the [`Auth`] does not declare: no login could grant it.
    pub fn mount_with<S>(self, routes: ApiRouter<S>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let answers = Arc::new(self.answers.clone());
        let manner = Manner {
            head_and_options: answers.head_and_options,
            root_path: self.root_path.clone(),
            render: Some(Render::new(answers.clone())),
        };
        let mut routes = self.with_oauth_routes(routes);
        self.declares_all(&routes.routes());
        if self.docs {
            let docs = Docs {
                title: routes.document_title().to_owned(),
                document: self.document(&routes),
                root_path: self.root_path.clone(),
                token_endpoint: self.auth.token_endpoint().map(str::to_owned),
            };
            let leads = answers.root_to_docs && !routes.answers_root();
            for (path, methods) in docs_ui::routes(docs) {
                routes = routes.route(path, methods.with_state(()));
            }
            if leads {
                routes = routes.route("/", docs_ui::lead(self.root_path).with_state(()));
            }
        }
        let router = routes.finish_as(state, &manner);
        match self.cors {
            Some(cors) => router.layer(cors.except_at(oauth::verified_at(&self.auth))),
            None => router,
        }
    }

    /// A route whose scope no login grants could never be called: better not to start.
    ///
    /// # Panics
    /// Where there is one, with what to write.
    fn declares_all(&self, routes: &RouteTable) {
        let declared = |scope: &str| self.auth.scopes().iter().any(|declared| declared.name == scope);
        let mut undeclared = Vec::new();
        for entry in routes.operations() {
            let asked = entry.requirement.iter().filter(|asked| !asked.of_no_user());
            for scope in asked.flat_map(Requirement::scopes).filter(|scope| !declared(scope)) {
                undeclared.push(format!(
                    "{} {} asks for the scope `{scope}`, which no login can grant: name its type in `.scopes::<…>()` where the \
                     Auth is built",
                    entry.method, entry.path
                ));
            }
        }
        assert!(undeclared.is_empty(), "{}", undeclared.join("\n"));
    }

    /// The OpenAPI document of these routes, as it would be served: JSON.
    pub fn openapi<S>(&self, routes: ApiRouter<S>) -> bytes::Bytes
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let document = self.document(&self.with_oauth_routes(routes));
        match &*self.root_path {
            "" => document.to_bytes(),
            prefix => document.below(prefix).to_bytes(),
        }
    }

    fn document<S: Clone + Send + Sync + 'static>(&self, routes: &ApiRouter<S>) -> Document {
        let token_url = self.auth.token_endpoint().unwrap_or("token").to_owned();
        let scopes = self.auth.scopes().iter();
        let scheme = scopes.fold(SecurityScheme::password_bearer(token_url.clone()), |scheme, scope| {
            scheme.scope(scope.name, scope.sentence)
        });
        let scheme = match self.auth.sessions() {
            Some(_) => scheme.refresh_url(token_url),
            None => scheme,
        };
        routes.openapi(Some(&scheme), &self.answers)
    }

    /// The routes behind those of [`oauth`].
    fn with_oauth_routes<S>(&self, routes: ApiRouter<S>) -> ApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        routes.preceded_by(oauth::routes(&self.auth, &self.answers))
    }
}

#[cfg(test)]
mod tests;
