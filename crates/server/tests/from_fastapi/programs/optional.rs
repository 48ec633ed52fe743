use portcullis::Site;
use portcullis::prelude::*;
use portcullis::schemes::OneOf2;
use serde_json::{Value, json};

portcullis::api_key! { Partner in header "X-API-Key"; }

async fn read_greeting(key: Option<RawApiKey<Partner>>) -> Json<Value> {
    Json(json!({ "key": key.map(|key| key.to_string()) }))
}

async fn read_either(given: AnyOf<(RawApiKey<Partner>, BearerToken)>) -> Json<Value> {
    Json(match given.0 {
        OneOf2::First(key) => json!({ "key": *key }),
        OneOf2::Second(token) => json!({ "token": token.credentials() }),
    })
}

async fn read_both(key: RawApiKey<Partner>, token: BearerToken) -> Json<Value> {
    Json(json!({ "key": *key, "token": token.credentials() }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/greeting", get(read_greeting))
        .api_route("/either", get(read_either))
        .api_route("/both", get(read_both));
    Site::new().mount(routes)
}
