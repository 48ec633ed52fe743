use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Accounts, Attempt, Auth, MemorySessions, MemoryUsers, ScopeSet, User as _};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::mount::Mount as _;

struct Api {
    app: Router,
    auth: Auth<Account>,
}

fn named(name: &str) -> Account {
    let all = ScopeSet::parse("users:read users:write").unwrap();
    Account::new(name).with_scopes(if name == "admin" { all } else { ScopeSet::empty() })
}

fn api() -> Api {
    let users = MemoryUsers::from_iter(["alice", "bob", "admin"].map(named));
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, users.clone())
        .scopes::<(UsersRead, UsersWrite)>()
        .sessions(MemorySessions::new())
        .build()
        .unwrap();
    let routes = sessions_api(&auth).merge(user_sessions_api(&auth, Accounts::new(auth.clone(), users)));
    Api {
        app: auth.front().answers(Answers::rfc()).mount(routes),
        auth,
    }
}

impl Api {
    /// An access token of a new session.
    async fn log_in(&self, name: &str) -> String {
        let attempt = Attempt::default()
            .from_peer("192.0.2.1".parse().ok())
            .with_agent(Some("curl/8.5.0"));
        let user = named(name);
        let granted = self.auth.begin(&user, user.scopes().clone(), None, &attempt).await;
        granted.unwrap().access_token
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(USER_AGENT, "curl/8.5.0")
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 1))));
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
        };
        let answer = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn sessions(&self, token: &str) -> Vec<Value> {
        let (status, body) = self.ask(token, "GET", "/users/me/sessions", Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["sessions"].as_array().unwrap().clone()
    }

    async fn is_good(&self, token: &str) -> bool {
        self.auth.authenticate(token).await.is_ok()
    }
}

fn current(sessions: &[Value]) -> String {
    let mine = sessions.iter().find(|session| session["current"] == true).unwrap();
    mine["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_elses_session_is_not_there() {
    let api = api();
    let (alice, bob) = (api.log_in("alice").await, api.log_in("bob").await);
    let of_bob = current(&api.sessions(&bob).await);
    for id in [of_bob.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "no-id"] {
        let path = format!("/users/me/sessions/{id}");
        let (status, body) = api.ask(&alice, "DELETE", &path, Value::Null).await;
        assert_eq!(
            (status, &body["detail"]),
            (StatusCode::NOT_FOUND, &json!("There is no such session"))
        );
        let (status, other) = api.ask(&alice, "PATCH", &path, json!({"label": "mine"})).await;
        assert_eq!((status, other), (StatusCode::NOT_FOUND, body));
    }
    assert!(api.is_good(&bob).await);
    let (status, _) = api.ask(&alice, "GET", "/users/bob/sessions", Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_label_is_a_line_of_text() {
    let api = api();
    let alice = api.log_in("alice").await;
    let path = format!("/users/me/sessions/{}", current(&api.sessions(&alice).await));
    for label in [json!("a\nb"), json!("x".repeat(101)), json!(5), Value::Null] {
        let body = json!({ "label": label });
        let (status, _) = api.ask(&alice, "PATCH", &path, body.clone()).await;
        assert!(status.is_client_error(), "{body}");
    }
    let (status, _) = api.ask(&alice, "PATCH", &path, json!({"label": "work laptop"})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(api.sessions(&alice).await[0]["label"], "work laptop");
}

#[tokio::test]
async fn a_session_says_where_somebody_is_logged_in() {
    let api = api();
    let (_, alice) = (api.log_in("alice").await, api.log_in("alice").await);
    let sessions = api.sessions(&alice).await;
    assert_eq!(sessions.len(), 2);
    let mine = sessions.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(mine["agent"], "curl 8.5");
    assert_eq!(mine["label"], "");
    assert_eq!(mine["client_id"], Value::Null);
    assert_eq!(mine["first_address"], "192.0.2.1");
    // By the guard of this very request.
    let again = api.sessions(&alice).await;
    let mine = again.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(mine["last_address"], "192.0.2.7");
    for time in ["created", "last_seen"] {
        assert!(mine[time].as_str().unwrap().ends_with('Z'), "{mine}");
    }
}

#[tokio::test]
async fn who_logs_out_here_stays_logged_in_elsewhere_and_the_other_way_round() {
    let api = api();
    let (here, there) = (api.log_in("alice").await, api.log_in("alice").await);
    let (status, _) = api.ask(&here, "POST", "/logout", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!api.is_good(&here).await && api.is_good(&there).await);
    let third = api.log_in("alice").await;
    let (status, _) = api.ask(&third, "DELETE", "/users/me/sessions", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!api.is_good(&there).await && api.is_good(&third).await);
}

#[tokio::test]
async fn a_token_of_no_session_logs_out_alone() {
    let api = api();
    let session = api.log_in("alice").await;
    let alone = api.auth.grant(&named("alice"), ScopeSet::empty()).unwrap().access_token;
    let (status, _) = api.ask(&alone, "POST", "/logout", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!api.is_good(&alone).await && api.is_good(&session).await);
}

#[tokio::test]
async fn an_administrator_sees_and_ends_the_sessions_of_others() {
    let api = api();
    let (admin, alice, bob) = (
        api.log_in("admin").await,
        api.log_in("alice").await,
        api.log_in("bob").await,
    );
    let (status, _) = api.ask(&admin, "GET", "/users/nobody/sessions", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, body) = api.ask(&admin, "GET", "/users/alice/sessions", Value::Null).await;
    let id = body["sessions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(body["sessions"][0]["current"], false);
    let path = format!("/users/bob/sessions/{id}");
    assert_eq!(
        api.ask(&admin, "DELETE", &path, Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    let path = format!("/users/alice/sessions/{id}");
    assert_eq!(
        api.ask(&admin, "DELETE", &path, Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert!(!api.is_good(&alice).await && api.is_good(&bob).await);
    let (status, _) = api.ask(&admin, "DELETE", "/users/bob/sessions", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!api.is_good(&bob).await);
}

#[tokio::test]
async fn without_sessions_there_are_no_such_routes() {
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([named("alice")]))
        .build()
        .unwrap();
    let app = auth.front().mount(sessions_api(&auth));
    let request = Request::builder()
        .method("POST")
        .uri("/logout")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND);
}
