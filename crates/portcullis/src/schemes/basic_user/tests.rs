use ::http::header::WWW_AUTHENTICATE;
use ::http::{Method, Request};
use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{MemoryUsers, Passwords, ScopeSet};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::input::Json;
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get};

crate::basic_realm! { Reports = "reports"; }

portcullis_core::scopes! {
    /// Items.
    pub Items = "items";
    /// Bills.
    pub Bills = "bills";
}

async fn anyone(user: BasicUser) -> Json<String> {
    Json(user.user.username().to_owned())
}

async fn items(user: BasicUser<Items, Reports>) -> Json<String> {
    Json(user.scopes.to_string())
}

async fn bills(_: BasicUser<Bills, Reports>) {}

async fn or_nobody(user: Option<BasicUser>) -> Json<bool> {
    Json(user.is_some())
}

/// Alice may read items.
fn app() -> (Router, Value) {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    let hash = passwords.hash(&Password::from("correct horse")).unwrap();
    let alice = Account::new("alice").with_password_hash(hash);
    let alice = alice.with_scopes(ScopeSet::parse("items").unwrap());
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([alice])).passwords(passwords);
    let auth = auth.scopes::<(Items, Bills)>().build().unwrap();
    let routes = || {
        ApiRouter::new()
            .api_route("/anyone", get(anyone))
            .api_route("/items", get(items))
            .api_route("/bills", get(bills))
            .api_route("/option", get(or_nobody))
    };
    let front = || auth.front().answers(Answers::rfc());
    let document = serde_json::from_slice(&front().openapi(routes())).unwrap();
    (front().mount(routes()), document)
}

async fn ask(path: &str, pair: Option<&str>) -> (u16, String, Value) {
    let mut request = Request::builder().method(Method::GET).uri(path);
    if let Some(pair) = pair {
        request = request.header("authorization", format!("Basic {}", BASE64_STANDARD.encode(pair)));
    }
    let answer = app().0.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, challenge, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn who_is_not_there_or_has_another_password_is_refused_with_the_challenge_of_basic() {
    let nobody = ask("/items", Some("nobody:correct horse")).await;
    assert_eq!(nobody.0, 401);
    assert!(nobody.1.starts_with("Basic realm=\"reports\""), "{}", nobody.1);
    assert_eq!(ask("/items", Some("alice:wrong horse")).await, nobody);
    for path in ["/anyone", "/items"] {
        let (status, challenge, _) = ask(path, None).await;
        assert_eq!((status, challenge.starts_with("Basic")), (401, true), "{path}");
    }
    assert_eq!(ask("/option", Some("alice:wrong horse")).await.0, 401);
}

#[tokio::test]
async fn who_has_too_few_scopes_is_forbidden() {
    let (status, challenge, _) = ask("/bills", Some("alice:correct horse")).await;
    assert_eq!((status, challenge.as_str()), (403, "Basic realm=\"reports\""));
}

#[tokio::test]
async fn a_user_comes_with_name_and_password_and_the_document_says_so() {
    assert_eq!(ask("/anyone", Some("alice:correct horse")).await.2, "alice");
    assert_eq!(ask("/items", Some("alice:correct horse")).await.2, "items");
    assert_eq!(ask("/option", None).await.2, false);
    let (_, document) = app();
    let scheme = &document["components"]["securitySchemes"]["HTTPBasic"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&"http".into(), &"basic".into()));
    let security = &document["paths"]["/items"]["get"]["security"];
    assert!(security[0].get("HTTPBasic").is_some(), "{security}");
}
