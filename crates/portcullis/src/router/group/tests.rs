use axum::Router;
use axum::body::{Body, Bytes};
use axum::middleware::map_request;
use axum::routing::any_service;
use http::header::{ALLOW, LOCATION};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::{Declared, Scopes as _};
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::answers::Answers;
use crate::openapi::{Guard, Operation, SecurityScheme};
use crate::refusal::Refusal;
use crate::router::{get, post};

portcullis_core::scopes! {
    /// One.
    One = "one";
    /// Two.
    Two = "two";
}

/// Refuses who does not send the header of its name, and says which it is.
struct Asks<const NAME: char>;

impl<S: Send + Sync, const NAME: char> FromRequestParts<S> for Asks<NAME> {
    type Rejection = (StatusCode, String);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, (StatusCode, String)> {
        match parts.headers.contains_key(NAME.to_string()) {
            true => Ok(Self),
            false => Err((StatusCode::UNAUTHORIZED, NAME.to_string())),
        }
    }
}

const ONE: &[Declared] = One::LIST;
const BOTH: &[Declared] = <(Two, One)>::LIST;

impl<const NAME: char> Describe for Asks<NAME> {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(if NAME == 'a' { ONE } else { BOTH }, false));
    }
}

/// A refusal that the table answers.
struct Never;

impl<S: Send + Sync> FromRequestParts<S> for Never {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Err(Refusal::NoToken)
    }
}

impl Describe for Never {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(&[], false));
    }
}

async fn plain() -> &'static str {
    "in"
}

async fn with_d(_: Asks<'d'>) -> &'static str {
    "in"
}

async fn takes(body: Bytes) -> Bytes {
    body
}

async fn send(app: &Router, method: &str, path: &str, headers: &str) -> Response<Bytes> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::from("body"))
        .unwrap();
    for name in headers.chars() {
        let name: HeaderName = name.to_string().parse().unwrap();
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

/// What answers, by its body.
async fn ask(app: &Router, method: &str, path: &str, headers: &str) -> String {
    let response = send(app, method, path, headers).await;
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// Everything that can answer.
fn house() -> ApiRouter {
    let files = any_service(service_fn(async |_: Request<Body>| Ok(Response::new(Body::from("in")))));
    ApiRouter::new()
        .api_route("/before", get(plain))
        .guard::<Asks<'a'>>()
        .api_route("/after", get(plain).post(plain))
        .api_route(
            "/layered",
            get(plain).layer(map_request(async |request: Request<Body>| request)),
        )
        .merge(ApiRouter::new().api_route("/merged", get(plain)))
        .nest("/nested", ApiRouter::new().api_route("/deep", get(plain)))
        .route("/plain", axum::routing::get(plain))
        .route("/any", axum::routing::any(plain))
        .nest_service("/files", files)
        .fallback(plain)
}

#[tokio::test]
async fn the_guard_of_a_router_holds_for_all_that_answers_whenever_it_was_added() {
    let app = house().finish(());
    for path in [
        "/before",
        "/after",
        "/layered",
        "/merged",
        "/nested/deep",
        "/plain",
        "/any",
        "/files",
        "/files/a/b",
        "/elsewhere",
        "/nested/elsewhere",
        "/%62efore",
        "/nested/%64eep",
    ] {
        let refused = send(&app, "GET", path, "").await;
        assert_eq!(
            (refused.status(), &refused.body()[..]),
            (StatusCode::UNAUTHORIZED, &b"a"[..]),
            "{path}"
        );
        assert_eq!(ask(&app, "GET", path, "a").await, "in", "{path}");
    }
    for (method, path) in [
        ("POST", "/after"),
        ("DELETE", "/any"),
        ("DELETE", "/files/x"),
        ("HEAD", "/any"),
    ] {
        assert_eq!(
            send(&app, method, path, "").await.status(),
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_no_handler_answers_is_open() {
    let app = ApiRouter::new()
        .guard::<Asks<'a'>>()
        .api_route("/items/", get(plain))
        .finish(());
    assert_eq!(send(&app, "GET", "/nope", "").await.status(), StatusCode::NOT_FOUND);
    for method in ["DELETE", "HEAD", "OPTIONS"] {
        let refused = send(&app, method, "/items/", "").await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[ALLOW], "GET");
    }
    let redirected = send(&app, "GET", "/items", "").await;
    assert_eq!(redirected.headers()[LOCATION], "/items/");
}

#[tokio::test]
async fn guards_are_asked_from_outside_to_inside() {
    let route = get(with_d).guard::<Asks<'c'>>();
    let router = ApiRouter::new().guard::<Asks<'b'>>().api_route("/x", route);
    let app = ApiRouter::new().guard::<Asks<'a'>>().merge(router).finish(());
    for (sent, asked) in [
        ("", "a"),
        ("bcd", "a"),
        ("a", "b"),
        ("acd", "b"),
        ("ab", "c"),
        ("abc", "d"),
        ("abcd", "in"),
    ] {
        assert_eq!(ask(&app, "GET", "/x", sent).await, asked, "{sent}");
    }
}

#[tokio::test]
async fn the_same_routes_stand_there_with_a_guard_and_without() {
    let more = || ApiRouter::new().api_route("/stats", get(plain));
    let app = ApiRouter::new()
        .nest("/closed", more().guard::<Asks<'a'>>())
        .nest("/free", more())
        .finish(());
    assert_eq!(ask(&app, "GET", "/closed/stats", "").await, "a");
    assert_eq!(ask(&app, "GET", "/closed/stats", "a").await, "in");
    assert_eq!(ask(&app, "GET", "/free/stats", "").await, "in");
}

#[tokio::test]
async fn two_groups_that_share_a_path_keep_their_guards() {
    let reading = ApiRouter::new().guard::<Asks<'a'>>().api_route("/x", get(plain));
    let writing = ApiRouter::new().guard::<Asks<'b'>>().api_route("/x", post(plain));
    let undescribed = ApiRouter::new()
        .guard::<Asks<'c'>>()
        .route("/x", axum::routing::put(plain));
    let app = ApiRouter::new()
        .merge(reading)
        .merge(writing)
        .merge(undescribed)
        .finish(());
    for (method, asked) in [("GET", "a"), ("POST", "b"), ("PUT", "c")] {
        assert_eq!(ask(&app, method, "/x", "").await, asked);
        assert_eq!(ask(&app, method, "/x", asked).await, "in");
    }
}

#[tokio::test]
async fn only_what_says_so_is_open_in_a_guarded_router() {
    let public = ApiRouter::new()
        .guard::<Asks<'b'>>()
        .api_route("/public", get(plain))
        .unguarded();
    let app = ApiRouter::new()
        .guard::<Asks<'a'>>()
        .merge(public)
        .api_route("/private", get(plain));
    assert_eq!(app.routes().open().count(), 0);
    let app = ApiRouter::new().guard::<Asks<'c'>>().nest("/in", app).finish(());
    assert_eq!(ask(&app, "GET", "/in/public", "").await, "b");
    assert_eq!(ask(&app, "GET", "/in/public", "b").await, "in");
    assert_eq!(ask(&app, "GET", "/in/private", "a").await, "c");
}

#[test]
fn the_document_joins_what_all_of_them_ask_the_outer_before_the_inner() {
    let app: ApiRouter = ApiRouter::new().guard::<Asks<'a'>>().nest(
        "/in",
        ApiRouter::new().guard::<Asks<'b'>>().api_route("/x", get(with_d)),
    );
    let app = app.api_route("/y", get(plain));
    let scheme = SecurityScheme::password_bearer("token").named("Token");
    let document = app.openapi(Some(&scheme), &Answers::fastapi());
    let security = |path: &str| document.value()["paths"][path]["get"]["security"][0]["Token"].to_string();
    assert_eq!(security("/in/x"), r#"["one","two"]"#);
    assert_eq!(security("/y"), r#"["one"]"#);
    assert_eq!(app.routes().open().count(), 0);
}

#[tokio::test]
async fn a_layer_stands_around_the_guards_of_a_group() {
    let tells = map_request(async |mut request: Request<Body>| {
        request.headers_mut().insert("a", HeaderValue::from_static("1"));
        request
    });
    let app = ApiRouter::new()
        .api_route("/x", get(plain))
        .route_layer(tells)
        .guard::<Asks<'a'>>()
        .finish(());
    assert_eq!(ask(&app, "GET", "/x", "").await, "in");
}

/// A body of which nothing ever comes.
struct Silent;

impl hyper::body::Body for Silent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn a_refusal_comes_before_the_body_is_read() {
    let app = ApiRouter::new()
        .guard::<Asks<'a'>>()
        .api_route("/x", post(takes))
        .finish(());
    let request = Request::post("/x").body(Body::new(Silent)).unwrap();
    let refused = app.clone().oneshot(request).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, "POST", "/x", "a").await, "body");
}

/// The table's answer is the table's wherever the guard stands.
#[tokio::test]
async fn the_refusal_of_a_group_is_answered_by_the_table_that_was_mounted() {
    let mut answers = Answers::fastapi();
    answers.no_token.detail = "Who are you?";
    let manner = crate::router::Manner {
        render: Some(crate::render::Render::new(answers.into())),
        ..Default::default()
    };
    let passes = map_request(async |request: Request<Body>| request);
    let app = ApiRouter::new()
        .guard::<Never>()
        .api_route("/bare", get(plain))
        .api_route("/layered", get(plain).layer(passes.clone()))
        .route("/plain", axum::routing::get(plain))
        .finish_as((), &manner);
    for path in ["/bare", "/layered", "/plain"] {
        let refused = ask(&app, "GET", path, "").await;
        assert_eq!(refused, r#"{"detail":"Who are you?"}"#, "{path}");
    }
}
