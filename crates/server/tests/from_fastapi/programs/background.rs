use axum::http::StatusCode;
use portcullis::Site;
use portcullis::prelude::*;
use serde_json::{Value, json};

async fn write_notification(address: String) {
    println!("notification for {address}");
}

async fn send_notification(Path(address): Path<String>) -> (StatusCode, Json<Value>) {
    tokio::spawn(write_notification(address));
    (
        StatusCode::ACCEPTED,
        Json(json!({ "message": "Notification sent in the background" })),
    )
}

pub fn app() -> axum::Router {
    let method = post(send_notification).status(StatusCode::ACCEPTED);
    Site::new().mount(ApiRouter::new().api_route("/send/{address}", method))
}
