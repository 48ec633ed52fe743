use axum::Router;
use axum::extract::Request;
use http::Method;
use http::header::CONTENT_TYPE;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, MemoryUsers};
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::extract::ActiveUser;
use crate::input::{Json, Path};
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get, post};
use crate::site::Site;

#[derive(Serialize, JsonSchema)]
struct Problem {
    status: u16,
    title: Value,
    code: Option<String>,
}

fn problem(error: &ErrorAnswer<'_>) -> Problem {
    Problem {
        status: error.status.as_u16(),
        title: error.detail.clone(),
        code: error.code.map(str::to_owned),
    }
}

async fn me(_: ActiveUser) {}
async fn double(Path(number): Path<u32>) -> String {
    number.to_string()
}
async fn add(_: Json<u32>) {}
/// An error of the application's own.
async fn own() -> (StatusCode, axum::Json<Value>) {
    (StatusCode::CONFLICT, axum::Json(json!({ "detail": "mine" })))
}

fn routes<S: Clone + Send + Sync + 'static>() -> ApiRouter<S> {
    ApiRouter::new()
        .api_route("/double/{number}", get(double))
        .api_route("/add", post(add))
        .api_route("/own", get(own))
}

fn auth() -> Auth<Account> {
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    Auth::builder(key, MemoryUsers::new()).build().unwrap()
}

async fn ask(app: &Router, method: Method, path: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{path}");
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn every_error_that_is_answered_here_has_the_shape_of_the_application() {
    let sub = ApiRouter::new().api_route("/double/{number}", get(double));
    let app = auth()
        .front()
        .answers(Answers::rfc())
        .error_bodies(problem)
        .mount(routes().api_route("/me", get(me)).mount("/sub", sub));
    for (method, path, status, code) in [
        (Method::GET, "/me", 401, Value::Null),
        (Method::GET, "/double/x", 422, Value::Null),
        (Method::GET, "/sub/double/x", 422, Value::Null),
        (Method::POST, "/add", 422, Value::Null),
        (Method::GET, "/nope", 404, Value::Null),
        (Method::GET, "/sub/nope", 404, Value::Null),
        (Method::DELETE, "/own", 405, Value::Null),
    ] {
        let (answered, body) = ask(&app, method, path).await;
        assert_eq!(answered.as_u16(), status, "{path}");
        assert_eq!((&body["status"], &body["code"]), (&json!(status), &code), "{path}");
        assert!(body.get("detail").is_none() && !body["title"].is_null(), "{body}");
    }
}

#[tokio::test]
async fn errors_of_the_application_and_of_oauth_stay_as_they_are() {
    let app = auth().front().error_bodies(problem).mount(routes());
    let (_, own) = ask(&app, Method::GET, "/own").await;
    assert_eq!(own, json!({ "detail": "mine" }));
    let (status, login) = ask(&app, Method::POST, "/token").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(login["detail"].is_array(), "{login}");
}

#[tokio::test]
async fn an_application_inside_that_was_finished_by_itself_keeps_its_shape() {
    let inner = Site::new().mount(routes());
    let app = Site::new()
        .error_bodies(problem)
        .mount(ApiRouter::new().nest_service("/in", inner));
    for path in ["/in/nope", "/in/double/x"] {
        let (_, body) = ask(&app, Method::GET, path).await;
        assert!(body.get("detail").is_some() && body.get("title").is_none(), "{body}");
    }
}

#[tokio::test]
async fn the_document_tells_the_shape() {
    let app = auth()
        .front()
        .answers(Answers::rfc())
        .error_bodies(problem)
        .mount(routes().api_route("/me", get(me)));
    let (_, document) = ask(&app, Method::GET, "/openapi.json").await;
    let schema = |path: &str, method: &str, status: &str| {
        let response = &document["paths"][path][method]["responses"][status];
        response["content"]["application/json"]["schema"]["$ref"].clone()
    };
    assert_eq!(schema("/me", "get", "401"), "#/components/schemas/Problem");
    assert_eq!(schema("/double/{number}", "get", "422"), "#/components/schemas/Problem");
    assert_ne!(schema("/token", "post", "400"), "#/components/schemas/Problem");
    assert!(
        document["components"]["schemas"].get("HTTPValidationError").is_none(),
        "{document}"
    );
}
