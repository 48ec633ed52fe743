//! axum's own `Json`, `Query` and `Path`, whose refusals the document could not tell.
//~ axum's Json, Form, Query and Path refuse in plain text
//~ take `Json`, `Form`, `Query` and `Path` of portcullis

use axum::extract::{Path, Query};
use portcullis::{ApiRouter, get};

async fn search(_: Query<String>) -> String {
    String::new()
}

async fn read(_: Path<String>) -> String {
    String::new()
}

async fn create(_: axum::Json<String>) -> String {
    String::new()
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/search", get(search));
    let _: ApiRouter = ApiRouter::new().api_route("/read/{id}", get(read));
    let _: ApiRouter = ApiRouter::new().api_route("/items", portcullis::post(create));
}
