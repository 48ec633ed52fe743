//! A JSON body that has no schema.
//~ cannot stand at a route
//~ `Json`, `Query` and `Path` take what derives `serde::Deserialize` and `schemars::JsonSchema`

use portcullis::{ApiRouter, Json, post};

#[derive(serde::Deserialize)]
struct Item {
    name: String,
}

async fn create_item(Json(item): Json<Item>) -> String {
    item.name
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/items", post(create_item));
}
