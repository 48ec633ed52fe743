//! The schemes of the `Authorization` header.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use portcullis::Challenge;
use portcullis::prelude::*;
use portcullis::schemes::{AnyRealm, BasicCredentials, BasicRealm, Bearer, HttpCredentials, HttpScheme};
use serde_json::{Value, json};

use super::{Application, at, mount, send, told};

portcullis::http_scheme! {
    Other = "Other";
    DescribedOther = "Other" described "Other Security Scheme";
    Negotiate = "negotiate" as "negotiate";
    Scram = "SCRAM-SHA-256" as "scram";
    Aws = "AWS4-HMAC-SHA256" as "aws";
    Digits = "v2token" as "digits";
    DescribedBearer = "bearer" described "HTTP Bearer token scheme";
    Signed = "bearer" as "Token" format "JWT" described "A signed token.";
    Forbidding = "bearer" as "HTTPBearer403";
}

portcullis::basic_realm! {
    Simple = "simple";
    DescribedSimple = "simple" described "HTTPBasic scheme";
    Empty = "" as "empty";
    Spaces = "My own site" as "spaces";
    Quote = "a \"quoted\" realm" as "quote";
    Backslash = "back\\slash" as "backslash";
}

/// Scheme and credentials.
pub fn pair<S>(given: &HttpCredentials<S>) -> Value {
    json!({ "scheme": given.scheme(), "credentials": given.credentials() })
}

/// Name and password.
pub fn login<R>(given: &BasicCredentials<R>) -> Value {
    json!({ "username": given.username, "password": *given.password })
}

pub async fn http<S: HttpScheme>(given: HttpCredentials<S>) -> Json<Value> {
    Json(pair(&given))
}

pub async fn optional<S: HttpScheme>(given: Option<HttpCredentials<S>>) -> Response {
    told(given.as_ref().map(pair))
}

/// At one path, over HTTP and as a WebSocket.
async fn bearer(
    given: HttpCredentials<Bearer>,
    Undescribed(socket): Undescribed<Result<WebSocketUpgrade, WebSocketUpgradeRejection>>,
) -> Response {
    match socket {
        Ok(socket) => send(socket, &pair(&given)),
        Err(_) => told(Some(pair(&given))),
    }
}

/// A WebSocket for somebody, or nobody.
async fn timeline(
    given: Option<HttpCredentials<Other>>,
    Undescribed(socket): Undescribed<WebSocketUpgrade>,
) -> Response {
    let nobody = json!({ "msg": "Create an account first" });
    send(socket, &given.as_ref().map_or(nobody, pair))
}

async fn basic<R: BasicRealm>(given: BasicCredentials<R>) -> Json<Value> {
    Json(login(&given))
}

async fn optional_basic(given: Option<BasicCredentials>) -> Response {
    told(given.as_ref().map(login))
}

/// One name and password, those of the program.
async fn stanley(given: BasicCredentials) -> Result<Json<Value>, Refusal> {
    if !given.are("stanleyjobson", "swordfish") {
        return Err(BasicCredentials::<AnyRealm>::wrong());
    }
    Ok(Json(json!({ "username": given.username })))
}

async fn read_me(token: HttpCredentials<Forbidding>) -> Json<Value> {
    Json(json!({ "message": "You are authenticated", "token": token.credentials() }))
}

/// One application: what it is called, and what answers at `/users/me`.
macro_rules! one {
    ($name:literal, $handler:expr) => {
        ($name, |answers| {
            at("/users/me", answers, get($handler).name("read_current_user"))
        })
    };
}

pub const APPLICATIONS: &[Application] = &[
    one!("http-base", http::<Other>),
    one!("http-base-description", http::<DescribedOther>),
    ("http-base-optional", |answers| {
        let routes = ApiRouter::new()
            .api_route("/users/me", get(optional::<Other>).name("read_current_user").untyped())
            .api_route("/users/timeline", get(timeline).hidden());
        mount(answers, routes)
    }),
    ("challenges", |answers| {
        let routes = ApiRouter::new()
            .api_route("/negotiate", get(http::<Negotiate>).name("read_negotiate").untyped())
            .api_route("/scram", get(http::<Scram>).name("read_scram").untyped())
            .api_route("/aws", get(http::<Aws>).name("read_aws").untyped())
            .api_route("/digits", get(http::<Digits>).name("read_digits").untyped());
        mount(answers, routes)
    }),
    one!("http-basic", basic::<AnyRealm>),
    one!("http-basic-optional", optional_basic),
    one!("http-basic-realm", basic::<Simple>),
    one!("http-basic-realm-description", basic::<DescribedSimple>),
    ("realms", |answers| {
        let routes = ApiRouter::new()
            .api_route("/empty", get(basic::<Empty>).name("read_empty").untyped())
            .api_route("/spaces", get(basic::<Spaces>).name("read_spaces").untyped())
            .api_route("/quote", get(basic::<Quote>).name("read_quote").untyped())
            .api_route("/backslash", get(basic::<Backslash>).name("read_backslash").untyped());
        mount(answers, routes)
    }),
    one!("http-basic-user", stanley),
    one!("http-bearer", bearer),
    one!("http-bearer-description", http::<DescribedBearer>),
    one!("http-bearer-optional", optional::<Bearer>),
    one!("bearer-format", http::<Signed>),
    ("authentication-error", |mut answers| {
        answers.no_credentials.status = axum::http::StatusCode::FORBIDDEN;
        answers.no_credentials.challenge = Challenge::None;
        at("/me", answers, get(read_me))
    }),
];
