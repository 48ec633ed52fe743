use std::collections::{BTreeMap, HashMap};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{Answers, ApiRouter, get, post};

// The application of `testdata/input/record.py`.

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Color {
    #[default]
    Red,
    Green,
    Blue,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Maker {
    name: String,
    year: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Item {
    #[schemars(length(min = 1, max = 10))]
    name: String,
    #[schemars(range(min = 0.5), extend("exclusiveMaximum" = 1000.0))]
    price: f64,
    #[serde(default = "one")]
    count: u8,
    #[serde(default)]
    color: Color,
    #[serde(default)]
    #[schemars(length(max = 3))]
    tags: Vec<String>,
    maker: Option<Maker>,
    #[serde(default)]
    labels: HashMap<String, i64>,
    #[serde(default)]
    active: bool,
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    code: Option<String>,
}

fn one() -> u8 {
    1
}

#[derive(Deserialize, JsonSchema)]
struct Login {
    username: String,
    #[schemars(length(min = 8))]
    #[expect(dead_code, reason = "only read")]
    password: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Search {
    q: String,
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    limit: i64,
    ratio: Option<f64>,
    #[serde(default)]
    deep: bool,
    color: Option<Color>,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    ids: Vec<i64>,
}

fn ten() -> i64 {
    10
}

#[derive(Deserialize, JsonSchema)]
struct Flags {
    flag: bool,
    weight: f64,
}

async fn create(item: Json<Item>) -> Json<Item> {
    item
}
async fn log_in(Json(login): Json<Login>) -> Json<String> {
    Json(login.username)
}
async fn numbers(numbers: Json<Vec<i64>>) -> Json<Vec<i64>> {
    numbers
}
async fn maybe(maker: Option<Json<Maker>>) -> Json<Option<Maker>> {
    Json(maker.map(|Json(maker)| maker))
}
async fn search(Query(search): Query<Search>) -> Json<Search> {
    Json(search)
}
async fn read(Path(item_id): Path<u32>) -> Json<u32> {
    Json(item_id)
}
async fn pair(Path(pair): Path<(i64, Color)>) -> Json<(i64, Color)> {
    Json(pair)
}
async fn flag(Path(flags): Path<Flags>) -> Json<(bool, f64)> {
    Json((flags.flag, flags.weight))
}

fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/items", post(create))
        .api_route("/logins", post(log_in))
        .api_route("/numbers", post(numbers))
        .api_route("/maybe", post(maybe))
        .api_route("/search", get(search))
        .api_route("/items/{item_id}", get(read))
        .api_route("/pairs/{number}/{color}", get(pair))
        .api_route("/flags/{flag}/{weight}", get(flag))
}

async fn ask(app: Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = || String::from_utf8_lossy(&body).into_owned().into();
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
}

async fn send(routes: ApiRouter, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(path).header("content-type", "application/json");
    ask(routes.finish(()), request.body(body.into()).unwrap()).await
}

fn first(answer: &Value) -> &Value {
    &answer["detail"][0]
}

/// Where we differ from FastAPI and mean to: status, and `input` or the error that is told instead.
fn kept() -> BTreeMap<&'static str, (u16, Value)> {
    let stops = |loc: Value, told: &str, input: Value| {
        (
            422,
            json!([{ "type": "value_error", "loc": loc, "msg": format!("Value error, {told}"), "input": input }]),
        )
    };
    let mut kept = BTreeMap::new();
    let nan = json!([{ "type": "json_invalid", "loc": ["body", 25], "msg": "JSON decode error", "input": {},
                       "ctx": { "error": "Expecting value" } }]);
    kept.insert("json/nan", (422, nan));
    let twice = stops(json!(["body"]), "duplicate field `name`", Value::Null);
    kept.insert("lax/duplicate-member", twice);
    kept
}

#[tokio::test]
async fn bad_input_is_answered_as_fastapi_answers_it() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../../testdata/input/cases.json")).unwrap();
    assert!(cases.len() > 100);
    let (app, mut kept, mut different) = (routes().finish(()), kept(), Vec::new());
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let mut request = Request::builder()
            .method(case["method"].as_str().unwrap())
            .uri(case["path"].as_str().unwrap());
        if let Some(kind) = case["content_type"].as_str() {
            request = request.header("content-type", kind);
        }
        let body = match (case["body"].as_str(), case["body_b64"].as_str()) {
            (Some(text), _) => text.into(),
            (_, Some(text)) => base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap(),
            _ => Vec::new(),
        };
        let (status, mut ours) = ask(app.clone(), request.body(Body::from(body)).unwrap()).await;
        let (mut expected, mut theirs) = (
            u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
            case["answer"].clone(),
        );
        if let Some((status, detail)) = kept.remove(id) {
            assert_ne!(
                (status, &detail),
                (expected, &theirs["detail"]),
                "{id} differs no longer"
            );
            (expected, theirs) = (status, json!({ "detail": detail }));
        }
        if id.starts_with("secret/") {
            assert_eq!(first(&ours)["input"], Value::Null, "{id}");
            assert!(!ours.to_string().contains("hunter2"), "{id}");
            ours["detail"][0]["input"] = first(&theirs)["input"].clone();
        }
        if (status.as_u16(), &ours) != (expected, &theirs) {
            different.push(format!("{id}:\n    ours {status} {ours}\n  theirs {expected} {theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(kept.is_empty(), "no such case: {:?}", kept.keys());
}
