//! An `Auth` and an application's routes become one axum router.

use axum::Router;
use axum::extract::FromRef;
use portcullis_core::{Auth, User};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::answers::Answers;
use crate::browser;
use crate::cors::Cors;
use crate::device::DEVICE_HEADER;
use crate::docs_ui::Docs;
use crate::error_bodies::ErrorAnswer;
use crate::oauth;
use crate::openapi::{Flow, In, LOGIN, Requirement, SecurityScheme, beside};
use crate::router::{ApiRouter, RouteLayer, RouteTable, StateFor};
use crate::session_cookie;
use crate::site::Site;

/// Mounting an application's routes behind an [`Auth`].
pub trait Mount<U: User> {
    /// Adds `POST /token` (and `POST /login` and `POST /logout` where sessions of browsers are on), the docs and the answers of [`Answers::fastapi`] to the routes.
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
            site: Site::new().taking(session_cookie::telling(self)),
        }
    }
}

/// What stands between an [`Auth`] and its clients.
#[derive(Debug)]
pub struct Front<U: User> {
    auth: Auth<U>,
    site: Site,
}

impl<U: User> Front<U> {
    /// How refusals are answered; [`Answers::fastapi`] by default.
    #[must_use]
    pub fn answers(mut self, answers: Answers) -> Self {
        self.site = self.site.answers(answers);
        self
    }

    /// Where the document and its pages stand, or whether: `/docs`, `/redoc` and `/openapi.json` are served by default, and
    /// `false` turns them off. Applications that are [mounted](ApiRouter::mount) inside have theirs in the same places.
    #[must_use]
    pub fn docs(mut self, docs: impl Into<Docs>) -> Self {
        self.site = self.site.docs(docs);
        self
    }

    /// What a proxy in front takes off the paths that clients send, such as `/auth` (FastAPI's `root_path`): redirections
    /// and the document name it, and [`RootPath`](crate::RootPath) tells it. Nothing by default. What axum's `Router::nest`
    /// takes off is known without this.
    #[must_use]
    pub fn root_path(mut self, path: &str) -> Self {
        self.site = self.site.root_path(path);
        self
    }

    /// Which pages of other origins may call; none by default. Refusals and 404 may be read by them, too. What
    /// [`well_known`](crate::well_known) tells is open to all in any case. Where guessing is slowed
    /// ([`AuthBuilder::throttle`](portcullis_core::AuthBuilder::throttle)) they may send and read [`DEVICE_HEADER`].
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
        self.site = self.site.cors(cors);
        self
    }

    /// Writes the body of every error that is answered here in the application's own shape; see [`Site::error_bodies`].
    #[must_use]
    pub fn error_bodies<T: Serialize + JsonSchema>(
        mut self,
        write: impl Fn(&ErrorAnswer<'_>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.site = self.site.error_bodies(write);
        self
    }

    /// Mounts routes that need no state beside the `Auth`.
    ///
    /// # Panics
    /// As [`Front::mount_with`].
    pub fn mount(self, routes: ApiRouter<Auth<U>>) -> Router {
        let state = self.auth.clone();
        self.mount_with(routes, state)
    }

    /// Mounts routes with a state of the application's own that holds the `Auth`.
    ///
    /// # Panics
    /// As [`ApiRouter::finish`]: two handlers for one path and method, or a type whose schema cannot be enforced. And where a
    /// route asks for a scope that the [`Auth`] does not declare: no login could grant it. And where the path of a route does not
    /// name the object that it guards ([`Guarded::Key`](crate::Guarded::Key)).
    pub fn mount_with<S>(self, routes: ApiRouter<S>, state: impl StateFor<S>) -> Router
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let routes = self.with_oauth_routes(routes);
        let table = routes.routes();
        self.declares_all(&table);
        names_objects(&table);
        let Self { auth, site } = self;
        let site = site.with_cors(|cors| told_of(&auth, cors));
        site.finish(routes, state.into_state(), Some(&|up| schemes(&auth, up)))
    }

    /// A route whose scope no login grants could never be called: better not to start.
    ///
    /// # Panics
    /// Where there is one, with what to write.
    fn declares_all(&self, routes: &RouteTable) {
        let declared = |scope: &str| self.auth.scopes().iter().any(|declared| declared.name == scope);
        let mut undeclared = Vec::new();
        for entry in routes.operations() {
            let asked = entry.requirement.iter().flat_map(Requirement::scopes_of_users);
            for scope in asked.filter(|scope| !declared(scope)) {
                let told = format!(
                    "{} {} asks for the scope `{scope}`, which no login can grant: name its type in `.scopes::<…>()` where the \
                     Auth of this front is built (routes of another Auth are mounted by its own front)",
                    entry.method, entry.path
                );
                if !undeclared.contains(&told) {
                    undeclared.push(told);
                }
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
        let routes = self.with_oauth_routes(routes);
        self.site.openapi(&routes, Some(&|up| schemes(&self.auth, up)))
    }

    /// Puts what stands beside routes of another crate into the document that it makes for them: the OAuth endpoints, `routes`, and
    /// what the tokens of the `Auth` stand for, by the name that [`Requirement::to_security`] gives them. What stands there
    /// already stays.
    ///
    /// ```
    /// # fn example(auth: portcullis::core::Auth, of_another_crate: serde_json::Value) -> serde_json::Value {
    /// use portcullis::{ApiRouter, Mount as _};
    ///
    /// let mut document = of_another_crate;
    /// auth.front().openapi_beside(ApiRouter::new(), &mut document);
    /// assert!(document["paths"]["/token"]["post"].is_object());
    /// # document
    /// # }
    /// ```
    pub fn openapi_beside<S>(&self, routes: ApiRouter<S>, document: &mut Value)
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let routes = self.with_oauth_routes(routes);
        let own = self.site.document(&routes, Some(&|up| schemes(&self.auth, up)), "");
        beside(document, own.value(), &schemes(&self.auth, ""));
    }

    /// As [`Site::answering_layer`].
    pub fn answering_layer(&self) -> impl RouteLayer + use<U> {
        self.site.answering_layer()
    }

    /// The routes behind those of [`oauth`] and [`browser`].
    fn with_oauth_routes<S>(&self, routes: ApiRouter<S>) -> ApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
        Auth<U>: FromRef<S>,
    {
        let own = oauth::routes(&self.auth, &self.site.answers);
        routes.preceded_by(own.merge(browser::routes(&self.auth, &self.site.answers)))
    }
}

/// A path that does not name the object that it guards could never be answered: better not to start.
///
/// # Panics
/// Where there is one, with what to write.
fn names_objects(table: &RouteTable) {
    let mut unnamed = Vec::new();
    for entry in table.operations() {
        let wrong = entry.objects.iter().filter(|object| !object.is_named_by(&entry.path));
        unnamed.extend(wrong.map(|object| {
            format!(
                "{} {} does not name the {object}: name its parameters in `Key`, or the one in `PARAMETER`, of `Guarded<{}>`",
                entry.method, entry.path, object.right
            )
        }));
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

/// What pages may send and read beside what every page may.
fn told_of<U: User>(auth: &Auth<U>, cors: Cors) -> Cors {
    let cors = cors.except_at(oauth::verified_at(auth));
    match auth.throttle() {
        Some(_) => cors.with_headers([DEVICE_HEADER]).exposing([DEVICE_HEADER]),
        None => cors,
    }
}

/// What the tokens of an `Auth` stand for in the document; `up` leads to where its own routes are.
fn scheme<U: User>(auth: &Auth<U>, up: &str) -> SecurityScheme {
    let token_url = auth
        .token_endpoint()
        .map_or_else(|| format!("{up}token"), str::to_owned);
    let declared = auth.scopes().iter();
    let scoped = |flow: Flow| {
        declared
            .clone()
            .fold(flow, |flow, scope| flow.scope(scope.name, scope.sentence))
    };
    let users = scoped(Flow::password(token_url.clone()));
    let users = match auth.sessions() {
        Some(_) => users.refresh_url(token_url.clone()),
        None => users,
    };
    let machines = auth.clients().map(|_| scoped(Flow::client_credentials(token_url)));
    // A flow that is refused is not shown, unless there is no other.
    let users = (auth.takes_passwords() || machines.is_none()).then_some(users);
    let scheme = SecurityScheme::oauth2(users.into_iter().chain(machines));
    scheme.named(LOGIN).with_roles(auth.roles())
}

/// The same, and what users may bring in the place of a token.
fn schemes<U: User>(auth: &Auth<U>, up: &str) -> Vec<SecurityScheme> {
    let cookie = auth.cookies().map(|cookie| {
        let scheme = SecurityScheme::api_key(In::Cookie, cookie.name().to_owned());
        scheme.described("The session of a browser, which begins with POST /login. Changes are taken from pages of the application alone.")
    });
    std::iter::once(scheme(auth, up)).chain(cookie).collect()
}

#[cfg(test)]
mod tests;
