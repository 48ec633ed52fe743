use portcullis::Site;
use portcullis::prelude::*;
use portcullis::schemes::AnyRealm;
use serde_json::{Value, json};

async fn read_me(given: BasicCredentials) -> Result<Json<Value>, Refusal> {
    if !given.are("stanleyjobson", "swordfish") {
        return Err(BasicCredentials::<AnyRealm>::wrong());
    }
    Ok(Json(json!({ "username": given.username })))
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().api_route("/users/me", get(read_me)))
}
