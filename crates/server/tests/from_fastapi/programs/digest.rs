use portcullis::Site;
use portcullis::prelude::*;
use portcullis::schemes::HttpCredentials;
use serde_json::{Value, json};

portcullis::http_scheme! { Digest = "digest"; }

async fn read_me(given: HttpCredentials<Digest>) -> Json<Value> {
    Json(json!({ "scheme": given.scheme(), "credentials": given.credentials() }))
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().api_route("/users/me", get(read_me)))
}
