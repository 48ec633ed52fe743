use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use portcullis::Site;
use portcullis::openapi::{Describe, Operation};
use portcullis::prelude::*;
use serde_json::{Value, json};

portcullis::api_key! { Internal in header "X-Internal-Key"; }

struct Known;

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let key = RawApiKey::<Internal>::from_request_parts(parts, state).await;
        let key = key.map_err(IntoResponse::into_response)?;
        if &*key != "coneofsilence" {
            let wrong = Json(json!({ "detail": "X-Internal-Key is not known" }));
            return Err((StatusCode::FORBIDDEN, wrong).into_response());
        }
        Ok(Self)
    }
}

impl Describe for Known {
    fn describe(operation: &mut Operation) {
        RawApiKey::<Internal>::describe(operation);
    }
}

async fn read_items() -> Json<Value> {
    Json(json!(["Portal Gun", "Plumbus"]))
}

async fn read_stats() -> Json<Value> {
    Json(json!({ "items": 2 }))
}

pub fn app() -> axum::Router {
    let admin = ApiRouter::new()
        .guard::<BearerToken>()
        .api_route("/stats", get(read_stats));
    let routes = ApiRouter::new()
        .guard::<Known>()
        .api_route("/items/", get(read_items))
        .nest("/admin", admin);
    Site::new().mount(routes)
}
