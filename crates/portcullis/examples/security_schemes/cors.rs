//! Pages of other origins.

use std::time::Duration;

use axum::Router;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, Method, StatusCode};
use portcullis::prelude::*;
use portcullis::schemes::{BearerToken, RawApiKey};
use portcullis::{Cors, CorsError, Site};
use serde_json::{Value, json};

use super::Application;

portcullis::api_key! {
    Key in header "X-API-Key";
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_TOTAL: HeaderName = HeaderName::from_static("x-total");

async fn main() -> Json<Value> {
    Json(json!({ "message": "Hello World" }))
}

async fn read_items(token: BearerToken) -> Json<Value> {
    Json(json!({ "scheme": token.scheme(), "credentials": token.credentials() }))
}

async fn read_by_key(key: RawApiKey<Key>) -> Json<Value> {
    Json(json!({ "username": *key }))
}

async fn boom(_: BearerToken) -> (StatusCode, &'static str) {
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// An application for the pages of these origins. The examples' origins are right; where one is not, no page may call.
fn mount(answers: Answers, cors: Result<Cors, CorsError>, routes: ApiRouter) -> Router {
    let site = Site::new().answers(answers);
    match cors {
        Ok(cors) => site.cors(cors).mount(routes.title("FastAPI")),
        Err(error) => {
            eprintln!("{error}");
            site.mount(routes.title("FastAPI"))
        }
    }
}

/// With `*` and credentials together there is no application: [`Cors::with_credentials`] refuses that pair.
pub const APPLICATIONS: &[Application] = &[
    ("cors", |answers| {
        let cors = Cors::origins(["https://localhost.tiangolo.com", "http://localhost:8080"])
            .and_then(Cors::with_credentials)
            .map(|cors| cors.with_any_header().with_ok());
        mount(answers, cors, ApiRouter::new().api_route("/", get(main).untyped()))
    }),
    ("cors-guarded", |answers| {
        let cors = Cors::origins(["https://app.example", "http://localhost:3000"])
            .and_then(Cors::with_credentials)
            .map(|cors| {
                cors.methods([Method::GET, Method::POST])
                    .headers([AUTHORIZATION, X_API_KEY])
                    .exposing([X_TOTAL])
                    .max_age(Duration::from_secs(900))
            });
        let items = get(read_items).untyped();
        let items = items.post(read_items).name("create_item").untyped();
        let items = items.delete(read_items).name("delete_items").untyped();
        let routes = ApiRouter::new()
            .api_route("/items/", items)
            .api_route("/boom", get(boom).untyped());
        mount(answers, cors, routes)
    }),
    ("cors-any", |answers| {
        let cors = Cors::any().methods([Method::GET]).headers([X_API_KEY]);
        let items = get(read_by_key).name("read_items").untyped();
        mount(answers, Ok(cors), ApiRouter::new().api_route("/items/", items))
    }),
    ("cors-regex", |answers| {
        let cors = Cors::matching(r"https://[a-z]+\.example\.com")
            .map(|cors| cors.methods([Method::GET]).headers([AUTHORIZATION]));
        let items = get(read_items).untyped();
        mount(answers, cors, ApiRouter::new().api_route("/items/", items))
    }),
];
