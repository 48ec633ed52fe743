use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

async fn add_version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let version = HeaderValue::from_static("1.0");
    response.headers_mut().insert("X-Version", version);
    response
}

async fn read_items(_token: BearerToken) -> Json<Value> {
    Json(json!([]))
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new().api_route("/items/", get(read_items));
    Site::new().mount(routes).layer(from_fn(add_version))
}
