use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{NoContent, Redirect};
use http::Request;
use tower::ServiceExt as _;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::input::Json;
use crate::openapi::Created;
use crate::router::{ApiRouter, get, post};

/// Keeps what is told.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<String>>);

impl Visit for Kept {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{value:?}").unwrap();
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "portcullis::statuses"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What is told while each of these routes is asked twice.
async fn told(routes: ApiRouter, asked: &[(&str, &str)]) -> String {
    let kept = Kept::default();
    let _guard = tracing::subscriber::set_default(kept.clone());
    let app = routes.finish(());
    for (method, path) in [asked, asked].concat() {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap();
    }
    let told = kept.0.lock().unwrap();
    told.clone()
}

async fn created() -> (StatusCode, Json<u8>) {
    (StatusCode::CREATED, Json(1))
}

async fn created_by_type() -> Created<Json<u8>> {
    Created(Json(1))
}

async fn nothing() -> NoContent {
    NoContent
}

async fn elsewhere() -> Redirect {
    Redirect::to("/")
}

async fn unchanged() -> StatusCode {
    StatusCode::NOT_MODIFIED
}

async fn broken() -> StatusCode {
    StatusCode::CONFLICT
}

#[tokio::test]
async fn a_status_that_the_document_does_not_tell_is_warned_of_once_with_what_to_write() {
    let routes = ApiRouter::new().api_route("/notes", post(created));
    let told = told(routes, &[("POST", "/notes")]).await;
    let sentence = "POST /notes answered 201, but its document says 200: answer with a type that tells it \
                    (`Created<Json<T>>`, `NoContent`), or add `.status(…)` to the route\n";
    assert_eq!(told, if cfg!(debug_assertions) { sentence } else { "" });
}

#[tokio::test]
async fn what_is_documented_hidden_or_an_error_is_no_matter() {
    let routes = ApiRouter::new()
        .api_route("/said", post(created).status(StatusCode::CREATED))
        .api_route("/typed", post(created_by_type).get(nothing))
        .api_route("/elsewhere", get(elsewhere))
        .api_route("/unchanged", get(unchanged).post(broken))
        .api_route("/hidden", post(created).hidden());
    let asked = [
        ("POST", "/said"),
        ("POST", "/typed"),
        ("GET", "/typed"),
        ("HEAD", "/typed"),
        ("GET", "/elsewhere"),
        ("GET", "/unchanged"),
        ("POST", "/unchanged"),
        ("POST", "/hidden"),
        ("GET", "/nowhere"),
    ];
    assert_eq!(told(routes, &asked).await, "");
}
