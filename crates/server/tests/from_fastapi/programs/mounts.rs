use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

async fn read_main() -> Json<Value> {
    Json(json!({ "message": "Hello World from main app" }))
}

async fn read_sub() -> Json<Value> {
    Json(json!({ "message": "Hello World from sub API" }))
}

pub fn app() -> axum::Router {
    let sub = ApiRouter::new().title("Sub").api_route("/sub", get(read_sub));
    let routes = ApiRouter::new().api_route("/app", get(read_main)).mount("/subapi", sub);
    Site::new().mount(routes)
}
