use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

async fn read_items(token: BearerToken) -> Json<Value> {
    Json(json!({ "scheme": token.scheme(), "token": token.credentials() }))
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().api_route("/items/", get(read_items)))
}
