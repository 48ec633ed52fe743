//! The floor: what axum does without us.

use axum::{Json, Router, routing::get};
use serde::Serialize;

#[derive(Serialize)]
pub struct Hello {
    username: &'static str,
    email: &'static str,
    full_name: &'static str,
    disabled: bool,
}

/// A small JSON object, of the size of the chapter's user.
pub async fn hello() -> Json<Hello> {
    Json(Hello {
        username: "johndoe",
        email: "johndoe@example.com",
        full_name: "John Doe",
        disabled: false,
    })
}

/// Serves it on a free port, which it prints, for ever.
pub fn serve() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, Router::new().route("/", get(hello))).await
    })
}
