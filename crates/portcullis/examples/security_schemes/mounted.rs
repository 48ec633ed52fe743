//! Applications inside applications, and behind a proxy that takes a prefix off.

use axum::Router;
use axum::extract::{NestedPath, OriginalUri, Request};
use axum::middleware::map_request;
use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::schemes::{BearerToken, RawApiKey, RawToken, TokenScheme};
use portcullis::{Docs, LoginForm, RootPath, Site};
use serde_json::{Value, json};

use super::{Application, mount};

portcullis::api_key! {
    AppKey in header "X-App-Key";
}

portcullis::token_scheme! {
    Relative = SecurityScheme::password_bearer("token");
    Absolute = SecurityScheme::password_bearer("/token");
    Code = SecurityScheme::code_bearer("authorize", "token");
}

/// What a proxy takes off.
const PREFIX: &str = "/api/v1";

async fn login(form: LoginForm) -> Json<Value> {
    Json(json!({ "access_token": form.username, "token_type": "bearer" }))
}

async fn place(RootPath(path): RootPath) -> Json<Value> {
    Json(json!({ "root_path": path }))
}

async fn read_users_me<D: TokenScheme>(token: RawToken<D>) -> Json<Value> {
    Json(json!({ "username": *token }))
}

async fn read_items<D: TokenScheme>(token: RawToken<D>) -> Json<Value> {
    Json(json!({ "token": *token }))
}

async fn read_bearer(token: BearerToken) -> Json<Value> {
    Json(json!({ "scheme": token.scheme(), "credentials": token.credentials() }))
}

async fn read_main(RootPath(path): RootPath) -> Json<Value> {
    Json(json!({ "message": "Hello World", "root_path": path }))
}

/// The small application.
fn small<D: TokenScheme>(title: &str) -> ApiRouter {
    ApiRouter::new()
        .title(title)
        .api_route("/token", post(login).untyped())
        .api_route("/where", get(place).name("where").untyped())
        .api_route("/users/me", get(read_users_me::<D>).untyped())
        .api_route("/items/", get(read_items::<D>).untyped())
}

/// One route that says where it is reached.
fn main_app() -> ApiRouter {
    ApiRouter::new()
        .title("FastAPI")
        .api_route("/app", get(read_main).untyped())
}

/// What the proxy hands on: the path that is left, as if it were the whole.
fn proxied(app: Router) -> Router {
    app.layer(map_request(async |mut request: Request| {
        request.extensions_mut().remove::<OriginalUri>();
        request.extensions_mut().remove::<NestedPath>();
        request
    }))
}

/// The server was told.
fn told_server(answers: Answers, routes: ApiRouter) -> Router {
    proxied(Site::new().answers(answers).mount(routes).layer(RootPath::told(PREFIX)))
}

/// The application itself was told.
fn told_app(answers: Answers, routes: ApiRouter) -> Router {
    proxied(Site::new().answers(answers).root_path(PREFIX).mount(routes))
}

fn with_servers(routes: ApiRouter) -> ApiRouter {
    routes
        .server("https://stag.example.com", "Staging environment")
        .server("https://prod.example.com", "Production environment")
}

pub const APPLICATIONS: &[Application] = &[
    ("sub-applications", |answers| {
        let says = |text: &'static str| async move || Json(json!({ "message": text }));
        let sub = get(says("Hello World from sub API")).name("read_sub").untyped();
        let main = get(says("Hello World from main app")).name("read_main").untyped();
        let sub = ApiRouter::new().title("FastAPI").api_route("/sub", sub);
        mount(answers, ApiRouter::new().api_route("/app", main).mount("/subapi", sub))
    }),
    ("mounted", |answers| {
        let main = get(async || Json(json!({ "message": "main" }))).name("read_app");
        let inner = small::<Relative>("Inner");
        let routes = ApiRouter::new()
            .guard::<RawApiKey<AppKey>>()
            .api_route("/app", main.untyped())
            .mount("/sub", small::<Relative>("Sub").mount("/inner", inner))
            .mount("/absolute", small::<Absolute>("Absolute"));
        mount(answers, routes)
    }),
    ("root-path", |answers| {
        told_server(answers, small::<Relative>("FastAPI"))
    }),
    ("root-path-app", |answers| {
        told_app(answers, small::<Relative>("FastAPI"))
    }),
    ("behind-a-proxy", |answers| told_server(answers, main_app())),
    ("behind-a-proxy-app", |answers| told_app(answers, main_app())),
    ("behind-a-proxy-servers", |answers| {
        told_server(answers, with_servers(main_app()))
    }),
    ("behind-a-proxy-servers-only", |answers| {
        told_server(answers, with_servers(main_app()).root_path_in_servers(false))
    }),
    ("docs-moved", |answers| {
        let docs = Docs::default()
            .document_at("/api/document.json")
            .swagger_at("/help")
            .oauth2_redirect_at("/help/back")
            .without_redoc()
            .client_id("docs");
        let routes = ApiRouter::new()
            .title("Moved")
            .version("2.5")
            .api_route("/items/", get(read_items::<Code>).untyped());
        Site::new().answers(answers).docs(docs).mount(routes)
    }),
    ("docs-off", |answers| {
        let routes = ApiRouter::new().api_route("/items/", get(read_bearer).name("read_items"));
        Site::new().answers(answers).docs(false).mount(routes)
    }),
];
