use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::{Extension, Router};
use http::{Request, StatusCode};
use hyper::body::Frame;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{ApiRouter, get, post};

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
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../testdata/input/cases.json")).unwrap();
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

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_unread_and_the_limit_can_be_changed() {
    let body = |size: usize| format!("[{}1]", " ".repeat(size - 3));
    let (status, answer) = send(routes(), "/numbers", body((1 << 20) + 1)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["detail"], "The body is larger than 1048576 bytes.");
    assert_eq!(send(routes(), "/numbers", body(1 << 20)).await.0, StatusCode::OK);
    for (size, expected) in [(100, StatusCode::OK), (101, StatusCode::PAYLOAD_TOO_LARGE)] {
        let app = routes().finish(()).layer(Extension(JsonLimit(100)));
        let request = Request::post("/numbers").header("content-type", "application/json");
        assert_eq!(
            ask(app, request.body(Body::from(body(size))).unwrap()).await.0,
            expected
        );
    }
}

/// A body that never says how long it is: so many pieces, and then an error or the end.
struct Pieces(usize, Option<io::ErrorKind>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(if self.0 > 0 {
            self.0 = self.0.saturating_sub(1);
            Some(Ok(Frame::data(Bytes::from_static(&[b' '; 1 << 10]))))
        } else {
            self.1.take().map(|kind| Err(kind.into()))
        })
    }
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_or_breaks_off_or_never_ends_is_refused() {
    for (pieces, expected) in [
        (Pieces(1, Some(io::ErrorKind::TimedOut)), StatusCode::REQUEST_TIMEOUT),
        (Pieces(1, Some(io::ErrorKind::ConnectionReset)), StatusCode::BAD_REQUEST),
        (Pieces(usize::MAX, None), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(send(routes(), "/numbers", Body::new(pieces)).await.0, expected);
    }
}

#[tokio::test]
async fn nothing_of_a_secret_is_repeated_wherever_it_stands() {
    for body in [
        r#""hunter2""#,
        r#"["hunter2"]"#,
        r#"{"username": ["hunter2"]}"#,
        r#"{"usernam": "hunter2", "password": "long enough"}"#,
        r#"{"username": "hunter2", "username": "hunter2", "password": "long enough"}"#,
    ] {
        let (status, answer) = send(routes(), "/logins", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(!answer.to_string().contains("hunter2"), "{body}: {answer}");
    }
    // A type without secrets that is sent some.
    let (_, answer) = send(
        routes(),
        "/items",
        r#"{"name": "Foo", "API-Secret": "hunter2", "x": 1}"#,
    )
    .await;
    assert_eq!(
        first(&answer)["input"],
        json!({ "name": "Foo", "API-Secret": "**********", "x": 1 })
    );
    let labels = r#"{"name": "Foo", "price": 1, "labels": {"password": "hunter2"}}"#;
    let (_, answer) = send(routes(), "/items", labels).await;
    assert_eq!(
        (&first(&answer)["loc"][2], &first(&answer)["input"]),
        (&json!("password"), &Value::Null)
    );
}

#[tokio::test]
async fn a_format_or_a_write_only_member_makes_a_secret() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Pin {
        #[schemars(extend("format" = "password"))]
        pin: String,
    }
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Answer {
        #[schemars(extend("writeOnly" = true))]
        mother: Vec<String>,
    }
    async fn pin(_: Json<Pin>) {}
    async fn mother(_: Json<Option<Answer>>) {}
    let routes = || {
        ApiRouter::new()
            .api_route("/pin", post(pin))
            .api_route("/mother", post(mother))
    };
    for (path, body) in [("/pin", r#"{"pin": [1234]}"#), ("/mother", r#"{"mother": "1234"}"#)] {
        let (status, answer) = send(routes(), path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(!answer.to_string().contains("1234"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_is_repeated_and_how_many_errors_are_told_is_bounded() {
    let (_, answer) = send(routes(), "/numbers", json!(["ä".repeat(2000)]).to_string()).await;
    assert_eq!(first(&answer)["input"], format!("{}…", "ä".repeat(512)));
    let (_, answer) = send(routes(), "/numbers", json!({ "a": "ä".repeat(2000) }).to_string()).await;
    assert_eq!(first(&answer)["input"], Value::Null);
    let (_, answer) = send(routes(), "/numbers", json!(vec!["x"; 5000]).to_string()).await;
    assert_eq!(answer["detail"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_large_body_is_told_its_errors_as_a_small_one_is() {
    let mut numbers = vec![json!(1); 40_000];
    numbers[39_999] = json!("x");
    numbers[39_998] = json!("x");
    let (status, answer) = send(routes(), "/numbers", json!(numbers).to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["detail"].as_array().unwrap().len(), 2);
    assert_eq!(first(&answer)["loc"], json!(["body", 39_998]));
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only read")]
enum Figure {
    Circle {
        #[schemars(range(min = 1))]
        radius: i32,
    },
    Square {
        side: i32,
    },
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only read")]
enum Tree {
    Left { a: Box<Tree> },
    Right { a: Box<Tree> },
    Leaf(i32),
}

#[tokio::test]
async fn of_several_kinds_that_which_was_sent_is_held_against_its_own_schema() {
    async fn draw(_: Json<Figure>) {}
    let routes = || ApiRouter::new().api_route("/", post(draw));
    for (body, kind, loc) in [
        (
            r#"{"kind": "circle", "radius": 0}"#,
            "greater_than_equal",
            json!(["body", "radius"]),
        ),
        (
            r#"{"kind": "square", "side": "x"}"#,
            "int_parsing",
            json!(["body", "side"]),
        ),
        (r#"{"kind": "square"}"#, "missing", json!(["body", "side"])),
        (r#"{"kind": "line"}"#, "value_error", json!(["body", "kind"])),
    ] {
        let (status, answer) = send(routes(), "/", body).await;
        let first = first(&answer);
        assert_eq!(
            (status, &first["type"], &first["loc"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(kind), &loc)
        );
    }
    assert_eq!(
        send(routes(), "/", r#"{"kind": "circle", "radius": 1}"#).await.0,
        StatusCode::OK
    );
}

#[test]
fn a_type_that_holds_itself_costs_no_more_than_its_value_is_long() {
    // To try each branch to its end would be 2^100 steps.
    let text = format!("{}\"x\"{}", "{\"a\":".repeat(100), "}".repeat(100));
    let mut value: Value = serde_json::from_str(&text).unwrap();
    let shape = shape::Shape::of::<Tree>();
    let mut check = check::Check::new(&shape, "body");
    check.value(&[shape.root()], &mut value);
    assert!(
        check.errors.is_empty() && check.undecided.is_some(),
        "serde is to say what is wrong"
    );
}

#[tokio::test]
async fn a_body_too_deep_is_refused() {
    let (status, answer) = send(routes(), "/numbers", "[".repeat(50_000)).await;
    assert_eq!(
        (status, &first(&answer)["type"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("json_invalid"))
    );
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let (status, answer) = send(routes(), "/numbers", deep).await;
    assert_eq!(
        (status, &first(&answer)["ctx"]["error"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("Not readable as JSON"))
    );
}

#[tokio::test]
async fn sets_tuples_steps_and_numbers_without_end_are_refused_in_pydantics_words() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Mixed {
        #[serde(default)]
        set: BTreeSet<u8>,
        #[serde(default)]
        pair: (i8, String),
        #[serde(default)]
        #[schemars(extend("multipleOf" = 5))]
        step: i32,
        #[serde(default)]
        #[schemars(extend("exclusiveMinimum" = 0))]
        above: u64,
        #[serde(default)]
        float: f64,
    }
    async fn mixed(_: Json<Mixed>) {}
    for (body, kind) in [
        (r#"{"set": 1}"#, "set_type"),
        (r#"{"pair": 1}"#, "tuple_type"),
        (r#"{"pair": [1]}"#, "too_short"),
        (r#"{"pair": [1, "a", 2]}"#, "too_long"),
        (r#"{"step": 7}"#, "multiple_of"),
        (r#"{"above": 0}"#, "greater_than"),
        (r#"{"above": 18446744073709551616}"#, "less_than_equal"),
        (r#"{"float": "inf"}"#, "finite_number"),
        (r#"{"float": 1e999}"#, "json_invalid"),
    ] {
        let (status, answer) = send(ApiRouter::new().api_route("/", post(mixed)), "/", body).await;
        assert_eq!(
            (status, &first(&answer)["type"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(kind)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_path_that_the_route_does_not_have_is_our_failure_and_not_the_clients() {
    async fn one(_: Path<i64>) {}
    async fn two(_: Path<(i64, i64)>) {}
    async fn named(_: Path<Flags>) {}
    for route in [get(one), get(named)] {
        let app = ApiRouter::new().api_route("/{a}/{b}", route).finish(());
        let request = Request::get("/1/2").body(Body::empty()).unwrap();
        assert_eq!(ask(app, request).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let app = ApiRouter::new().api_route("/{a}", get(two)).finish(());
    let request = Request::get("/1").body(Body::empty()).unwrap();
    assert_eq!(ask(app, request).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn bytes_in_the_path_that_are_no_text_are_refused() {
    let request = Request::get("/pairs/1/%FF").body(Body::empty()).unwrap();
    let (status, answer) = ask(routes().finish(()), request).await;
    assert_eq!(
        (status, &first(&answer)["type"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("string_unicode"))
    );
}

#[tokio::test]
async fn a_value_that_only_serde_refuses_is_refused_where_it_stands() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Route {
        hops: Vec<std::net::Ipv4Addr>,
    }
    async fn trace(_: Json<Route>) {}
    let (status, answer) = send(
        ApiRouter::new().api_route("/", post(trace)),
        "/",
        r#"{"hops": ["127.0.0.1", "x"]}"#,
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        first(&answer),
        &json!({ "type": "value_error", "loc": ["body", "hops", 1], "msg": "Value error, invalid IPv4 address syntax", "input": null })
    );
}

proptest! {
    #[test]
    fn the_grammar_of_json_is_serdes(text in r#"[\[\]{}",: 0-9.eE+\-\\utrfalsn]{0,16}"#) {
        let read = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        prop_assert_eq!(syntax::broken(&text).is_none(), read.is_ok(), "{:?} {:?}", text, read);
    }

    #[test]
    fn no_body_makes_the_reader_panic_and_a_place_is_within_it(text in r#"\PC{0,40}"#) {
        if let Some((_, place)) = syntax::broken(&text) {
            prop_assert!(place <= text.chars().count());
        }
    }
}

#[tokio::test]
async fn axums_own_limit_of_bodies_holds_where_no_json_limit_is_set() {
    use axum::extract::DefaultBodyLimit;
    let body = |size: usize| format!("[{}1]", " ".repeat(size - 3));
    let status = async |app: Router, size: usize| {
        let request = Request::post("/numbers").header("content-type", "application/json");
        ask(app, request.body(Body::from(body(size))).unwrap()).await.0
    };
    let small = || routes().finish(()).layer(DefaultBodyLimit::max(100));
    assert_eq!(status(small(), 101).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(status(small(), 100).await, StatusCode::OK);
    assert_eq!(
        status(small().layer(Extension(JsonLimit(200))), 200).await,
        StatusCode::OK
    );
    for large in [DefaultBodyLimit::max(4 << 20), DefaultBodyLimit::disable()] {
        assert_eq!(status(routes().finish(()).layer(large), 3 << 20).await, StatusCode::OK);
    }
}

mod forms;
mod promises;
