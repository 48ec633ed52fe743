//! An answer that does not say what it is.
//~ the answer `Page` does not say what it is
//~ a return type of your own needs `impl portcullis::openapi::Respond`

use axum::response::{IntoResponse, Response};
use portcullis::{ApiRouter, get};

struct Page;

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        "page".into_response()
    }
}

async fn read_page() -> Page {
    Page
}

fn main() {
    let _: ApiRouter = ApiRouter::new().api_route("/page", get(read_page));
}
