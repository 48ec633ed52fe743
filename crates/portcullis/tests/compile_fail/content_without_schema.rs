//! An answer whose content has no schema.
//~ JsonSchema` is not satisfied

use axum::Json;
use portcullis::{ApiRouter, get};

#[derive(serde::Serialize)]
struct Profile {
    username: String,
}

async fn read_users_me() -> Json<Profile> {
    Json(Profile {
        username: String::new(),
    })
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/users/me/", get(read_users_me));
}
