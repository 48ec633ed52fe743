//! axum's own `Query`, whose refusals the document could not tell.
//~ axum's Json, Form, Query and Path refuse in plain text

use axum::extract::Query;
use portcullis::{ApiRouter, get};

async fn search(_: Query<String>) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/search", get(search));
}
