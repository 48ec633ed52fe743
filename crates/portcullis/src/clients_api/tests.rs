use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, ClientProof, MemoryClients, MemoryUsers, ProofMethod, ScopeSet};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::answers::Answers;
use crate::client_token::ClientToken;
use crate::extract::{CurrentUser, Scoped};
use crate::mount::Mount as _;

portcullis_core::scopes! {
    /// Items.
    Items = "items";
    /// Bills.
    Billing = "billing";
}

/// An application whose administrator has no `billing`.
struct Api {
    app: Router,
    auth: Auth<Account>,
    admin: String,
}

struct Said {
    status: StatusCode,
    challenge: String,
    stored: bool,
    body: Value,
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

async fn read_machine(client: ClientToken<Items>) -> Json<String> {
    Json(client.client_id.to_string())
}

async fn read_user(_: CurrentUser) -> Json<bool> {
    Json(true)
}

async fn read_items(_: Scoped<Items>) -> Json<bool> {
    Json(true)
}

fn api() -> Api {
    let admin = Account::new("admin").with_scopes(scopes("clients:read clients:write items"));
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, MemoryUsers::from_iter([admin.clone()]))
        .scopes::<(ClientsRead, ClientsWrite, Items, Billing)>()
        .clients(MemoryClients::new())
        .build()
        .unwrap();
    let routes = clients_api(&auth)
        .api_route("/machine", get(read_machine))
        .api_route("/user", get(read_user))
        .api_route("/items", get(read_items));
    let admin = auth.grant(&admin, scopes("clients:read clients:write items")).unwrap();
    Api {
        app: auth.front().answers(Answers::rfc()).mount(routes),
        auth,
        admin: admin.access_token,
    }
}

impl Api {
    async fn send(&self, token: &str, method: &str, path: &str, body: Value) -> Said {
        let request = Request::builder().method(method).uri(path);
        let request = match token {
            "" => request,
            token => request.header(AUTHORIZATION, format!("Bearer {token}")),
        };
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
        };
        let answer = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        let header = |name: &str| {
            let value = answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned());
            value.unwrap_or_default()
        };
        let (status, challenge) = (answer.status(), header("www-authenticate"));
        let stored = header(CACHE_CONTROL.as_str()) != "no-store";
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Said {
            status,
            challenge,
            stored,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// As the administrator.
    async fn ask(&self, method: &str, path: &str, body: Value) -> Said {
        self.send(&self.admin, method, path, body).await
    }

    /// A token for a client of this id and secret.
    async fn machine(&self, id: &str, secret: &str, asked: &str) -> Option<String> {
        let proof = ClientProof::Secret {
            id: id.to_owned(),
            secret: secret.to_owned().into(),
            method: ProofMethod::Post,
        };
        let client = self.auth.clients().unwrap().authenticate(&proof).await.ok()?;
        let attempt = portcullis_core::Attempt::default();
        let granted = self
            .auth
            .client_credentials(&client, &scopes(asked), &attempt)
            .await
            .unwrap();
        Some(granted.access_token)
    }

    /// Adds a client with these scopes; its secret.
    async fn add(&self, id: &str, scopes: Value) -> String {
        let said = self
            .ask("POST", "/clients/", json!({ "client_id": id, "scopes": scopes }))
            .await;
        assert_eq!(said.status, StatusCode::CREATED, "{}", said.body);
        assert!(!said.stored, "a secret is in the answer");
        said.body["client_secret"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn who_may_not_see_or_change_clients_is_refused() {
    let api = api();
    let weak = Account::new("admin").with_scopes(scopes("items"));
    let weak = api.auth.grant(&weak, scopes("items")).unwrap().access_token;
    let reader = api.auth.grant(
        &Account::new("admin").with_scopes(scopes("clients:read")),
        scopes("clients:read"),
    );
    let reader = reader.unwrap().access_token;
    for (method, path, reads) in [
        ("GET", "/clients/", true),
        ("POST", "/clients/", false),
        ("GET", "/clients/a", true),
        ("PATCH", "/clients/a", false),
        ("DELETE", "/clients/a", false),
        ("POST", "/clients/a/secrets", false),
        ("DELETE", "/clients/a/secrets/older", false),
    ] {
        let said = api.send("", method, path, Value::Null).await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        let said = api.send(&weak, method, path, Value::Null).await;
        assert_eq!(said.status, StatusCode::FORBIDDEN, "{method} {path}");
        let said = api.send(&reader, method, path, Value::Null).await;
        assert_eq!(said.status != StatusCode::FORBIDDEN, reads, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_no_client_is_refused_with_its_place() {
    let api = api();
    for (body, field) in [
        (json!({}), "client_id"),
        (json!({ "client_id": "a b" }), "client_id"),
        (json!({ "client_id": ".." }), "client_id"),
        (json!({ "client_id": "a", "scopes": ["a b\""] }), "scopes"),
        (json!({ "client_id": "a", "grants": ["implicit"] }), "grants"),
        (json!({ "client_id": "a", "grants": ["password"] }), "grants"),
        (
            json!({ "client_id": "a", "public": true, "grants": ["client_credentials"] }),
            "grants",
        ),
        (json!({ "client_id": "a", "public_key": "no key" }), "public_key"),
        (json!({ "client_id": "a", "audience": "" }), "audience"),
        (json!({ "client_id": "a", "client_secret": "mine" }), "client_secret"),
    ] {
        let said = api.ask("POST", "/clients/", body).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.body);
        assert_eq!(said.body["detail"][0]["loc"][1], field, "{}", said.body);
    }
    assert_eq!(
        api.ask("GET", "/clients/", Value::Null).await.body,
        json!({ "clients": [], "next": null })
    );
}

#[tokio::test]
async fn nobody_gives_a_client_what_they_do_not_have() {
    let api = api();
    let said = api
        .ask("POST", "/clients/", json!({ "client_id": "a", "scopes": ["billing"] }))
        .await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    let strong = portcullis_core::NewClient {
        scopes: scopes("billing"),
        ..portcullis_core::NewClient::named("strong")
    };
    api.auth.clients().unwrap().add(strong).await.unwrap();
    let said = api.ask("POST", "/clients/strong/secrets", Value::Null).await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    assert_eq!(
        api.ask("DELETE", "/clients/strong", Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_unknown_client_is_404_and_a_known_one_is_not_added_again() {
    let api = api();
    for (method, path, body) in [
        ("GET", "/clients/a", Value::Null),
        ("PATCH", "/clients/a", json!({ "disabled": true })),
        ("PATCH", "/clients/a", json!({})),
        ("DELETE", "/clients/a", Value::Null),
        ("POST", "/clients/a/secrets", Value::Null),
        ("DELETE", "/clients/a/secrets/older", Value::Null),
    ] {
        assert_eq!(
            api.ask(method, path, body).await.status,
            StatusCode::NOT_FOUND,
            "{method} {path}"
        );
    }
    api.add("a", json!([])).await;
    let again = api.ask("POST", "/clients/", json!({ "client_id": "a" })).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_third_is_refused() {
    let api = api();
    let first = api.add("a", json!(["items"])).await;
    let alone = api.ask("DELETE", "/clients/a/secrets/older", Value::Null).await;
    assert_eq!(alone.status, StatusCode::CONFLICT);
    let second = api.ask("POST", "/clients/a/secrets", Value::Null).await;
    assert_eq!(second.status, StatusCode::CREATED);
    let second = second.body["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(
        api.ask("POST", "/clients/a/secrets", Value::Null).await.status,
        StatusCode::CONFLICT
    );
    for secret in [&first, &second] {
        assert!(api.machine("a", secret, "items").await.is_some());
    }
    let shown = api.ask("GET", "/clients/a", Value::Null).await.body;
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(2));
    assert!(!shown.to_string().contains("pcs_"), "{shown}");
    let dropped = api.ask("DELETE", "/clients/a/secrets/older", Value::Null).await;
    assert_eq!(dropped.status, StatusCode::NO_CONTENT);
    assert!(api.machine("a", &first, "items").await.is_none());
    assert!(api.machine("a", &second, "items").await.is_some());
}

#[tokio::test]
async fn a_users_token_is_no_machines_and_a_machines_no_users() {
    let api = api();
    let secret = api.add("admin", json!(["items"])).await;
    let machine = api.machine("admin", &secret, "items").await.unwrap();
    for path in ["/user", "/items"] {
        let said = api.send(&machine, "GET", path, Value::Null).await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let said = api.send(&api.admin, "GET", "/machine", Value::Null).await;
    assert_eq!(said.status, StatusCode::UNAUTHORIZED);
    assert!(said.challenge.contains("invalid_token"), "{}", said.challenge);
    let without = api.machine("admin", &secret, "").await.unwrap();
    let said = api.send(&without, "GET", "/machine", Value::Null).await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    assert!(said.challenge.contains("insufficient_scope"), "{}", said.challenge);
    assert_eq!(
        api.send("", "GET", "/machine", Value::Null).await.status,
        StatusCode::UNAUTHORIZED
    );
    let said = api.send(&machine, "GET", "/machine", Value::Null).await;
    assert_eq!((said.status, said.body), (StatusCode::OK, json!("admin")));
}

#[tokio::test]
async fn a_disabled_or_deleted_clients_tokens_end_at_once() {
    let api = api();
    for (method, body) in [("PATCH", json!({ "disabled": true })), ("DELETE", Value::Null)] {
        let secret = api.add("a", json!(["items"])).await;
        let machine = api.machine("a", &secret, "items").await.unwrap();
        assert_eq!(
            api.send(&machine, "GET", "/machine", Value::Null).await.status,
            StatusCode::OK
        );
        assert!(api.ask(method, "/clients/a", body).await.status.is_success());
        assert_eq!(
            api.send(&machine, "GET", "/machine", Value::Null).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert!(api.machine("a", &secret, "items").await.is_none());
        api.ask("DELETE", "/clients/a", Value::Null).await;
    }
}

#[tokio::test]
async fn clients_are_shown_as_they_were_described() {
    let api = api();
    let new = json!({
        "client_id": "app", "public": true, "first_party": true, "scopes": ["items"], "audience": "https://api.example.com",
    });
    let said = api.ask("POST", "/clients/", new).await;
    assert_eq!(
        (said.status, said.body.get("client_secret")),
        (StatusCode::CREATED, None)
    );
    let mut expected = json!({
        "client_id": "app", "public": true, "first_party": true, "grants": ["password", "refresh_token"],
        "scopes": ["items"], "audience": "https://api.example.com", "secrets": [], "has_keys": false, "disabled": false,
    });
    expected["created"] = said.body["created"].clone();
    assert_eq!(said.body, expected);
    assert_eq!(api.ask("GET", "/clients/app", Value::Null).await.body, expected);
    api.add("b", json!([])).await;
    let first = api.ask("GET", "/clients/?limit=1", Value::Null).await.body;
    assert_eq!((&first["clients"], &first["next"]), (&json!([expected]), &json!("app")));
    let last = api.ask("GET", "/clients/?limit=1&after=app", Value::Null).await.body;
    assert_eq!(
        (&last["clients"][0]["client_id"], &last["next"]),
        (&json!("b"), &Value::Null)
    );
}

#[tokio::test]
async fn without_clients_there_are_no_routes() {
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth: Auth<Account> = Auth::builder(key, MemoryUsers::new()).build().unwrap();
    let app = auth.front().mount(clients_api(&auth));
    let request = Request::get("/clients/").body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND);
}
