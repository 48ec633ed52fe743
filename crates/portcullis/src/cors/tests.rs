use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, Method, Request, StatusCode};
use proptest::prelude::*;
use tower::ServiceExt as _;

use super::origin::parse;
use super::*;

const OURS: &str = "https://app.example.com";

fn app(cors: Cors) -> Router {
    let open = get(async || "open").layer(Cors::any());
    Router::new()
        .route(
            "/",
            get(async || StatusCode::UNAUTHORIZED).options(async || StatusCode::IM_A_TEAPOT),
        )
        .route("/open", open)
        .route("/get", get(async || "got"))
        .layer(cors)
}

async fn ask(
    cors: &Cors,
    method: Method,
    path: &str,
    origin: Option<&str>,
    preflight: bool,
) -> (StatusCode, HeaderMap) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(origin) = origin {
        request = request.header(ORIGIN, origin);
    }
    if preflight {
        request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
    }
    let request = request.body(Body::empty()).unwrap();
    let response: Response = app(cors.clone()).oneshot(request).await.unwrap();
    (response.status(), response.headers().clone())
}

#[test]
fn what_no_browser_sends_as_an_origin_is_refused_with_a_reason() {
    for text in [
        "",
        "null",
        "app.example.com",
        "https://",
        "https://app.example.com/",
        "https://app.example.com/app",
        "https://app.example.com?x",
        "https://app.example.com#x",
        "https://*.example.com",
        "https://*",
        "https://john@app.example.com",
        "https://app.example.com:",
        "https://app.example.com:port",
        "https://app.example.com:70000",
        "https://app.example.com:+80",
        "https://app .example.com",
        "https://bücher.example",
        "https://[::1",
        "https://[::1]3000",
        "https://a\\b",
        "://app.example.com",
        "1https://app.example.com",
        " https://app.example.com",
    ] {
        let error = Cors::origins([text]).unwrap_err();
        assert!(matches!(error, CorsError::NoOrigin { .. }), "{text:?}");
        assert!(error.to_string().contains("is no origin"), "{error}");
    }
    assert_eq!(Cors::origins([OURS, "*"]), Err(CorsError::Any));
}

#[test]
fn cookies_of_every_site_are_refused() {
    let error = Cors::any().with_credentials().unwrap_err();
    assert_eq!(error, CorsError::CredentialsOfAll);
    assert!(error.to_string().contains("name each origin"), "{error}");
}

#[tokio::test]
async fn an_origin_is_known_in_the_spelling_that_browsers_send() {
    for (written, sent) in [
        ("https://App.Example.com", OURS),
        ("HTTPS://app.example.com:443", OURS),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[0:0::1]:8080", "http://[::1]:8080"),
        ("capacitor://localhost", "capacitor://localhost"),
    ] {
        let cors = Cors::origins([written]).unwrap();
        let (_, headers) = ask(&cors, Method::GET, "/", Some(sent), false).await;
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], sent, "{written}");
    }
}

#[tokio::test]
async fn other_pages_learn_nothing_and_caches_are_told() {
    let cors = Cors::origins([OURS]).unwrap();
    for origin in [
        None,
        Some("https://evil.example"),
        Some("null"),
        Some("https://app.example.com.evil.example"),
        Some("http://app.example.com"),
        Some("https://app.example.com:8443"),
        Some("*"),
    ] {
        let (status, headers) = ask(&cors, Method::GET, "/", origin, false).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin:?}");
        assert_eq!(headers[VARY], "Origin", "{origin:?}");
        // A preflight of theirs is an OPTIONS like any other.
        let (status, headers) = ask(&cors, Method::OPTIONS, "/", origin, true).await;
        assert_eq!(status, StatusCode::IM_A_TEAPOT, "{origin:?}");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS), "{origin:?}");
    }
}

/// Nobody answers OPTIONS at a path that is not there: the browser is told, and nothing else.
#[tokio::test]
async fn a_preflight_of_other_pages_that_nothing_answers_is_refused() {
    let cors = Cors::origins([OURS]).unwrap();
    for path in ["/nope", "/get"] {
        let (status, headers) = ask(&cors, Method::OPTIONS, path, Some("https://evil.example"), true).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            !headers.keys().any(|name| name.as_str().starts_with("access-control")),
            "{path}"
        );
        assert!(headers[VARY].to_str().unwrap().starts_with("Origin"));
    }
    let (status, _) = ask(&cors, Method::OPTIONS, "/nope", Some("https://evil.example"), false).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_pattern_is_held_against_the_whole_origin() {
    let cors = Cors::matching(r"https://[a-z]+\.example\.com|http://localhost:\d+").unwrap();
    for (origin, may) in [
        ("https://shop.example.com", true),
        ("http://localhost:3000", true),
        ("https://shop.example.com.evil.org", false),
        ("https://evil.org/https://shop.example.com", false),
        ("https://shopxexample.com", false),
        ("https://a.b.example.com", false),
        ("https://shop.example.com\n", false),
        ("null", false),
    ] {
        let value = http::HeaderValue::from_bytes(origin.as_bytes());
        let allowed = value.ok().and_then(|origin| cors.origins.allows(Some(&origin)));
        assert_eq!(allowed.is_some(), may, "{origin:?}");
    }
    for wrong in ["(", "a)|(b", "[z-a]"] {
        let error = Cors::matching(wrong).unwrap_err();
        assert!(error.to_string().contains("is no pattern"), "{error}");
    }
}

#[tokio::test]
async fn pages_are_told_what_they_may_send_and_read_and_for_how_long() {
    let total = http::header::HeaderName::from_static("x-total");
    let cors = Cors::origins([OURS])
        .unwrap()
        .methods([Method::GET, Method::POST])
        .exposing([total])
        .max_age(Duration::from_secs(900));
    let (_, headers) = ask(&cors, Method::OPTIONS, "/", Some(OURS), true).await;
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "GET, POST");
    assert_eq!(headers[http::header::ACCESS_CONTROL_MAX_AGE], "900");
    let (_, headers) = ask(&cors, Method::GET, "/", Some(OURS), false).await;
    assert!(
        headers[ACCESS_CONTROL_EXPOSE_HEADERS]
            .to_str()
            .unwrap()
            .ends_with(", x-total")
    );
}

#[tokio::test]
async fn headers_that_are_named_stand_instead_of_the_usual_ones() {
    let key = http::header::HeaderName::from_static("x-api-key");
    let cors = Cors::any().headers([key.clone()]);
    let (_, headers) = ask(&cors, Method::OPTIONS, "/", Some(OURS), true).await;
    let allowed = headers[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap().to_owned();
    assert_eq!(
        allowed,
        "Accept, Accept-Language, Content-Language, Content-Type, x-api-key"
    );
    let (_, headers) = ask(
        &cors.with_headers([http::header::IF_MATCH]),
        Method::OPTIONS,
        "/",
        Some(OURS),
        true,
    )
    .await;
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_HEADERS], format!("{allowed}, if-match"));
}

#[tokio::test]
async fn any_header_is_the_headers_that_are_asked_for() {
    let cors = Cors::origins([OURS]).unwrap().with_any_header().with_ok();
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/")
        .header(ORIGIN, OURS)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header("access-control-request-headers", "X-Example")
        .body(Body::empty())
        .unwrap();
    let response: Response = app(cors).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_HEADERS], "X-Example");
}

#[tokio::test]
async fn our_pages_may_ask_and_read_refusals() {
    let cors = Cors::origins(["http://localhost:3000", OURS]).unwrap();
    let cors = cors.with_headers([http::header::HeaderName::from_static("x-trace")]);
    let (status, headers) = ask(&cors, Method::OPTIONS, "/nope", Some(OURS), true).await;
    assert_eq!(
        (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
        (StatusCode::NO_CONTENT, &OURS.parse().unwrap())
    );
    assert!(
        headers[ACCESS_CONTROL_ALLOW_HEADERS]
            .to_str()
            .unwrap()
            .contains("Authorization, Content-Type")
    );
    assert!(
        headers[ACCESS_CONTROL_ALLOW_HEADERS]
            .to_str()
            .unwrap()
            .ends_with(", x-trace")
    );
    assert!(
        headers[ACCESS_CONTROL_ALLOW_METHODS]
            .to_str()
            .unwrap()
            .contains("PATCH")
    );
    assert!(headers[VARY].to_str().unwrap().starts_with("Origin"));
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    for path in ["/", "/nope"] {
        let (_, headers) = ask(&cors, Method::GET, path, Some(OURS), false).await;
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], OURS, "{path}");
        let exposed = headers[ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
        assert!(
            exposed.contains("WWW-Authenticate") && exposed.contains("Retry-After"),
            "{exposed}"
        );
    }
    // Without the question of a preflight it is none.
    let (status, _) = ask(&cors, Method::OPTIONS, "/", Some(OURS), false).await;
    assert_eq!(status, StatusCode::IM_A_TEAPOT);
}

#[tokio::test]
async fn cookies_pass_only_where_that_was_asked_for() {
    let cors = Cors::origins([OURS]).unwrap().with_credentials().unwrap();
    let (_, headers) = ask(&cors, Method::GET, "/", Some(OURS), false).await;
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    let (_, headers) = ask(&cors, Method::GET, "/", Some("https://evil.example"), false).await;
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
}

#[tokio::test]
async fn a_route_that_is_open_to_all_stays_so_inside_one_that_is_not() {
    let cors = Cors::origins([OURS]).unwrap().with_credentials().unwrap();
    for origin in [None, Some(OURS), Some("https://elsewhere.example")] {
        let (_, headers) = ask(&cors, Method::GET, "/open", origin, false).await;
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{origin:?}");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
    let (status, headers) = ask(&cors, Method::OPTIONS, "/open", Some("https://elsewhere.example"), true).await;
    assert_eq!(
        (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
        (StatusCode::NO_CONTENT, &"*".parse().unwrap())
    );
}

proptest! {
    /// What is taken is spelled as it would be taken again, and names a host and nothing else.
    #[test]
    fn an_origin_that_is_taken_has_one_spelling(text in "(https?|HTTP|ws|x)://[a-zA-Z0-9.:/?#@*\\[\\]_-]{0,20}|.{0,12}") {
        if let Ok(once) = parse(&text) {
            let once = once.to_str().unwrap();
            prop_assert_eq!(parse(once).unwrap(), once);
            prop_assert_eq!(once.matches('/').count(), 2);
        }
    }
}
