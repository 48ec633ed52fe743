use ::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use ::http::{Request, StatusCode};
use axum::body::Body;
use axum::response::Response;
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, MemoryUsers};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::openapi::SecurityScheme;
use crate::{ActiveUser, Answers, ApiRouter, Json, Mount as _, Site, get, post};

crate::api_key! {
    Header in header "X-API-Key";
    Query in query "key";
    Cookie in cookie "key";
    OtherHeader in header "X-Other";
}
crate::basic_realm! { Quoted = "a \"b\""; }
crate::token_scheme! { Login = SecurityScheme::password_bearer("token"); }

async fn key<K: KeyScheme>(key: RawApiKey<K>) -> Json<String> {
    Json(key.into_string())
}
async fn optional_key<K: KeyScheme>(key: Option<RawApiKey<K>>) -> Json<Option<String>> {
    Json(key.map(RawApiKey::into_string))
}
async fn optional_basic(given: Option<BasicCredentials>) -> Json<Option<String>> {
    Json(given.map(|given| given.username))
}
async fn basic(given: BasicCredentials<Quoted>) -> Json<String> {
    Json(given.username)
}
async fn token(token: RawToken<Login>) -> Json<String> {
    Json(token.into_string())
}
async fn either(AnyOf(given): AnyOf<(ActiveUser, RawApiKey<Header>)>) -> Json<&'static str> {
    Json(match given {
        OneOf2::First(_) => "user",
        OneOf2::Second(_) => "key",
    })
}

/// What a request with these headers is answered.
async fn ask(app: &axum::Router, target: &str, headers: &[(&'static str, &'static str)]) -> Response {
    let (method, uri) = target.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri).header("host", "api.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let sent = request.body(Body::empty()).unwrap();
    app.clone().oneshot(sent).await.unwrap()
}

async fn status(app: &axum::Router, target: &str, headers: &[(&'static str, &'static str)]) -> StatusCode {
    ask(app, target, headers).await.status()
}

fn challenges(response: &Response) -> Vec<&str> {
    let all = response.headers().get_all(WWW_AUTHENTICATE).iter();
    all.map(|value| value.to_str().unwrap()).collect()
}

fn keys(answers: Answers) -> axum::Router {
    let routes = ApiRouter::new()
        .api_route("/header", get(key::<Header>).post(key::<Header>))
        .api_route("/query", get(key::<Query>))
        .api_route("/cookie", get(key::<Cookie>).post(key::<Cookie>))
        .api_route("/perhaps/header", get(optional_key::<Header>))
        .api_route("/perhaps/basic", get(optional_basic))
        .api_route("/basic", get(basic))
        .api_route("/token", get(token));
    Site::new().answers(answers).mount(routes)
}

fn with_users(answers: Answers) -> axum::Router {
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth: Auth<Account> = Auth::builder(key, MemoryUsers::new()).build().unwrap();
    auth.front()
        .answers(answers)
        .mount(ApiRouter::new().api_route("/either", get(either)))
}

#[tokio::test]
async fn what_came_twice_with_different_values_is_refused_also_where_nothing_is_needed() {
    let app = keys(Answers::fastapi());
    for (target, headers) in [
        ("GET /header", &[("x-api-key", "a"), ("x-api-key", "b")][..]),
        ("GET /header", &[("x-api-key", ""), ("x-api-key", "b")]),
        ("GET /perhaps/header", &[("x-api-key", "a"), ("x-api-key", "b")]),
        ("GET /query?key=a&key=b", &[]),
        ("GET /query?key=a&%6bey=", &[]),
        ("GET /cookie", &[("cookie", "key=a; key=b")]),
        ("GET /cookie", &[("cookie", "key=a"), ("cookie", "key=b")]),
        (
            "GET /perhaps/basic",
            &[("authorization", "Bearer a"), ("authorization", "Bearer a")],
        ),
        (
            "GET /token",
            &[("authorization", "Bearer a"), ("authorization", "Basic YTpi")],
        ),
    ] {
        assert_eq!(
            status(&app, target, headers).await,
            StatusCode::UNAUTHORIZED,
            "{target}"
        );
    }
    assert_eq!(status(&app, "GET /query?key=a&key=a", &[]).await, StatusCode::OK);
    let strict = keys(Answers::rfc());
    let twice = ask(&strict, "GET /header", &[("x-api-key", "a"), ("x-api-key", "b")]).await;
    assert_eq!(
        (twice.status(), challenges(&twice)),
        (StatusCode::BAD_REQUEST, vec!["APIKey"])
    );
}

#[tokio::test]
async fn what_an_application_chose_for_nothing_it_chose_for_broken_and_doubled_ones() {
    let mut answers = Answers::fastapi();
    answers.no_credentials.status = StatusCode::FORBIDDEN;
    answers.no_credentials.challenge = crate::Challenge::None;
    let app = keys(answers.clone());
    for (target, headers) in [
        ("GET /token", &[][..]),
        (
            "GET /token",
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
        ),
        ("GET /query?key=a&key=", &[]),
        ("GET /query?key=%ff", &[]),
        ("GET /perhaps/basic", &[("authorization", "Basic abc")]),
    ] {
        let refused = ask(&app, target, headers).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{target} {headers:?}");
        assert!(challenges(&refused).is_empty(), "{target} {headers:?}");
        let body = axum::body::to_bytes(refused.into_body(), 1_000).await.unwrap();
        assert_eq!(body, r#"{"detail":"Not authenticated"}"#, "{target} {headers:?}");
    }
    let latin = Request::get("/token").header("authorization", &b"Bearer \xe9"[..]);
    let latin = app.clone().oneshot(latin.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((latin.status(), challenges(&latin).len()), (StatusCode::FORBIDDEN, 0));
    let teapot = crate::Answer {
        status: StatusCode::IM_A_TEAPOT,
        ..answers.no_credentials.clone()
    };
    answers.broken_credentials = Some(teapot);
    let chosen = keys(answers);
    let broken = [("authorization", "Basic abc")];
    assert_eq!(status(&chosen, "GET /basic", &broken).await, StatusCode::IM_A_TEAPOT);
    assert_eq!(status(&chosen, "GET /basic", &[]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_optional_scheme_takes_another_ones_credentials_for_none_and_refuses_broken_ones() {
    let app = keys(Answers::fastapi());
    for headers in [&[][..], &[("authorization", "Bearer abc")], &[("authorization", "")]] {
        assert_eq!(
            status(&app, "GET /perhaps/basic", headers).await,
            StatusCode::OK,
            "{headers:?}"
        );
    }
    let broken = ask(&app, "GET /perhaps/basic", &[("authorization", "Basic abc")]).await;
    assert_eq!(
        (broken.status(), challenges(&broken)),
        (StatusCode::UNAUTHORIZED, vec!["Basic"])
    );
}

#[tokio::test]
async fn an_empty_token_is_no_token_and_bytes_that_are_no_text_are_refused() {
    let app = keys(Answers::fastapi());
    for value in ["Bearer", "Bearer \t", "Bearers abc", "Basic YTpi"] {
        let refused = ask(&app, "GET /token", &[("authorization", value)]).await;
        assert_eq!(
            (refused.status(), challenges(&refused)),
            (StatusCode::UNAUTHORIZED, vec!["Bearer"]),
            "{value}"
        );
    }
    for target in ["GET /query?key=%ff", "GET /query?key="] {
        assert_eq!(status(&app, target, &[]).await, StatusCode::UNAUTHORIZED, "{target}");
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing_with_a_cookie() {
    let app = keys(Answers::fastapi());
    let cookie = ("cookie", "key=a");
    let foreign = ("sec-fetch-site", "cross-site");
    assert_eq!(
        status(&app, "POST /cookie", &[cookie, foreign]).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&app, "GET /cookie", &[cookie, foreign, ("upgrade", "websocket")]).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&app, "POST /cookie", &[cookie, ("origin", "https://evil.example")]).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&app, "POST /cookie", &[cookie, ("origin", "https://api.example")]).await,
        StatusCode::OK
    );
    assert_eq!(status(&app, "GET /cookie", &[cookie, foreign]).await, StatusCode::OK);
    // A header is not sent along by itself.
    assert_eq!(
        status(&app, "POST /header", &[("x-api-key", "a"), foreign]).await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_wrong_one_of_several_is_refused_and_no_other_is_tried() {
    let app = with_users(Answers::fastapi());
    let key = ("x-api-key", "k");
    let bad = ask(&app, "GET /either", &[("authorization", "Bearer bad"), key]).await;
    assert_eq!(
        (bad.status(), challenges(&bad)),
        (StatusCode::UNAUTHORIZED, vec!["Bearer"])
    );
    assert_eq!(
        status(&app, "GET /either", &[("authorization", "Basic YTpi"), key]).await,
        StatusCode::OK
    );
    for answers in [Answers::fastapi(), Answers::rfc()] {
        let nothing = ask(&with_users(answers), "GET /either", &[]).await;
        assert_eq!(nothing.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(challenges(&nothing), ["Bearer", "APIKey"]);
    }
}

#[tokio::test]
async fn a_realm_is_escaped_and_one_stands_in_where_the_preset_names_one() {
    let quoted = ask(&keys(Answers::fastapi()), "GET /basic", &[]).await;
    assert_eq!(challenges(&quoted), [r#"Basic realm="a \"b\"""#]);
    let broken = ask(
        &keys(Answers::rfc()),
        "GET /perhaps/basic",
        &[("authorization", "Basic abc")],
    )
    .await;
    assert_eq!(challenges(&broken), [r#"Basic realm="api""#]);
}

#[tokio::test]
async fn answers_to_keys_are_for_nobody_else_whoever_asks_for_them() {
    let guarded = ApiRouter::new()
        .guard::<RawApiKey<Query>>()
        .api_route("/x", get(async || "x"));
    let app = Site::new().mount(ApiRouter::new().api_route("/free", get(async || "free")).merge(guarded));
    let stored = async |target: &str| ask(&app, target, &[]).await.headers().get(CACHE_CONTROL).cloned();
    assert_eq!(stored("GET /x?key=a").await.unwrap(), "no-store");
    assert_eq!(stored("GET /free").await, None);
    let kept = ask(&keys(Answers::fastapi()), "GET /cookie", &[("cookie", "key=a")]).await;
    assert_eq!(kept.headers()[CACHE_CONTROL], "no-store");
}

fn document(routes: &ApiRouter, answers: &Answers) -> Value {
    routes.openapi(None, answers).value().clone()
}

#[test]
fn two_schemes_of_one_name_are_two_in_the_document_and_one_used_twice_is_one() {
    let routes = ApiRouter::new()
        .api_route("/a", get(key::<Header>).post(key::<Header>))
        .api_route("/b", get(key::<OtherHeader>));
    let document = document(&routes, &Answers::fastapi());
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["APIKeyHeader", "APIKeyHeader2"]);
    assert_eq!(schemes["APIKeyHeader2"]["name"], "X-Other");
    assert_eq!(
        document["paths"]["/a"]["post"]["security"],
        json!([{ "APIKeyHeader": [] }])
    );
    assert_eq!(
        document["paths"]["/b"]["get"]["security"],
        json!([{ "APIKeyHeader2": [] }])
    );
}

#[test]
fn a_scheme_that_has_the_name_of_the_tokens_is_another_one_beside_them() {
    async fn both(_: RawToken<Login>, _: AnyOf<(ActiveUser, RawApiKey<Header>)>) {}
    let routes: ApiRouter<Auth> = ApiRouter::new().api_route("/", get(both));
    let own = SecurityScheme::password_bearer("https://login.example.com/token");
    let document = routes.openapi(Some(&own), &Answers::fastapi());
    let expected = json!([
        { "OAuth2PasswordBearer2": [], "OAuth2PasswordBearer": [] }, { "OAuth2PasswordBearer2": [], "APIKeyHeader": [] }
    ]);
    assert_eq!(document.value()["paths"]["/"]["get"]["security"], expected);
}

#[test]
fn what_is_optional_is_documented_so_unless_fastapis_letter_is_asked_for() {
    let routes = ApiRouter::new().api_route("/", get(optional_key::<Header>));
    for (answers, expected) in [
        (Answers::fastapi(), json!([{}, { "APIKeyHeader": [] }])),
        (Answers::fastapi_security(), json!([{ "APIKeyHeader": [] }])),
    ] {
        assert_eq!(document(&routes, &answers)["paths"]["/"]["get"]["security"], expected);
    }
}

#[test]
fn a_strict_document_tells_what_schemes_refuse() {
    let routes = ApiRouter::new().api_route("/", post(basic));
    let document = document(&routes, &Answers::rfc());
    let responses = &document["paths"]["/"]["post"]["responses"];
    assert!(
        responses["401"]["headers"]["WWW-Authenticate"].is_object(),
        "{responses}"
    );
    assert!(responses["503"].is_null(), "nobody is looked up: {responses}");
}
