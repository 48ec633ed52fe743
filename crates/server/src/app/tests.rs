use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, to_bytes};
use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CONTENT_TYPE,
    LOCATION, ORIGIN, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Request};
use portcullis::Cors;
use portcullis_core::jose::SigningKey;
use portcullis_core::{
    Batch, Cursor, Entry, ManualClock, MemorySessions, MemoryUsers, Passwords, RevocationStore, StoreError,
};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::deployment;

const PAGE: &str = "https://app.example.com";

fn app(change: impl FnOnce(&mut Settings)) -> Router {
    let mut settings = Settings {
        issuer: "https://login.example.com".to_owned(),
        ..Settings::default()
    };
    change(&mut settings);
    let users = MemoryUsers::new();
    let key = SigningKey::hs256("a secret for tests that is long enough").expect("a key");
    let secrets = (key.into(), [0; 32]);
    let builder = deployment::builder(&settings, secrets, Passwords::recommended(), users.clone());
    let auth = deployment::build(builder).expect("builds");
    router(&settings, &auth, Accounts::new(auth.clone(), users), None)
}

async fn send(app: &Router, request: http::request::Builder) -> (StatusCode, HeaderMap, String) {
    let request = request.body(Body::empty()).expect("a request");
    let (head, body) = app.clone().oneshot(request).await.expect("answers").into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    (
        head.status,
        head.headers,
        String::from_utf8(body.to_vec()).expect("text"),
    )
}

async fn ask(app: &Router, method: &str, path: &str) -> (StatusCode, HeaderMap, String) {
    send(app, Request::builder().method(method).uri(path)).await
}

#[tokio::test]
async fn head_is_answered_wherever_get_is_and_options_says_what_there_is_in_both_styles() {
    for answers in [AnswersName::Rfc, AnswersName::Fastapi] {
        let app = app(|settings| settings.answers = answers);
        let (_, _, document) = ask(&app, "GET", "/openapi.json").await;
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let hidden = [
            "/.well-known/oauth-authorization-server",
            "/docs",
            "/redoc",
            "/openapi.json",
        ];
        let paths = document["paths"].as_object().expect("paths").keys().map(String::as_str);
        for path in paths.chain(hidden) {
            let (got, headers, _) = ask(&app, "GET", path).await;
            let (head, same, body) = ask(&app, "HEAD", path).await;
            assert_eq!((head, body.as_str()), (got, ""), "{path}");
            assert_eq!(headers.get(WWW_AUTHENTICATE), same.get(WWW_AUTHENTICATE), "{path}");
            let (options, headers, _) = ask(&app, "OPTIONS", path).await;
            assert_eq!(options, StatusCode::NO_CONTENT, "{path}");
            let allow = headers[ALLOW].to_str().expect("text");
            assert_eq!(
                allow.contains("GET"),
                got != StatusCode::METHOD_NOT_ALLOWED,
                "{path}: {allow}"
            );
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_where_they_are_named() {
    let (none, named) = (
        app(|_| ()),
        app(|settings| settings.cors_origins = Cors::origins([PAGE]).ok()),
    );
    let from =
        |method: &str, path: &str, origin: &str| Request::builder().method(method).uri(path).header(ORIGIN, origin);
    for path in ["/users/me/", "/nope", "/token", "/health/live"] {
        for (app, origin) in [(&none, PAGE), (&named, "https://evil.example"), (&named, "null")] {
            let (_, headers, _) = send(app, from("GET", path, origin)).await;
            assert!(
                !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
                "{path} from {origin}"
            );
            let asking = from("OPTIONS", path, origin).header("access-control-request-method", "GET");
            let (_, headers, _) = send(app, asking).await;
            assert!(
                !headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS),
                "{path} from {origin}"
            );
        }
        let (_, headers, _) = send(&named, from("GET", path, PAGE)).await;
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], PAGE, "{path}");
        assert!(
            headers[ACCESS_CONTROL_EXPOSE_HEADERS]
                .to_str()
                .expect("text")
                .contains("WWW-Authenticate")
        );
        assert!(
            headers.get_all(VARY).iter().any(|depends| depends == "Origin"),
            "{path}"
        );
        let asking = from("OPTIONS", path, PAGE).header("access-control-request-method", "POST");
        let (status, headers, _) = send(&named, asking).await;
        assert_eq!(
            (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
            (StatusCode::NO_CONTENT, &PAGE.parse().expect("a value"))
        );
    }
}

#[tokio::test]
async fn what_everyone_may_know_is_open_to_the_pages_of_every_origin() {
    for app in [
        app(|_| ()),
        app(|settings| settings.cors_origins = Cors::origins([PAGE]).ok()),
    ] {
        for path in ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"] {
            let asked = Request::get(path).header(ORIGIN, "https://elsewhere.example");
            let (status, headers, _) = send(&app, asked).await;
            assert_eq!(
                (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
                (StatusCode::OK, &"*".parse().expect("a value"))
            );
            assert_eq!(
                ask(&app, "HEAD", path).await.1[ACCESS_CONTROL_ALLOW_ORIGIN],
                "*",
                "{path}"
            );
            let asking = Request::options(path).header(ORIGIN, "https://elsewhere.example");
            let (status, headers, _) = send(&app, asking.header("access-control-request-method", "GET")).await;
            assert_eq!(
                (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
                (StatusCode::NO_CONTENT, &"*".parse().expect("a value"))
            );
        }
    }
}

/// As behind a proxy that hands `/auth/…` on without the prefix.
#[tokio::test]
async fn behind_a_proxy_that_strips_the_path_of_the_issuer_everything_names_it() {
    let by_issuer = app(|settings| settings.issuer = "https://login.example.com/auth".to_owned());
    let by_setting = app(|settings| settings.public_url = Some("http://127.0.0.1:8190/auth".to_owned()));
    for app in [by_issuer, by_setting] {
        for (asked, location) in [
            ("/", "/auth/docs"),
            ("/docs/", "/auth/docs"),
            ("/users?a=1", "/auth/users/?a=1"),
        ] {
            let (status, headers, _) = ask(&app, "GET", asked).await;
            assert_eq!(
                (status, headers[LOCATION].to_str().expect("text")),
                (StatusCode::TEMPORARY_REDIRECT, location)
            );
        }
        let (_, headers, page) = ask(&app, "GET", "/docs").await;
        assert!(headers[CONTENT_TYPE].to_str().expect("text").starts_with("text/html"));
        assert!(
            page.contains("\"/auth/openapi.json\"") && page.contains("\"/auth/docs/assets/"),
            "{page}"
        );
        let (_, _, document) = ask(&app, "GET", "/openapi.json").await;
        let document: Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!(document["servers"][0]["url"], "/auth");
        let flows = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"];
        assert_eq!(flows["password"]["tokenUrl"], "/auth/token");
    }
    let (_, headers, _) = ask(&app(|_| ()), "GET", "/").await;
    assert_eq!(headers[LOCATION], "/docs");
    assert_eq!(
        ask(&app(|settings| settings.docs = false), "GET", "/").await.0,
        StatusCode::NOT_FOUND
    );
}

/// What ended, as long as it is told: nothing.
#[derive(Clone, Default)]
struct Told(MemorySessions, Arc<AtomicBool>);

impl RevocationStore for Told {
    fn noting(&self, _: &portcullis_core::AuditRow) -> Option<Self> {
        None
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.0.revoke(entries).await
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        match self.1.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("away")),
            false => self.0.since(cursor).await,
        }
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        self.0.forget(now, limit).await
    }
}

/// What is said of a server to which it was told what ended, and then for so long not.
async fn readiness_after(stale: &str, silence: Duration) -> (StatusCode, Value) {
    let (clock, told) = (ManualClock::at(1_000_000), Told::default());
    let given = crate::config::Given {
        config: None,
        values: vec![crate::config::given("stale_revocations", stale)],
    };
    let settings = given.settings().expect("settings");
    let users = MemoryUsers::new();
    let key = SigningKey::hs256("a secret for tests that is long enough").expect("a key");
    let secrets = (key.into(), [0; 32]);
    let builder = deployment::builder(&settings, secrets, Passwords::recommended(), users.clone());
    let builder = builder.clock(clock.clone()).revocations(told.clone());
    let auth = deployment::build(builder.stale_revocations(settings.sessions.stale())).expect("builds");
    let app = router(&settings, &auth, Accounts::new(auth.clone(), users), None);
    while ask(&app, "GET", "/health/ready").await.0 != StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    told.1.store(true, Ordering::SeqCst);
    clock.advance(silence);
    let (status, _, text) = ask(&app, "GET", "/health/ready").await;
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn a_server_that_does_not_hear_what_ended_is_degraded_or_not_ready_as_it_was_chosen() {
    let (short, long) = (Duration::from_secs(10), Duration::from_secs(24 * 60 * 60));
    let (status, said) = readiness_after("serve", Duration::ZERO).await;
    assert_eq!((status, &said["status"]), (StatusCode::OK, &"ok".into()));
    let (status, said) = readiness_after("serve", short).await;
    assert_eq!((status, &said["status"]), (StatusCode::OK, &"degraded".into()));
    for (stale, silence) in [("serve", long), ("refuse", short)] {
        let (status, said) = readiness_after(stale, silence).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{stale}: {said}");
    }
}
