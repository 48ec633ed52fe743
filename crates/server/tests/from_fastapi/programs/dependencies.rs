use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use portcullis::Site;
use portcullis::openapi::{Describe, In, Operation, Parameter};
use portcullis::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

type Notes = Arc<BTreeMap<String, Vec<&'static str>>>;

#[derive(Deserialize, JsonSchema)]
struct Page {
    #[serde(default)]
    after: usize,
    #[serde(default = "ten")]
    limit: usize,
}

fn ten() -> usize {
    10
}

struct Tenant(String);

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = (StatusCode, Json<Value>);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let name = parts.headers.get("X-Tenant").and_then(|name| name.to_str().ok());
        let missing = (
            StatusCode::BAD_REQUEST,
            Json(json!({ "detail": "X-Tenant header missing" })),
        );
        name.map(|name| Self(name.to_owned())).ok_or(missing)
    }
}

impl Describe for Tenant {
    fn describe(operation: &mut Operation) {
        let schema = operation.schema::<String>();
        operation.parameter(Parameter {
            name: "X-Tenant".to_owned(),
            location: In::Header,
            required: true,
            description: None,
            schema,
        });
    }
}

async fn read_notes(Tenant(tenant): Tenant, Query(page): Query<Page>, State(notes): State<Notes>) -> Json<Value> {
    let of_tenant = notes.get(&tenant).into_iter().flatten();
    let found: Vec<_> = of_tenant.skip(page.after).take(page.limit).collect();
    Json(json!({ "tenant": tenant, "notes": found }))
}

pub fn app() -> axum::Router {
    let notes = Notes::new(BTreeMap::from([("acme".to_owned(), vec!["one", "two", "three"])]));
    let routes = ApiRouter::new().api_route("/notes", get(read_notes));
    Site::new().mount_with(routes, notes)
}
