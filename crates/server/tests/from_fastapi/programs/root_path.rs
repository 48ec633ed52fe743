use portcullis::prelude::*;
use portcullis::{RootPath, Site};
use serde_json::{Value, json};

async fn read_main(RootPath(path): RootPath) -> Json<Value> {
    Json(json!({ "message": "Hello World", "root_path": path }))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new().api_route("/app", get(read_main));
    Site::new().root_path("/api/v1").mount(routes)
}
