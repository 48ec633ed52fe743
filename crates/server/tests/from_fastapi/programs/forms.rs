use portcullis::Site;
use portcullis::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, JsonSchema)]
struct Comment {
    #[schemars(length(max = 500))]
    text: String,
    #[schemars(range(min = 1, max = 5))]
    stars: Option<u8>,
    #[serde(default)]
    tag: Vec<String>,
}

async fn send(Form(comment): Form<Comment>) -> Json<Comment> {
    Json(comment)
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().api_route("/comments/", post(send)))
}
