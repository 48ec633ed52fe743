use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::{MemoryApiKeys, MemoryUsers, NewApiKey, ScopeSet};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::input::Json;
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get};

crate::api_key! {
    Header in header "X-API-Key";
    Query in query "key";
}

portcullis_core::scopes! {
    /// Items.
    pub Items = "items";
}

async fn by_header(key: ApiKey<Header, Items>) -> Json<String> {
    Json(key.user.username().to_owned())
}

async fn by_query(key: ApiKey<Query>) -> Json<String> {
    Json(key.scopes.to_string())
}

async fn or_nobody(key: Option<ApiKey<Header>>) -> Json<bool> {
    Json(key.is_some())
}

struct App {
    router: Router,
    auth: Auth,
    key: String,
    bare: String,
}

async fn app() -> App {
    let alice = Account::new("alice").with_scopes(ScopeSet::parse("items").unwrap());
    let signing = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(signing, MemoryUsers::from_iter([alice.clone()]))
        .scopes::<Items>()
        .api_keys(MemoryApiKeys::new())
        .build()
        .unwrap();
    let routes = ApiRouter::new()
        .api_route("/header", get(by_header))
        .api_route("/query", get(by_query))
        .api_route("/option", get(or_nobody));
    let keys = auth.api_keys().unwrap();
    let items = NewApiKey {
        scopes: alice.scopes().clone(),
        ..NewApiKey::named("items")
    };
    let key = keys.add(&alice, items).await.unwrap().text.to_string();
    let bare = keys
        .add(&alice, NewApiKey::named("bare"))
        .await
        .unwrap()
        .text
        .to_string();
    App {
        router: auth.front().answers(Answers::rfc()).mount(routes),
        auth,
        key,
        bare,
    }
}

impl App {
    async fn ask(&self, path: &str, key: Option<&str>) -> (u16, HeaderMap, Value) {
        let mut request = Request::get(path);
        if let Some(key) = key {
            request = request.header("X-API-Key", key);
        }
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let (head, body) = answer.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (
            head.status.as_u16(),
            head.headers,
            serde_json::from_slice(&body).unwrap_or_default(),
        )
    }
}

#[tokio::test]
async fn without_a_key_with_a_bad_one_and_with_a_token_in_its_place_nobody_comes_in() {
    let app = app().await;
    let alice = Account::new("alice").with_scopes(ScopeSet::parse("items").unwrap());
    let token = app.auth.grant(&alice, alice.scopes().clone()).unwrap().access_token;
    let mut changed = app.key.clone();
    changed.pop();
    for key in [
        None,
        Some("x"),
        Some(token.as_str()),
        Some(changed.as_str()),
        Some("pc_"),
    ] {
        let (status, headers, _) = app.ask("/header", key).await;
        assert_eq!(status, 401, "{key:?}");
        assert_eq!(headers["www-authenticate"], "APIKey", "{key:?}");
    }
    let (status, headers, _) = app.ask("/header", Some(&app.bare)).await;
    assert_eq!(status, 403, "it covers nothing");
    assert_eq!(headers["www-authenticate"], "APIKey", "no bearer token is taken there");
    // What is optional may be left out, and not be wrong.
    assert_eq!(app.ask("/option", None).await.2, false);
    assert_eq!(app.ask("/option", Some("x")).await.0, 401);
}

#[tokio::test]
async fn a_good_key_is_its_owner_until_it_ends() {
    let app = app().await;
    let (status, headers, who) = app.ask("/header", Some(&app.key)).await;
    assert_eq!((status, who), (200, "alice".into()));
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert_eq!(app.ask("/option", Some(&app.bare)).await.2, true);
    app.auth.api_keys().unwrap().end_all(&"alice".into()).await.unwrap();
    assert_eq!(app.ask("/header", Some(&app.key)).await.0, 401);
}

/// U02, but for the log.
#[tokio::test]
async fn what_is_answered_to_a_key_in_the_query_is_kept_by_no_cache() {
    let app = app().await;
    let (status, headers, scopes) = app.ask(&format!("/query?key={}", app.key), None).await;
    assert_eq!((status, scopes), (StatusCode::OK.as_u16(), "items".into()));
    assert_eq!(headers[CACHE_CONTROL], "no-store");
}
