use portcullis::Site;
use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, JsonSchema)]
struct Item {
    #[schemars(length(min = 1, max = 20))]
    name: String,
    /// In euros.
    #[schemars(range(min = 0.0))]
    price: f64,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Search {
    #[schemars(length(max = 50))]
    q: Option<String>,
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
}

fn ten() -> u32 {
    10
}

#[derive(Serialize, JsonSchema)]
struct Found {
    item_id: i64,
    q: Option<String>,
    limit: u32,
}

async fn create_item(Json(item): Json<Item>) -> Json<Item> {
    Json(item)
}

async fn read_item(Path(item_id): Path<i64>, Query(search): Query<Search>) -> Json<Found> {
    let Search { q, limit } = search;
    Json(Found { item_id, q, limit })
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/items/", post(create_item))
        .api_route("/items/{item_id}", get(read_item));
    Site::new().mount(routes)
}
