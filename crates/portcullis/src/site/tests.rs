use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, MemoryUsers};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::extract::ActiveUser;
use crate::mount::Mount as _;
use crate::openapi::{Describe, Guard, Operation};
use crate::refusal::Refusal;
use crate::router::{get, post};

/// A guard that asks for a header, and names nothing in the document but that it is one.
struct Key;

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.headers.get("key").map(|_| Self).ok_or(Refusal::NoToken)
    }
}

impl Describe for Key {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(&[], false));
    }
}

async fn plain() -> &'static str {
    "in"
}

async fn reached(RootPath(path): RootPath) -> String {
    path
}

async fn send(app: &Router, method: &str, path: &str, key: bool) -> http::Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    if key {
        request = request.header("key", "1");
    }
    let request = request.body(Body::empty()).unwrap();
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    http::Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

async fn text(app: &Router, path: &str) -> String {
    let answer = send(app, "GET", path, true).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    String::from_utf8(answer.body().to_vec()).unwrap()
}

async fn document(app: &Router, prefix: &str) -> Value {
    serde_json::from_str(&text(app, &format!("{prefix}/openapi.json")).await).unwrap()
}

/// An application in an application in an application, of which the outermost is guarded.
fn house() -> ApiRouter {
    let inner = ApiRouter::new()
        .title("Inner")
        .api_route("/", get(plain))
        .api_route("/where", get(reached));
    let sub = ApiRouter::new()
        .title("Sub")
        .api_route("/items/", get(plain).post(plain))
        .route("/plain", axum::routing::get(plain))
        .nest_service("/files", axum::routing::any(plain).with_state(()))
        .fallback(plain)
        .api_route("/where", get(reached))
        .mount("/inner", inner);
    ApiRouter::new()
        .title("Main")
        .mount("/sub", sub)
        .api_route("/app", get(plain))
        .guard::<Key>()
}

#[tokio::test]
async fn a_mounted_application_is_never_open_where_the_one_around_it_is_guarded() {
    let app = Site::new().mount(house());
    for path in [
        "/app",
        "/sub/items/",
        "/sub/%69tems/",
        "/sub/plain",
        "/sub/files/a",
        "/sub/elsewhere",
        "/sub/where",
        "/sub/inner/",
        "/sub/inner/where",
    ] {
        assert_eq!(
            send(&app, "GET", path, false).await.status(),
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
        assert_eq!(send(&app, "GET", path, true).await.status(), StatusCode::OK, "{path}");
    }
    let post = send(&app, "POST", "/sub/items/", false).await;
    assert_eq!(post.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house().routes().open().count(), 0);
}

#[tokio::test]
async fn a_path_with_two_slashes_behind_a_mount_is_another_path() {
    let small = || ApiRouter::new().api_route("/", get(plain)).api_route("/x", get(plain));
    let finished = Site::new().mount(small().mount("/inner", small()));
    let routes = ApiRouter::new().mount("/sub", small().mount("/inner", small()));
    let app = Site::new().mount(routes.nest_service("/own", finished));
    for mount in ["/sub", "/sub/inner", "/own", "/own/inner"] {
        for there in ["/", "/x"] {
            let path = format!("{mount}{there}");
            assert_eq!(send(&app, "GET", &path, false).await.status(), StatusCode::OK, "{path}");
            let doubled = format!("{mount}/{there}?a=b");
            assert_eq!(
                send(&app, "GET", &doubled, false).await.status(),
                StatusCode::NOT_FOUND,
                "{doubled}"
            );
        }
    }
    for path in ["//sub/x", "/sub//inner/x", "/own//inner/x", "/sub///x"] {
        assert_eq!(
            send(&app, "GET", path, false).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_mounted_application_is_open_where_it_says_so_and_keeps_its_own_guard() {
    let open = ApiRouter::new().api_route("/news", get(plain)).unguarded();
    let own = ApiRouter::new()
        .guard::<Key>()
        .api_route("/news", get(plain))
        .unguarded();
    let app = ApiRouter::new().guard::<Key>().mount("/open", open).mount("/own", own);
    let around = ApiRouter::new().guard::<Key>().nest("/v1", app);
    assert_eq!(around.routes().open().count(), 1);
    let app = Site::new().mount(around);
    assert_eq!(send(&app, "GET", "/v1/open/news", false).await.status(), StatusCode::OK);
    assert_eq!(
        send(&app, "GET", "/v1/own/news", false).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

/// An application that was finished by itself: the guards stand around all of it, its document too.
#[tokio::test]
async fn a_finished_application_is_guarded_whole() {
    let own = Site::new().mount(ApiRouter::new().api_route("/news", get(plain)));
    let app = ApiRouter::new().guard::<Key>().nest_service("/own", own);
    let app = Site::new().mount(app);
    for path in ["/own/news", "/own/docs", "/own/openapi.json", "/own/nope", "/own"] {
        assert_eq!(
            send(&app, "GET", path, false).await.status(),
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    assert_eq!(document(&app, "/own").await["servers"], json!([{ "url": "/own" }]));
}

#[tokio::test]
async fn document_pages_redirections_and_what_is_not_there_are_open() {
    let app = Site::new().mount(house());
    for (method, path, status) in [
        ("GET", "/docs", 200),
        ("GET", "/sub/docs", 200),
        ("GET", "/sub/inner/openapi.json", 200),
        ("DELETE", "/sub/items/", 405),
        ("GET", "/sub/inner/nope", 404),
        ("GET", "/nope", 404),
        ("GET", "/sub/items", 307),
    ] {
        let answer = send(&app, method, path, false).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn each_application_has_a_document_that_names_where_it_is_reached() {
    let app = axum::Router::new().nest_service("/mounted", Site::new().mount(house()));
    for (prefix, title, paths) in [
        ("/mounted", "Main", vec!["/app"]),
        ("/mounted/sub", "Sub", vec!["/items/", "/where"]),
        ("/mounted/sub/inner", "Inner", vec!["/", "/where"]),
    ] {
        let document = document(&app, prefix).await;
        assert_eq!(document["info"]["title"], title);
        assert_eq!(document["servers"], json!([{ "url": prefix }]));
        let found: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(found, paths, "{prefix}");
        let page = text(&app, &format!("{prefix}/docs")).await;
        assert!(
            page.contains(&format!("\"{prefix}/openapi.json\"")) && page.contains(title),
            "{page}"
        );
    }
    assert_eq!(text(&app, "/mounted/sub/where").await, "/mounted/sub");
    assert_eq!(text(&app, "/mounted/sub/inner/where").await, "/mounted/sub/inner");
}

#[tokio::test]
async fn what_leads_on_keeps_the_prefix_and_the_query() {
    let app = axum::Router::new().nest_service("/mounted", Site::new().root_path("/api").mount(house()));
    for (path, location) in [
        ("/mounted/sub", "/api/mounted/sub/"),
        ("/mounted/sub?a=1", "/api/mounted/sub/?a=1"),
        ("/mounted/sub/inner", "/api/mounted/sub/inner/"),
        ("/mounted/sub/items?a=1", "/api/mounted/sub/items/?a=1"),
    ] {
        let answer = send(&app, "GET", path, false).await;
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT, "{path}");
        assert_eq!(answer.headers()[header::LOCATION], location, "{path}");
    }
}

/// Told to the application, or to the server around it; where both were, the application knows better.
#[tokio::test]
async fn a_root_path_that_was_told_is_where_everything_is_reached() {
    let routes = || {
        ApiRouter::new()
            .api_route("/where", get(reached))
            .mount("/sub", house())
    };
    let by_server = Site::new().mount(routes()).layer(RootPath::told("/api/v1"));
    let itself = Site::new().root_path("/api/v1/").mount(routes());
    let both = Site::new()
        .root_path("api/v1")
        .mount(routes())
        .layer(RootPath::told("/other"));
    for app in [by_server, itself, both] {
        assert_eq!(text(&app, "/where").await, "/api/v1");
        assert_eq!(text(&app, "/sub/sub/inner/where").await, "/api/v1/sub/sub/inner");
        assert_eq!(document(&app, "").await["servers"], json!([{ "url": "/api/v1" }]));
        assert_eq!(
            document(&app, "/sub").await["servers"],
            json!([{ "url": "/api/v1/sub" }])
        );
        let lead = send(&app, "GET", "/where/", false).await;
        assert_eq!(lead.headers()[header::LOCATION], "/api/v1/where");
    }
}

#[tokio::test]
async fn a_forwarded_prefix_is_not_believed() {
    let app = Site::new().mount(ApiRouter::new().api_route("/where", get(reached)));
    let request = Request::get("/where")
        .header("x-forwarded-prefix", "/evil")
        .body(Body::empty())
        .unwrap();
    let answer: Response = app.oneshot(request).await.unwrap();
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
}

/// The mounted application has the `Auth` of the one around it, and its document leads to where that gives tokens.
#[tokio::test]
async fn a_mounted_document_leads_to_where_tokens_are_given() {
    async fn me(_: ActiveUser) {}
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let auth: Auth<Account> = Auth::builder(key, MemoryUsers::new()).build().unwrap();
    let inner = || ApiRouter::new().api_route("/me", get(me));
    let routes = ApiRouter::new().mount("/a", inner().mount("/b", inner()));
    let app = axum::Router::new().nest_service("/v1", auth.mount(routes));
    for prefix in ["/v1/a", "/v1/a/b"] {
        let document = document(&app, prefix).await;
        let scheme = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"];
        assert_eq!(scheme["flows"]["password"]["tokenUrl"], "/v1/token", "{prefix}");
        assert!(document["paths"].as_object().unwrap().keys().eq(["/me"]), "{document}");
    }
}

#[tokio::test]
async fn the_root_of_each_application_leads_to_its_docs_where_answers_say_so() {
    let routes = ApiRouter::new().mount("/sub", ApiRouter::new().api_route("/x", post(plain)));
    let app = Site::new().answers(Answers::rfc()).mount(routes);
    for (path, docs) in [("/", "/docs"), ("/sub/", "/sub/docs")] {
        let lead = send(&app, "GET", path, false).await;
        assert_eq!(lead.headers()[header::LOCATION], docs);
    }
}
