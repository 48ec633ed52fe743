use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

mod items {
    use super::*;

    async fn read_items() -> Json<Value> {
        Json(json!([{ "name": "Portal Gun" }]))
    }

    async fn read_item(Path(item_id): Path<u32>) -> Json<Value> {
        Json(json!({ "item_id": item_id }))
    }

    pub fn router() -> ApiRouter {
        ApiRouter::new()
            .api_route("/", get(read_items).tag("items"))
            .api_route("/{item_id}", get(read_item).tag("items"))
    }
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().nest("/items", items::router()))
}
