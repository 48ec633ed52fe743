use axum::http::Method;
use portcullis::prelude::*;
use portcullis::{Cors, CorsError, Site};
use serde_json::{Value, json};

async fn read_items(_token: BearerToken) -> Json<Value> {
    Json(json!([]))
}

pub fn app() -> Result<axum::Router, CorsError> {
    let cors = Cors::origins(["https://app.example.com"])?
        .with_credentials()?
        .methods([Method::GET, Method::POST])
        .with_any_header()
        .with_ok();
    let routes = ApiRouter::new().api_route("/items/", get(read_items));
    Ok(Site::new().cors(cors).mount(routes))
}
