//! Guards of a route, a router, an application.

use portcullis::openapi::Created;
use portcullis::prelude::*;
use portcullis::schemes::{BasicCredentials, BearerToken, DigestCredentials, HttpCredentials, RawApiKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest::{Digest, Door};
use super::{Application, at, mount};

portcullis::api_key! {
    AppKey in header "X-App-Key";
    QueryKey in query "key";
    FormKey in header "X-API-Key";
    OfApp in header "X-App-Key" as "app";
    OfRouter in cookie "router" as "router";
    OfRoute in query "route" as "route";
}

portcullis::basic_realm! {
    Admin = "admin";
}

portcullis::http_scheme! {
    OfParameter = "bearer" as "parameter";
}

type Message = Json<Value>;

fn message(text: &str) -> Message {
    Json(json!({ "message": text }))
}

async fn get_root() -> Message {
    message("Hello, World!")
}

async fn read_items() -> Message {
    message("items")
}

async fn create_item() -> Created<Message> {
    Created(message("created"))
}

async fn read_open() -> Message {
    message("open")
}

async fn read_stats() -> Message {
    message("stats")
}

async fn read_more() -> Message {
    message("more")
}

async fn read_key(key: RawApiKey<QueryKey>) -> Message {
    Json(json!({ "username": *key }))
}

async fn read_credentials(given: HttpCredentials<OfParameter>) -> Message {
    Json(json!({ "scheme": given.scheme(), "credentials": given.credentials() }))
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Item {
    name: String,
    #[serde(default = "one")]
    size: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Limit {
    #[serde(default = "ten")]
    limit: i64,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Body_send_form_form_post")]
struct Sent {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Order {
    #[expect(dead_code, reason = "a webhook is documented and never called")]
    number: i64,
}

fn one() -> i64 {
    1
}

fn ten() -> i64 {
    10
}

/// The guard stands first: it is asked before the body is read.
async fn add_item(token: BearerToken, Json(item): Json<Item>) -> Message {
    Json(json!({ "name": item.name, "size": item.size, "by": token.credentials() }))
}

async fn read_item(token: BearerToken, Path(item_id): Path<i64>, Query(Limit { limit }): Query<Limit>) -> Message {
    Json(json!({ "item_id": item_id, "limit": limit, "by": token.credentials() }))
}

async fn send_form(key: RawApiKey<FormKey>, Form(Sent { text }): Form<Sent>) -> Message {
    Json(json!({ "text": text, "by": *key }))
}

async fn new_order(_: BearerToken, _: Json<Order>) {}

pub const APPLICATIONS: &[Application] = &[
    ("top-level", |answers| {
        at("/", answers, get(get_root).guard::<BearerToken>())
    }),
    ("app-level", |answers| {
        let items = get(read_items).untyped().post(create_item).untyped();
        let routes = ApiRouter::new().guard::<RawApiKey<AppKey>>();
        mount(answers, routes.api_route("/items/", items))
    }),
    ("router-level", |answers| {
        let admin = ApiRouter::new()
            .guard::<BasicCredentials<Admin>>()
            .api_route("/stats", get(read_stats).untyped().tag("admin"))
            .api_route("/key", get(read_key).untyped().tag("admin"));
        let more = || ApiRouter::new().api_route("/stats", get(read_more).untyped());
        // As recorded, any text is an answer to Digest.
        let closed = match answers.document_as_fastapi {
            true => more().guard::<HttpCredentials<Digest>>(),
            false => more().guard::<DigestCredentials<Door>>(),
        };
        let routes = ApiRouter::new()
            .api_route("/open", get(read_open).untyped())
            .nest("/admin", admin)
            .nest("/closed", closed)
            .nest("/free", more());
        mount(answers, routes)
    }),
    ("three-levels", |answers| {
        let route = get(read_credentials).name("read_items").untyped();
        let router = ApiRouter::new()
            .guard::<RawApiKey<OfRouter>>()
            .api_route("/items", route.guard::<RawApiKey<OfRoute>>());
        mount(answers, ApiRouter::new().guard::<RawApiKey<OfApp>>().merge(router))
    }),
    ("guarded-body", |answers| {
        let routes = ApiRouter::new()
            .api_route("/items", post(add_item).name("create_item").untyped())
            .api_route("/items/{item_id}", get(read_item).untyped())
            .api_route("/form", post(send_form).untyped());
        mount(answers, routes)
    }),
    ("webhooks", |answers| {
        mount(
            answers,
            ApiRouter::new().webhook("new-order", post(new_order).untyped()),
        )
    }),
];
