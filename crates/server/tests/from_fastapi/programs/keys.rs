use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

portcullis::api_key! {
    Partner in header "X-API-Key" described "A partner's key.";
    Reader in query "key";
    Session in cookie "session";
}

async fn by_header(key: RawApiKey<Partner>) -> Json<Value> {
    Json(json!({ "key": *key }))
}

async fn by_query(key: RawApiKey<Reader>) -> Json<Value> {
    Json(json!({ "key": *key }))
}

async fn by_cookie(key: RawApiKey<Session>) -> Json<Value> {
    Json(json!({ "key": *key }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/header", get(by_header))
        .api_route("/query", get(by_query))
        .api_route("/cookie", get(by_cookie));
    Site::new().mount(routes)
}
