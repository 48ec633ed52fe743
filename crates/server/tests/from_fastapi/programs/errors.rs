use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portcullis::Site;
use portcullis::openapi::{Operation, Respond, ResponseObject};
use portcullis::prelude::*;
use serde_json::{Value, json};

enum ItemError {
    NotFound,
    Sold { to: String },
}

impl IntoResponse for ItemError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, Json(json!({ "detail": "Item not found" }))).into_response(),
            Self::Sold { to } => {
                let body = Json(json!({ "detail": format!("Sold to {to}") }));
                (StatusCode::CONFLICT, [("X-Sold-To", to)], body).into_response()
            }
        }
    }
}

impl Respond for ItemError {
    fn respond(operation: &mut Operation) {
        operation.response(StatusCode::NOT_FOUND, ResponseObject::new("No such item"));
        operation.response(StatusCode::CONFLICT, ResponseObject::new("Somebody has it"));
    }
}

async fn read_item(Path(item_id): Path<String>) -> Result<Json<Value>, ItemError> {
    match item_id.as_str() {
        "foo" => Ok(Json(json!({ "item": "The Foo Wrestlers" }))),
        "bar" => Err(ItemError::Sold { to: "alice".to_owned() }),
        _ => Err(ItemError::NotFound),
    }
}

pub fn app() -> axum::Router {
    Site::new().mount(ApiRouter::new().api_route("/items/{item_id}", get(read_item)))
}
