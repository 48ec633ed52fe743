use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, FromRequestParts, MatchedPath, OriginalUri, Path};
use axum::middleware::{Next, from_fn, map_response};
use http::header::{ALLOW, CONTENT_TYPE, HOST, LOCATION};
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::openapi::{Describe, Guard, Operation};

/// A guard that refuses whoever sends no `Authorization` header.
struct Guarded;
impl<S: Send + Sync> FromRequestParts<S> for Guarded {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts
            .headers
            .get("authorization")
            .map(|_| Self)
            .ok_or(StatusCode::UNAUTHORIZED)
    }
}
impl Describe for Guarded {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(&[], true));
    }
}

/// The parameters of a path as text.
struct Names(Vec<(String, String)>);
impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let Path(pairs) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Self(pairs))
    }
}
impl Describe for Names {
    fn describe(_: &mut Operation) {}
}

async fn me(_: Guarded) -> &'static str {
    "me"
}
async fn token(body: Bytes) -> Bytes {
    body
}
async fn show(Names(names): Names, uri: Uri) -> Json<Value> {
    Json(json!({ "names": names, "query": uri.query() }))
}

/// The chapter's routes, with documentation that answers HEAD.
fn chapter() -> axum::Router {
    ApiRouter::new()
        .api_route("/token", post(token))
        .api_route("/users/me/", get(me))
        .route("/docs", axum::routing::get(|| async { "docs" }))
        .finish(())
}

/// Routes with parameters.
fn catalogue() -> axum::Router {
    ApiRouter::new()
        .api_route("/users/me/", get(me))
        .api_route("/users/{id}/", get(show))
        .api_route("/pairs/{left}/{right}", get(show))
        .api_route("/files/{*path}", get(show))
        .api_route("/café/", get(me))
        .finish(())
}

fn request(method: &str, target: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, "evil.example")
        .body(Body::empty())
        .unwrap()
}

async fn answer(router: axum::Router, request: Request<Body>) -> Response<Bytes> {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

async fn ask(router: axum::Router, method: &str, target: &str) -> Response<Bytes> {
    answer(router, request(method, target)).await
}

/// `Some(location)` of a 307, with all that has to be true of one.
fn redirected(response: &Response<Bytes>) -> Option<&str> {
    (response.status() == StatusCode::TEMPORARY_REDIRECT).then(|| {
        assert!(response.body().is_empty());
        assert!(!response.headers().contains_key(CONTENT_TYPE));
        response.headers()[LOCATION].to_str().unwrap()
    })
}

fn assert_not_found(response: &Response<Bytes>, target: &str) {
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "{target}");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.body(), r#"{"detail":"Not Found"}"#);
}

#[tokio::test]
async fn an_unknown_path_is_404_by_any_method() {
    for target in [
        "/nope",
        "/",
        "/users/",
        "/Users/me/",
        "/users/me/.",
        "/favicon.ico",
        "/users%2Fme/",
        "/users//me/",
    ] {
        for method in ["GET", "POST", "OPTIONS", "get"] {
            assert_not_found(&ask(chapter(), method, target).await, target);
        }
    }
    let head = ask(chapter(), "HEAD", "/nope").await;
    assert_eq!((head.status(), head.body().len()), (StatusCode::NOT_FOUND, 0));
}

#[tokio::test]
async fn a_method_that_the_path_does_not_have_is_405_with_the_ones_it_has() {
    for (method, target, allow) in [
        ("GET", "/token", "POST"),
        ("HEAD", "/token", "POST"),
        ("PUT", "/token", "POST"),
        ("POST", "/users/me/", "GET"),
        ("HEAD", "/users/me/", "GET"),
        ("OPTIONS", "/users/me/", "GET"),
        ("get", "/users/me/", "GET"),
        ("TRACE", "/users/%6de/", "GET"),
        ("POST", "/docs", "GET,HEAD"),
    ] {
        let response = ask(chapter(), method, target).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {target}");
        assert_eq!(response.headers()[ALLOW], allow, "{method} {target}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let body = if method == "HEAD" {
            ""
        } else {
            r#"{"detail":"Method Not Allowed"}"#
        };
        assert_eq!(response.body(), body, "{method} {target}");
    }
}

#[tokio::test]
async fn several_methods_of_one_path_are_all_allowed_however_they_were_added() {
    let chained = ApiRouter::new()
        .api_route("/a", get(me).post(token).head(me))
        .finish(());
    let apart = ApiRouter::new()
        .api_route("/a", get(me))
        .api_route("/a", post(token))
        .api_route("/a", head(me))
        .finish(());
    for (router, allow) in [(chained, "GET, POST, HEAD"), (apart, "GET, POST, HEAD")] {
        assert_eq!(ask(router.clone(), "PUT", "/a").await.headers()[ALLOW], allow);
        assert_eq!(ask(router, "HEAD", "/a").await.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn head_of_an_undescribed_route_is_answered_by_its_get() {
    let response = ask(chapter(), "HEAD", "/docs").await;
    assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_slash_too_few_or_too_many_is_307_by_any_method_before_any_guard() {
    for (target, location) in [
        ("/users/me", "/users/me/"),
        ("/users/me?a=1&b=%20", "/users/me/?a=1&b=%20"),
        ("/users/me?", "/users/me/?"),
        ("/users/%6de", "/users/me/"),
        ("/token/", "/token"),
        ("/token//", "/token"),
        ("/docs/", "/docs"),
        ("http://evil.example/users/me", "/users/me/"),
    ] {
        for method in ["GET", "POST", "HEAD", "DELETE", "get"] {
            let response = ask(chapter(), method, target).await;
            assert_eq!(redirected(&response), Some(location), "{method} {target}");
        }
    }
}

#[tokio::test]
async fn a_redirection_never_leads_to_another_host() {
    for target in [
        "//evil.example",
        "//evil.example/",
        "///",
        "//token/",
        "//users/me",
        "/\\evil.example",
        "/%5Cevil.example",
    ] {
        assert_not_found(&ask(chapter(), "GET", target).await, target);
        let response = ask(catalogue(), "GET", target).await;
        assert_not_found(&response, target);
    }
    // Routes that match nearly everything.
    let wide = || {
        ApiRouter::new()
            .api_route("/{any}/", get(show))
            .api_route("/{a}/{b}/", get(show))
            .finish(())
    };
    assert_eq!(
        redirected(&ask(wide(), "GET", "/\\evil.example").await),
        Some("/%5Cevil.example/")
    );
    assert_eq!(redirected(&ask(wide(), "GET", "/a%0d%0ab").await), Some("/a%0D%0Ab/"));
    assert_not_found(&ask(wide(), "GET", "//evil.example").await, "//evil.example");
}

#[tokio::test]
async fn a_percent_encoded_letter_is_the_letter_and_the_guard_stands_before_it() {
    assert_eq!(
        ask(chapter(), "GET", "/users/%6de/").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let mut with_token = request("GET", "/%75sers/m%65/?x=1");
    with_token
        .headers_mut()
        .insert("authorization", http::HeaderValue::from_static("Bearer x"));
    assert_eq!(answer(chapter(), with_token).await.body(), "me");
}

#[tokio::test]
async fn a_body_arrives_whole_by_an_encoded_path() {
    let post = Request::post("/%74oken").body(Body::from("username=johndoe")).unwrap();
    assert_eq!(answer(chapter(), post).await.body(), "username=johndoe");
}

#[tokio::test]
async fn a_parameter_does_not_catch_the_encoded_name_of_another_route() {
    assert_eq!(
        ask(catalogue(), "GET", "/users/%6de/").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(ask(catalogue(), "GET", "/users/you/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_parameter_does_not_catch_the_encoded_name_of_another_route_with_parameters() {
    let router = || {
        ApiRouter::new()
            .api_route("/{kind}/{id}", get(show))
            .api_route("/{kind}/me", get(me))
            .api_route("/{kind}/first", get(show))
            .finish(())
    };
    assert_eq!(
        ask(router(), "GET", "/users/%6de").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let body = ask(router(), "GET", "/users/%66irst").await.into_body();
    assert_eq!(body, r#"{"names":[["kind","users"]],"query":null}"#);
    assert_eq!(
        redirected(&ask(router(), "GET", "/users/%6de/").await),
        Some("/users/me")
    );
}

#[tokio::test]
async fn a_route_that_overlaps_another_still_answers_405() {
    let response = ask(catalogue(), "POST", "/users/%6de/").await;
    assert_eq!(
        (response.status(), &response.headers()[ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET".parse().unwrap())
    );
    let response = ask(catalogue(), "DELETE", "/users/you/").await;
    assert_eq!(
        (response.status(), &response.headers()[ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET".parse().unwrap())
    );
}

#[tokio::test]
async fn parameters_arrive_decoded_once() {
    for (target, names) in [
        ("/users/%79ou/", json!([["id", "you"]])),
        ("/users/a%2Fb/", json!([["id", "a/b"]])),
        ("/users/a%252Fb/", json!([["id", "a%2Fb"]])),
        ("/users/100%/", json!([["id", "100%"]])),
        ("/users/J%C3%B6rg%20M/", json!([["id", "Jörg M"]])),
        ("/pairs/x/%79", json!([["left", "x"], ["right", "y"]])),
        ("/files/a/b%2fc.txt", json!([["path", "a/b/c.txt"]])),
    ] {
        let response = ask(catalogue(), "GET", &format!("{target}?q=%41")).await;
        assert_eq!(response.status(), StatusCode::OK, "{target}");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body, json!({ "names": names, "query": "q=%41" }), "{target}");
    }
    assert_eq!(
        ask(catalogue(), "GET", "/users/%ff/").await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_redirection_to_a_route_with_parameters_keeps_them() {
    for (target, location) in [
        ("/users/you", "/users/you/"),
        ("/users/a%2fb", "/users/a%2Fb/"),
        ("/pairs/x/y/", "/pairs/x/y"),
        ("/users/%25", "/users/%25/"),
    ] {
        assert_eq!(
            redirected(&ask(catalogue(), "GET", target).await),
            Some(location),
            "{target}"
        );
    }
}

#[tokio::test]
async fn a_route_beyond_ascii_is_found_however_it_is_escaped() {
    for target in ["/caf%C3%A9/", "/caf%c3%a9/", "/%63af%c3%A9/"] {
        assert_eq!(
            ask(catalogue(), "GET", target).await.status(),
            StatusCode::UNAUTHORIZED,
            "{target}"
        );
    }
    assert_eq!(
        redirected(&ask(catalogue(), "GET", "/caf%c3%a9").await),
        Some("/caf%C3%A9/")
    );
}

#[tokio::test]
async fn a_target_that_is_no_path_is_404() {
    for (method, target) in [("OPTIONS", "*"), ("CONNECT", "evil.example:443")] {
        assert_eq!(
            ask(chapter(), method, target).await.status(),
            StatusCode::NOT_FOUND,
            "{method} {target}"
        );
        assert_eq!(
            ask(catalogue(), method, target).await.status(),
            StatusCode::NOT_FOUND,
            "{method} {target}"
        );
    }
}

/// What axum matched, as layers around the router see it.
fn telling(app: axum::Router) -> axum::Router {
    let tell = async |matched: Option<MatchedPath>, request: Request<Body>, next: Next| {
        let mut response = next.run(request).await;
        let matched = matched.map_or("none".to_owned(), |path| path.as_str().to_owned());
        response.headers_mut().insert("matched", matched.parse().unwrap());
        response
    };
    app.layer(from_fn(tell))
}

#[tokio::test]
async fn layers_around_the_router_know_the_route_also_where_routes_overlap() {
    let app = telling(
        ApiRouter::new()
            .api_route("/{a}/x", get(show))
            .api_route("/b/{c}", get(show))
            .api_route("/plain/", get(show))
            .finish(()),
    );
    for (target, matched, names) in [
        ("/plain/", "/plain/", json!([])),
        ("/b/x", "/b/{c}", json!([["c", "x"]])),
        ("/q/x", "/{a}/x", json!([["a", "q"]])),
        ("/%71/x", "/{a}/x", json!([["a", "q"]])),
    ] {
        let response = ask(app.clone(), "GET", target).await;
        assert_eq!(response.headers()["matched"], matched, "{target}");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["names"], names, "{target}");
    }
    // Another spelling of the better route finds that one, with its own parameters.
    let body: Value = serde_json::from_slice(ask(app, "GET", "/%62/x").await.body()).unwrap();
    assert_eq!(body["names"], json!([["c", "x"]]));
}

#[tokio::test]
async fn what_layers_put_beside_a_request_stays_with_another_spelling() {
    async fn tell(Extension(found): Extension<u32>, OriginalUri(uri): OriginalUri, path: MatchedPath) -> String {
        format!("{found} {uri} {}", path.as_str())
    }
    let routes = ApiRouter::new()
        .api_route("/users/me", get(tell))
        .api_route("/users/{id}", get(me));
    let app = routes.finish(()).layer(Extension(7_u32));
    assert_eq!(
        ask(app, "GET", "/users/%6de?a=1").await.body(),
        "7 /users/%6de?a=1 /users/me"
    );
}

#[tokio::test]
async fn a_router_merges_with_one_that_has_a_fallback_in_either_order() {
    let other = || {
        axum::Router::new()
            .route("/own", axum::routing::get(async || "own"))
            .fallback(async || "theirs")
    };
    for app in [chapter().merge(other()), other().merge(chapter())] {
        assert_eq!(ask(app.clone(), "GET", "/own").await.body(), "own");
        assert_eq!(ask(app.clone(), "GET", "/nope").await.body(), "theirs");
        assert_eq!(
            ask(app.clone(), "GET", "/users/me/").await.status(),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            redirected(&ask(app.clone(), "GET", "/users/me").await),
            Some("/users/me/")
        );
        assert_eq!(
            ask(app, "POST", "/users/me/").await.status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
    let plain = axum::Router::new().route("/own", axum::routing::get(async || "own"));
    assert_not_found(&ask(plain.merge(chapter()), "GET", "/nope").await, "/nope");
    let replaced = chapter().fallback(async || "theirs");
    assert_eq!(ask(replaced, "GET", "/nope").await.body(), "theirs");
}

#[tokio::test]
async fn a_fallback_of_ones_own_answers_after_redirections_and_below_its_prefix() {
    let api = || {
        ApiRouter::new()
            .api_route("/me", get(me))
            .fallback(async || "of the api")
    };
    let routes = || ApiRouter::new().nest("/api", api()).api_route("/x", get(me));
    let app = routes().fallback(async || "of all").finish(());
    for (target, body) in [
        ("/api/nope", "of the api"),
        ("/api", "of the api"),
        ("/apish", "of all"),
        ("/", "of all"),
    ] {
        assert_eq!(ask(app.clone(), "GET", target).await.body(), body, "{target}");
    }
    assert_eq!(redirected(&ask(app, "GET", "/api/me/").await), Some("/api/me"));
    assert_not_found(&ask(routes().finish(()), "GET", "/nope").await, "/nope");
}

#[tokio::test]
async fn layers_stand_around_what_was_added_before_them() {
    let mark = |name: &'static str| {
        map_response(move |mut response: axum::response::Response| async move {
            response.headers_mut().append("layer", name.parse().unwrap());
            response
        })
    };
    let files = axum::Router::new().route("/a", axum::routing::get(async || "a"));
    let app = ApiRouter::new()
        .api_route("/in", get(token).layer(mark("method")))
        .nest_service("/files", files)
        .fallback(async || "lost")
        .route_layer(mark("route"))
        .layer(mark("all"))
        .api_route("/out", get(token))
        .finish(());
    for (target, layers) in [
        ("/in", vec!["method", "route", "all"]),
        ("/files/a", vec!["route", "all"]),
        ("/nope", vec!["all"]),
        ("/out", vec![]),
    ] {
        let response = ask(app.clone(), "GET", target).await;
        let found: Vec<_> = response
            .headers()
            .get_all("layer")
            .iter()
            .map(|name| name.to_str().unwrap())
            .collect();
        assert_eq!(found, layers, "{target}");
    }
    assert_eq!(ask(app, "GET", "/files/a").await.body(), "a");
    // The answers to other methods are inside, also where a path was added in two parts, with one layer or with two.
    let parts = |between: bool| {
        let first = ApiRouter::new().api_route("/in", get(token));
        let first = if between { first.layer(mark("first")) } else { first };
        first.api_route("/in", post(token)).layer(mark("all")).finish(())
    };
    for (between, method, layers) in [
        (false, "GET", vec!["all"]),
        (false, "PUT", vec!["all"]),
        (true, "GET", vec!["first", "all"]),
        (true, "POST", vec!["all"]),
    ] {
        let response = ask(parts(between), method, "/in").await;
        let found: Vec<_> = response
            .headers()
            .get_all("layer")
            .iter()
            .map(|name| name.to_str().unwrap())
            .collect();
        assert_eq!(found, layers, "{method}");
    }
}

#[tokio::test]
async fn below_a_prefix_redirections_keep_the_path_that_the_client_sent() {
    let api = || {
        ApiRouter::new()
            .api_route("/users/me/", get(me))
            .api_route("/users/{id}/", get(show))
            .api_route("/token", post(token))
            .finish(())
    };
    let nested = axum::Router::new().nest("/api/v1", api());
    let service = axum::Router::new().nest_service("/api/v1", api());
    let deep = axum::Router::new().nest("/{tenant}", axum::Router::new().nest("/v1", api()));
    for (app, prefix) in [(nested, "/api/v1"), (service, "/api/v1"), (deep, "/api/v1")] {
        for (target, location) in [
            ("/users/me", "/users/me/"),
            ("/users/me?a=1", "/users/me/?a=1"),
            ("/users/you", "/users/you/"),
            ("/token/", "/token"),
        ] {
            let response = ask(app.clone(), "GET", &format!("{prefix}{target}")).await;
            assert_eq!(
                redirected(&response),
                Some(&*format!("{prefix}{location}")),
                "{prefix}{target}"
            );
        }
        let guarded = ask(app.clone(), "GET", &format!("{prefix}/users/me/")).await;
        assert_eq!(guarded.status(), StatusCode::UNAUTHORIZED);
    }
    let manner = Manner {
        root_path: RootPath::told("/auth"),
        ..Manner::default()
    };
    let behind = ApiRouter::new().api_route("/users/me/", get(me)).finish_as((), &manner);
    assert_eq!(
        redirected(&ask(behind, "GET", "/users/me").await),
        Some("/auth/users/me/")
    );
}

#[tokio::test]
async fn a_prefix_that_the_client_chooses_never_names_a_host() {
    let api = ApiRouter::new().api_route("/users/me/", get(me)).finish(());
    let app = axum::Router::new().nest("/{a}/{b}", api);
    for target in [
        "//evil.example/users/me",
        "/\\evil.example/x/users/me",
        "/%5Cevil.example/x/users/me",
    ] {
        let response = ask(app.clone(), "GET", target).await;
        let location = redirected(&response).unwrap_or("/");
        assert!(
            !location.starts_with("//") && !location.contains('\\'),
            "{target}: {location}"
        );
    }
}

#[tokio::test]
async fn the_application_may_add_what_a_redirection_stands_at() {
    let app = chapter().route("/users/me", axum::routing::get(async || "own"));
    assert_eq!(ask(app, "GET", "/users/me").await.body(), "own");
}

/// By the strict table: HEAD is GET without the body, guards and all, and OPTIONS says what there is.
#[tokio::test]
async fn head_is_wherever_get_is_and_options_says_what_there_is() {
    let manner = Manner {
        head_and_options: true,
        ..Manner::default()
    };
    let routes = || {
        ApiRouter::new()
            .api_route("/token", post(token))
            .api_route("/users/me/", get(me))
            .api_route("/open", get(token).options(async || "own"))
            .route("/docs", axum::routing::get(async || "docs"))
    };
    let app = routes().finish_as((), &manner);
    for (target, status) in [
        ("/users/me/", 401),
        ("/users/%6de/", 401),
        ("/open", 200),
        ("/docs", 200),
        ("/token", 405),
        ("/nope", 404),
    ] {
        let response = ask(app.clone(), "HEAD", target).await;
        assert_eq!(
            (response.status().as_u16(), response.body().len()),
            (status, 0),
            "{target}"
        );
    }
    for (target, allow) in [
        ("/users/me/", "GET, HEAD, OPTIONS"),
        ("/token", "POST, OPTIONS"),
        ("/docs", "GET,HEAD"),
    ] {
        let response = ask(app.clone(), "OPTIONS", target).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{target}");
        assert_eq!(response.headers()[ALLOW], allow, "{target}");
        assert_eq!(
            ask(app.clone(), "PUT", target).await.headers()[ALLOW],
            allow,
            "{target}"
        );
    }
    assert_eq!(ask(app, "OPTIONS", "/open").await.body(), "own");
    // A route of its own says so for itself.
    let app = ApiRouter::new()
        .api_route("/health", get(token).with_head_and_options())
        .merge(routes())
        .finish(());
    assert_eq!(ask(app.clone(), "HEAD", "/health").await.status(), StatusCode::OK);
    assert_eq!(
        ask(app.clone(), "OPTIONS", "/health").await.headers()[ALLOW],
        "GET, HEAD, OPTIONS"
    );
    assert_eq!(ask(app, "HEAD", "/open").await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_nested_route_stands_under_its_prefix() {
    let router = ApiRouter::new()
        .nest("/admin/", ApiRouter::new().api_route("/me", get(me)))
        .finish(());
    assert_eq!(
        ask(router.clone(), "GET", "/admin/me").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(redirected(&ask(router, "GET", "/admin/me/").await), Some("/admin/me"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is asked: an answer of ours, never a way past the guard, never a redirection off this host.
    #[test]
    fn no_path_passes_the_guard_or_leads_away(path in "/[/.%\\\\a-zé25fF:@?-]{0,24}|/{1,3}users/%6de/?|//?token/*") {
        let Ok(target) = path.parse::<Uri>() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for router in [chapter(), catalogue()] {
            let request = Request::builder().uri(target.clone()).body(Body::empty()).unwrap();
            let response = runtime.block_on(answer(router, request));
            let status = response.status().as_u16();
            prop_assert!([200, 307, 400, 401, 404, 405].contains(&status), "{path}: {status}");
            if let Some(location) = redirected(&response) {
                prop_assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
                prop_assert!(!location.contains('\\'), "{path}: {location}");
            }
            prop_assert_ne!(response.body(), "me");
        }
    }
}
