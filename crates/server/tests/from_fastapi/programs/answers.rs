use axum::response::NoContent;
use portcullis::Site;
use portcullis::openapi::Created;
use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct UserIn {
    username: String,
    #[expect(dead_code, reason = "hashed and stored by a real application")]
    password: String,
}

#[derive(Serialize, JsonSchema)]
struct UserOut {
    username: String,
}

async fn create_user(Json(user): Json<UserIn>) -> Created<Json<UserOut>> {
    let UserIn { username, .. } = user;
    Created(Json(UserOut { username }))
}

async fn delete_user(Path(_username): Path<String>) -> NoContent {
    NoContent
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/users/", post(create_user))
        .api_route("/users/{username}", delete(delete_user));
    Site::new().mount(routes)
}
