use portcullis::prelude::*;
use portcullis::{ErrorAnswer, Site};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize, JsonSchema)]
struct Problem {
    status: u16,
    title: String,
}

fn problem(error: &ErrorAnswer) -> Problem {
    let title = error.detail.as_str().unwrap_or("Fields are missing or not valid");
    Problem {
        status: error.status.as_u16(),
        title: title.to_owned(),
    }
}

async fn read_item(_token: BearerToken, Path(item_id): Path<u32>) -> Json<Value> {
    Json(json!({ "item_id": item_id }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new().api_route("/items/{item_id}", get(read_item));
    Site::new().error_bodies(problem).mount(routes)
}
