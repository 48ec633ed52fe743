//! A function that is no axum handler.
//~ cannot stand at a route
//~ a handler is an `async fn`

use portcullis::{ApiRouter, get};

fn not_async() -> String {
    String::new()
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/", get(not_async));
}
