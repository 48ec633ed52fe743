use portcullis::prelude::*;
use portcullis::{ServeError, Site};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct Message {
    message: &'static str,
}

async fn read_root() -> Json<Message> {
    Json(Message { message: "Hello World" })
}

pub fn app() -> axum::Router {
    let routes = ApiRouter::new().title("Hello").version("1.0.0");
    Site::new().mount(routes.api_route("/", get(read_root)))
}

#[tokio::main]
pub async fn main() -> Result<(), ServeError> {
    portcullis::serve("127.0.0.1:8000", app()).await
}
