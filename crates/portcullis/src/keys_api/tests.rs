use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::{
    Account, Accounts, Auth, MemoryApiKeys, MemoryClients, MemorySessions, MemoryUsers, NewClient, ScopeSet,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::mount::{Front, Mount as _};

struct Api {
    app: Router,
    auth: Auth<Account>,
    accounts: Accounts<MemoryUsers>,
}

fn named(name: &str) -> Account {
    let scopes = match name {
        "admin" => "users:read users:write clients:read clients:write",
        _ => "users:read",
    };
    Account::new(name).with_scopes(ScopeSet::parse(scopes).unwrap())
}

fn front(auth: &Auth<Account>, answers: Answers) -> Front<Account> {
    auth.front().answers(answers)
}

fn routes(auth: &Auth<Account>, accounts: &Accounts<MemoryUsers>) -> ApiRouter<Auth<Account>> {
    ApiRouter::new()
        .merge(crate::accounts_api(accounts.clone()))
        .merge(crate::clients_api(auth))
        .merge(crate::sessions_api(auth))
        .merge(crate::user_sessions_api(auth, accounts.clone()))
        .merge(keys_api(auth))
        .merge(user_keys_api(auth, accounts.clone()))
}

fn api_with(answers: Answers) -> Api {
    let users = MemoryUsers::from_iter(["alice", "bob", "admin"].map(named));
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, users.clone())
        .scopes::<(UsersRead, UsersWrite, crate::ClientsRead, crate::ClientsWrite)>()
        .sessions(MemorySessions::new())
        .clients(MemoryClients::new())
        .api_keys(MemoryApiKeys::new())
        .build()
        .unwrap();
    let accounts = Accounts::new(auth.clone(), users);
    Api {
        app: front(&auth, answers).mount(routes(&auth, &accounts)),
        auth,
        accounts,
    }
}

fn api() -> Api {
    api_with(Answers::rfc())
}

impl Api {
    /// An access token for this much of what the user may.
    fn token(&self, name: &str, scope: &str) -> String {
        let scope = ScopeSet::parse(scope).unwrap();
        self.auth.grant(&named(name), scope).unwrap().access_token
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
        };
        let answer = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (
            head.status,
            head.headers,
            serde_json::from_slice(&body).unwrap_or_default(),
        )
    }

    async fn status(&self, token: &str, method: &str, path: &str, body: Value) -> u16 {
        self.ask(token, method, path, body).await.0.as_u16()
    }

    async fn made(&self, token: &str, body: Value) -> Value {
        let (status, _, made) = self.ask(token, "POST", "/users/me/keys", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made
    }

    async fn key_of(&self, name: &str, scopes: &[&str]) -> (String, String) {
        let token = self.token(name, &scopes.join(" "));
        let made = self.made(&token, json!({ "name": "ci", "scopes": scopes })).await;
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        (text("id"), text("key"))
    }
}

#[tokio::test]
async fn a_key_changes_nothing_that_opens_accounts_in_either_style() {
    for answers in [Answers::rfc(), Answers::fastapi()] {
        let api = api_with(answers);
        api.auth.clients().unwrap().add(NewClient::named("shop")).await.unwrap();
        let all = ["users:read", "users:write", "clients:read", "clients:write"];
        let (id, key) = api.key_of("admin", &all).await;
        let new = json!({ "username": "eve", "password": "long enough" });
        for (method, path, body) in [
            (
                "PUT",
                "/users/me/password",
                json!({ "current_password": "x", "new_password": "long enough" }),
            ),
            ("PUT", "/users/alice/password", json!({ "password": "long enough" })),
            ("POST", "/users/", new),
            ("PATCH", "/users/alice", json!({ "email": "eve@example.com" })),
            ("DELETE", "/users/alice", Value::Null),
            ("POST", "/clients/", json!({ "client_id": "eve" })),
            ("POST", "/clients/shop/secrets", Value::Null),
            ("DELETE", "/clients/shop", Value::Null),
            ("GET", "/users/me/sessions", Value::Null),
            ("DELETE", "/users/me/sessions", Value::Null),
            (
                "PATCH",
                "/users/me/sessions/AAAAAAAAAAAAAAAAAAAAAA",
                json!({ "label": "x" }),
            ),
            ("DELETE", "/users/me/sessions/AAAAAAAAAAAAAAAAAAAAAA", Value::Null),
            ("POST", "/logout", Value::Null),
            ("DELETE", "/users/alice/sessions", Value::Null),
            ("GET", "/users/me/keys", Value::Null),
            ("POST", "/users/me/keys", json!({ "name": "another" })),
            ("DELETE", &*format!("/users/me/keys/{id}"), Value::Null),
            ("DELETE", "/users/alice/keys", Value::Null),
            ("DELETE", &*format!("/users/admin/keys/{id}"), Value::Null),
        ] {
            let (status, _, answer) = api.ask(&key, method, path, body).await;
            assert_eq!(
                (status, &answer["detail"]),
                (StatusCode::FORBIDDEN, &json!("An API key cannot do this")),
                "{method} {path}"
            );
        }
        // And reads what its owner reads.
        for path in [
            "/users/me/",
            "/users/",
            "/users/alice",
            "/clients/",
            "/users/alice/keys",
        ] {
            assert_eq!(api.status(&key, "GET", path, Value::Null).await, 200, "{path}");
        }
        assert_eq!(api.accounts.count().await.unwrap(), 3);
    }
}

#[tokio::test]
async fn somebody_elses_key_is_not_there() {
    let api = api();
    let (alice, admin) = (api.token("alice", ""), api.token("admin", "users:read users:write"));
    let (of_bob, key) = api.key_of("bob", &[]).await;
    for id in [of_bob.as_str(), "0AAAAAAAAAAAAAAAAAAAAA", "no-id", "me"] {
        let (status, _, body) = api
            .ask(&alice, "DELETE", &format!("/users/me/keys/{id}"), Value::Null)
            .await;
        assert_eq!(
            (status, &body["detail"]),
            (StatusCode::NOT_FOUND, &json!("There is no such key"))
        );
        let path = format!("/users/alice/keys/{id}");
        assert_eq!(api.status(&admin, "DELETE", &path, Value::Null).await, 404);
    }
    assert_eq!(api.status(&key, "GET", "/users/me/", Value::Null).await, 200);
    for (method, path) in [
        ("GET", "/users/bob/keys"),
        ("DELETE", "/users/bob/keys"),
        ("DELETE", &*format!("/users/bob/keys/{of_bob}")),
    ] {
        assert_eq!(
            api.status(&alice, method, path, Value::Null).await,
            403,
            "{method} {path}"
        );
    }
    assert_eq!(api.status(&admin, "GET", "/users/nobody/keys", Value::Null).await, 404);
}

#[tokio::test]
async fn a_key_gets_no_more_than_the_token_that_asks_for_it() {
    let api = api();
    let narrowed = api.token("admin", "users:read");
    for (scopes, status) in [
        (json!(["users:write"]), 403),
        (json!(["nobody"]), 403),
        (json!(["users:read"]), 201),
    ] {
        let body = json!({ "name": "ci", "scopes": scopes });
        assert_eq!(
            api.status(&narrowed, "POST", "/users/me/keys", body).await,
            status,
            "{scopes}"
        );
    }
    let (_, key) = api.key_of("admin", &["users:read"]).await;
    assert_eq!(api.status(&key, "GET", "/users/alice", Value::Null).await, 200);
    let (_, bare) = api.key_of("admin", &[]).await;
    assert_eq!(api.status(&bare, "GET", "/users/alice", Value::Null).await, 403);
    assert_eq!(api.status(&bare, "GET", "/users/me/", Value::Null).await, 200);
}

#[tokio::test]
async fn a_body_that_cannot_be_a_key_is_refused_with_the_field() {
    let api = api();
    let alice = api.token("alice", "users:read");
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x".repeat(101) }), "name"),
        (json!({ "name": "ci", "scopes": "users:read" }), "scopes"),
        (json!({ "name": "ci", "scopes": ["a b"] }), "scopes"),
        (json!({ "name": "ci", "expires_in_days": 0 }), "expires_in_days"),
        (json!({ "name": "ci", "expires_in_days": 3651 }), "expires_in_days"),
        (json!({ "name": "ci", "key": "pc_mine" }), "key"),
    ] {
        let (status, _, answer) = api.ask(&alice, "POST", "/users/me/keys", body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {answer}");
        assert_eq!(answer["detail"][0]["loc"][1], field, "{body}");
    }
    for _ in 0..50 {
        api.made(&alice, json!({ "name": "ci" })).await;
    }
    let (status, _, answer) = api.ask(&alice, "POST", "/users/me/keys", json!({ "name": "ci" })).await;
    assert_eq!(
        (status, &answer["detail"]),
        (
            StatusCode::CONFLICT,
            &json!("A user has 50 keys at most, and makes 100 an hour")
        )
    );
}

#[tokio::test]
async fn a_key_is_shown_once_and_no_cache_keeps_it() {
    let api = api();
    let alice = api.token("alice", "users:read");
    let new = json!({ "name": "backup on host7", "scopes": ["users:read"], "expires_in_days": 90 });
    let (status, headers, made) = api.ask(&alice, "POST", "/users/me/keys", new).await;
    assert_eq!(
        (status, &headers[CACHE_CONTROL]),
        (StatusCode::CREATED, &"no-store".parse().unwrap())
    );
    let key = made["key"].as_str().unwrap();
    assert!(
        key.len() == 75 && key.starts_with(&format!("pc_{}", made["id"].as_str().unwrap())),
        "{made}"
    );
    assert!(made["expires"].as_str().unwrap() > made["created"].as_str().unwrap());

    let (_, headers, list) = api.ask(&alice, "GET", "/users/me/keys", Value::Null).await;
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert!(
        !list.to_string().contains(key) && list["keys"].as_array().unwrap().len() == 1,
        "{list}"
    );
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(list["keys"][0], shown);
    assert_eq!(shown["last_used"], Value::Null);

    assert_eq!(api.status(key, "GET", "/users/alice", Value::Null).await, 200);
    api.auth.api_keys().unwrap().flush().await;
    let (_, _, list) = api.ask(&alice, "GET", "/users/me/keys", Value::Null).await;
    assert!(list["keys"][0]["last_used"].as_str().unwrap().ends_with('Z'), "{list}");

    let path = format!("/users/me/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(api.status(&alice, "DELETE", &path, Value::Null).await, 204);
    assert_eq!(api.status(&alice, "DELETE", &path, Value::Null).await, 404);
    let (status, headers, _) = api.ask(key, "GET", "/users/me/", Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn an_administrator_sees_and_ends_the_keys_of_others() {
    let api = api();
    let admin = api.token("admin", "users:read users:write");
    let ((one, key), (_, other), (_, of_bob)) = (
        api.key_of("alice", &[]).await,
        api.key_of("alice", &[]).await,
        api.key_of("bob", &[]).await,
    );
    let (_, _, list) = api.ask(&admin, "GET", "/users/alice/keys", Value::Null).await;
    assert_eq!(list["keys"].as_array().unwrap().len(), 2);
    assert_eq!(
        api.status(&admin, "DELETE", &format!("/users/alice/keys/{one}"), Value::Null)
            .await,
        204
    );
    assert_eq!(api.status(&key, "GET", "/users/me/", Value::Null).await, 401);
    assert_eq!(api.status(&other, "GET", "/users/me/", Value::Null).await, 200);
    assert_eq!(
        api.status(&admin, "DELETE", "/users/alice/keys", Value::Null).await,
        204
    );
    assert_eq!(api.status(&other, "GET", "/users/me/", Value::Null).await, 401);
    assert_eq!(api.status(&of_bob, "GET", "/users/me/", Value::Null).await, 200);
}

#[tokio::test]
async fn the_document_tells_the_routes_their_locks_and_refusals_and_without_keys_nothing_of_them() {
    let api = api();
    let document = |auth: &Auth<Account>| -> Value {
        let routes = routes(auth, &api.accounts);
        serde_json::from_slice(&front(auth, Answers::rfc()).openapi(routes)).unwrap()
    };
    let with = document(&api.auth);
    for (method, path, statuses) in [
        ("get", "/users/me/keys", "200 401 403"),
        ("post", "/users/me/keys", "201 401 403 409 422"),
        ("delete", "/users/me/keys/{id}", "204 401 403 404"),
        ("get", "/users/{username}/keys", "200 401 403 404"),
        ("delete", "/users/{username}/keys", "204 401 403 404"),
        ("delete", "/users/{username}/keys/{id}", "204 401 403 404"),
        ("get", "/users/me/sessions", "200 401 403"),
        ("post", "/logout", "204 401 403"),
    ] {
        let operation = &with["paths"][path][method];
        for status in statuses.split(' ') {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
        assert!(operation["security"].is_array(), "{method} {path}");
    }
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, MemoryUsers::new())
        .sessions(MemorySessions::new())
        .build()
        .unwrap();
    let without = document(&auth);
    assert!(without["paths"].get("/users/me/keys").is_none());
    assert!(without["paths"]["/logout"]["post"]["responses"].get("403").is_none());
}
