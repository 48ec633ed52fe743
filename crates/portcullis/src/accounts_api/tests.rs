use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH};
use http::{Request, StatusCode};
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::{Credentials, MemoryUsers, Password, Passwords, ScopeSet};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::answers::Answers;
use crate::mount::{Front, Mount as _};

portcullis_core::scopes! {
    /// Items.
    Items = "items";
    /// Bills.
    Billing = "billing";
}

/// An application with an administrator, who has no `billing`, and alice.
struct Api {
    app: Router,
    auth: Auth<Account>,
    accounts: Accounts<MemoryUsers>,
    admin: String,
}

struct Said {
    status: StatusCode,
    tag: String,
    body: Value,
}

impl Said {
    fn error(&self) -> (&str, &Value) {
        let first = &self.body["detail"][0];
        (first["type"].as_str().unwrap_or_default(), &first["loc"])
    }
}

fn routes(accounts: Accounts<MemoryUsers>) -> ApiRouter<Auth<Account>> {
    accounts_api(accounts)
}

async fn api() -> Api {
    let users = MemoryUsers::new();
    let key = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(key, users.clone())
        .scopes::<(UsersRead, UsersWrite, Items, Billing)>()
        .passwords(Passwords::new(Argon2::new(64, 1, 1).unwrap()))
        .build()
        .unwrap();
    let accounts = Accounts::new(auth.clone(), users);
    for (name, scopes) in [("admin", "users:read users:write items"), ("alice", "items billing")] {
        let new = NewAccount {
            password: Some(Password::from("first password")),
            scopes: ScopeSet::parse(scopes).unwrap(),
            ..NewAccount::named(name)
        };
        accounts.create(new).await.unwrap();
    }
    let mut api = Api {
        app: front(&auth).mount(routes(accounts.clone())),
        auth,
        accounts,
        admin: String::new(),
    };
    api.admin = api.token("admin", "first password").await.unwrap();
    api
}

fn front(auth: &Auth<Account>) -> Front<Account> {
    auth.front().answers(Answers::rfc())
}

impl Api {
    async fn token(&self, name: &str, password: &str) -> Option<String> {
        let asked = ScopeSet::parse("users:read users:write items billing").unwrap();
        let login = Credentials::new(name, Password::from(password)).with_scope(asked);
        Some(self.auth.log_in(login).await.ok()?.access_token)
    }

    async fn send(&self, token: &str, request: Request<Body>) -> Said {
        let (mut head, body) = request.into_parts();
        let bearer = format!("Bearer {token}").parse().unwrap();
        head.headers.insert(AUTHORIZATION, bearer);
        let answer = self.app.clone().oneshot(Request::from_parts(head, body)).await.unwrap();
        let tag = answer.headers().get(ETAG).map(|tag| tag.to_str().unwrap().to_owned());
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Said {
            status,
            tag: tag.unwrap_or_default(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// As the administrator.
    async fn ask(&self, method: &str, path: &str, body: Value) -> Said {
        self.ask_if(method, path, body, None).await
    }

    async fn ask_if(&self, method: &str, path: &str, body: Value, tag: Option<&str>) -> Said {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(tag) = tag {
            request = request.header(IF_MATCH, tag);
        }
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
        };
        self.send(&self.admin, request.unwrap()).await
    }
}

fn new_user(name: &str) -> Value {
    json!({ "username": name, "password": "long enough" })
}

#[tokio::test]
async fn what_the_document_does_not_allow_is_refused_by_every_route() {
    let api = api().await;
    for (method, path, body, kind, loc) in [
        (
            "POST",
            "/users/",
            json!({ "password": "long enough" }),
            "missing",
            json!(["body", "username"]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "bob", "password": "short" }),
            "string_too_short",
            json!(["body", "password"]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "bob", "password": "long enough", "is_admin": true }),
            "extra_forbidden",
            json!(["body", "is_admin"]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "bob", "password": "long enough", "scopes": ["a b"] }),
            "string_pattern_mismatch",
            json!(["body", "scopes", 0]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "bob", "password": "long enough", "scopes": ["x".repeat(4097)] }),
            "value_error",
            json!(["body", "scopes"]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "me", "password": "long enough" }),
            "value_error",
            json!(["body", "username"]),
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "a\nb", "password": "long enough" }),
            "value_error",
            json!(["body", "username"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "disable": true }),
            "extra_forbidden",
            json!(["body", "disable"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "disabled": true, "password": "long enough" }),
            "extra_forbidden",
            json!(["body", "password"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "email": 5 }),
            "string_type",
            json!(["body", "email"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "scopes": "items" }),
            "list_type",
            json!(["body", "scopes"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "full_name": "x".repeat(256) }),
            "string_too_long",
            json!(["body", "full_name"]),
        ),
        (
            "PATCH",
            "/users/alice",
            json!([]),
            "model_attributes_type",
            json!(["body"]),
        ),
        ("PATCH", "/users/alice", Value::Null, "missing", json!(["body"])),
        (
            "PUT",
            "/users/alice/password",
            json!({ "password": "short" }),
            "string_too_short",
            json!(["body", "password"]),
        ),
        (
            "PUT",
            "/users/alice/password",
            json!({ "new_password": "long enough" }),
            "missing",
            json!(["body", "password"]),
        ),
        (
            "PUT",
            "/users/me/password",
            json!({ "current_password": "first password", "new_password": "short" }),
            "string_too_short",
            json!(["body", "new_password"]),
        ),
        (
            "GET",
            "/users/?limit=0",
            Value::Null,
            "greater_than_equal",
            json!(["query", "limit"]),
        ),
        (
            "GET",
            "/users/?limit=101",
            Value::Null,
            "less_than_equal",
            json!(["query", "limit"]),
        ),
        (
            "GET",
            "/users/?limit=x",
            Value::Null,
            "int_parsing",
            json!(["query", "limit"]),
        ),
    ] {
        let said = api.ask(method, path, body.clone()).await;
        assert_eq!(
            said.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{method} {path} {body}: {}",
            said.body
        );
        assert_eq!(said.error(), (kind, &loc), "{method} {path} {body}");
    }
    assert_eq!(api.accounts.count().await.unwrap(), 2);
    assert!(api.token("alice", "first password").await.is_some());
}

#[tokio::test]
async fn a_body_of_another_type_or_with_a_doubled_member_is_refused() {
    let api = api().await;
    let request = |kind: &str, body: &'static str| {
        Request::post("/users/")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    };
    let text = r#"{"username": "bob", "password": "long enough"}"#;
    let twice = r#"{"username": "bob", "password": "long enough", "username": "eve"}"#;
    for request in [request("text/plain", text), request("application/json", twice)] {
        let said = api.send(&api.admin, request).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.body);
        assert!(!said.body.to_string().contains("long enough"));
    }
    assert_eq!(api.accounts.count().await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_without_the_scope_comes_in_and_unknown_users_are_404() {
    let api = api().await;
    let alice = api.token("alice", "first password").await.unwrap();
    for (method, path, body) in [
        ("GET", "/users/", Value::Null),
        ("GET", "/users/nobody", Value::Null),
        ("POST", "/users/", new_user("bob")),
        ("PATCH", "/users/nobody", json!({})),
        ("PUT", "/users/nobody/password", json!({ "password": "long enough" })),
        ("DELETE", "/users/nobody", Value::Null),
    ] {
        let request = || {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(CONTENT_TYPE, "application/json");
            request.body(Body::from(body.to_string())).unwrap()
        };
        assert_eq!(
            api.send(&alice, request()).await.status,
            StatusCode::FORBIDDEN,
            "{method} {path}"
        );
        assert_eq!(
            api.send("x", request()).await.status,
            StatusCode::UNAUTHORIZED,
            "{method} {path}"
        );
        if path.contains("nobody") {
            let said = api.ask_if(method, path, body.clone(), Some("\"x\"")).await;
            assert_eq!(said.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_gives_what_they_do_not_have() {
    let api = api().await;
    let barred = NewAccount {
        scopes: ScopeSet::parse("billing").unwrap(),
        disabled: true,
        ..NewAccount::named("barred")
    };
    api.accounts.create(barred).await.unwrap();
    for (method, path, body, status) in [
        ("PATCH", "/users/admin", json!({ "scopes": [] }), StatusCode::CONFLICT),
        (
            "PATCH",
            "/users/admin",
            json!({ "disabled": true }),
            StatusCode::CONFLICT,
        ),
        ("DELETE", "/users/admin", Value::Null, StatusCode::CONFLICT),
        (
            "PATCH",
            "/users/admin",
            json!({ "scopes": ["users:write", "billing"] }),
            StatusCode::FORBIDDEN,
        ),
        (
            "PATCH",
            "/users/alice",
            json!({ "scopes": ["billing", "users:admin"] }),
            StatusCode::FORBIDDEN,
        ),
        (
            "PUT",
            "/users/alice/password",
            json!({ "password": "long enough" }),
            StatusCode::FORBIDDEN,
        ),
        (
            "PATCH",
            "/users/barred",
            json!({ "disabled": false }),
            StatusCode::FORBIDDEN,
        ),
        (
            "POST",
            "/users/",
            json!({ "username": "bob", "password": "long enough", "scopes": ["billing"] }),
            StatusCode::FORBIDDEN,
        ),
    ] {
        let said = api.ask(method, path, body.clone()).await;
        assert_eq!(said.status, status, "{method} {path} {body}: {}", said.body);
        assert!(said.body["detail"].as_str().unwrap().len() > 20, "a sentence says why");
    }
    assert_eq!(api.accounts.count().await.unwrap(), 3);
    let second = json!({ "username": "bob", "password": "long enough", "scopes": ["users:write"] });
    assert_eq!(api.ask("POST", "/users/", second).await.status, StatusCode::CREATED);
    assert_eq!(
        api.ask("DELETE", "/users/admin", Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_change_of_a_user_who_was_changed_meanwhile_is_412() {
    let api = api().await;
    let seen = api.ask("GET", "/users/alice", Value::Null).await.tag;
    let change = |scopes: &[&str]| json!({ "scopes": scopes });
    let first = api.ask_if("PATCH", "/users/alice", change(&[]), Some(&seen)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_ne!(first.tag, seen);
    for (method, path, body) in [
        ("PATCH", "/users/alice", change(&["items"])),
        ("DELETE", "/users/alice", Value::Null),
        ("PUT", "/users/alice/password", json!({ "password": "long enough" })),
    ] {
        for stale in [&seen, &format!("W/{}", first.tag), "nonsense", "\"x\", \"y\""] {
            let said = api.ask_if(method, path, body.clone(), Some(stale)).await;
            assert_eq!(said.status, StatusCode::PRECONDITION_FAILED, "{method} {stale}");
        }
    }
    let either = format!("\"x\", {}", first.tag);
    for tag in [Some(either.as_str()), Some("*"), None] {
        let body = json!({ "full_name": null });
        assert_eq!(
            api.ask_if("PATCH", "/users/alice", body, tag).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(api.ask("GET", "/users/alice", Value::Null).await.tag, first.tag);
}

#[tokio::test]
async fn a_user_is_added_read_changed_and_removed() {
    let api = api().await;
    let mut bob = new_user("bob");
    bob["email"] = "bob@example.com".into();
    bob["scopes"] = json!(["items"]);
    let made = api.ask("POST", "/users/", bob).await;
    let expected = json!({
        "username": "bob", "email": "bob@example.com", "full_name": null, "disabled": false, "scopes": ["items"]
    });
    assert_eq!((made.status, &made.body), (StatusCode::CREATED, &expected));
    assert_eq!(
        api.ask("POST", "/users/", new_user("bob")).await.status,
        StatusCode::CONFLICT
    );
    let read = api.ask("GET", "/users/bob", Value::Null).await;
    assert_eq!((read.tag, &read.body), (made.tag, &expected));

    let token = api.token("bob", "long enough").await.unwrap();
    let nothing = json!({ "disabled": null, "scopes": null });
    let same = api.ask("PATCH", "/users/bob", nothing).await;
    assert_eq!((same.status, &same.body), (StatusCode::OK, &expected));
    let change = json!({ "email": null, "full_name": "Bob", "scopes": [], "disabled": true });
    let changed = api.ask("PATCH", "/users/bob", change).await;
    let expected = json!({ "username": "bob", "email": null, "full_name": "Bob", "disabled": true, "scopes": [] });
    assert_eq!((changed.status, &changed.body), (StatusCode::OK, &expected));
    assert!(api.auth.authenticate(&token).await.is_err(), "disabling ends tokens");

    assert_eq!(
        api.ask("DELETE", "/users/bob", Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        api.ask("DELETE", "/users/bob", Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn passwords_are_set_by_their_owner_and_by_administrators_and_older_tokens_end() {
    let api = api().await;
    api.ask("POST", "/users/", new_user("bob")).await;
    let token = api.token("bob", "long enough").await.unwrap();
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new }).to_string();
        let request = Request::put("/users/me/password").header(CONTENT_TYPE, "application/json");
        request.body(Body::from(body)).unwrap()
    };
    let wrong = api.send(&token, change("wrong password", "second password")).await;
    assert_eq!(
        wrong.status,
        StatusCode::BAD_REQUEST,
        "as a wrong login: {}",
        wrong.body
    );
    let done = api.send(&token, change("long enough", "second password")).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert!(api.auth.authenticate(&token).await.is_err());
    let token = api.token("bob", "second password").await.unwrap();

    let third = json!({ "password": "third password" });
    assert_eq!(
        api.ask("PUT", "/users/bob/password", third).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(api.auth.authenticate(&token).await.is_err());
    assert!(api.token("bob", "third password").await.is_some());
}

#[tokio::test]
async fn pages_and_ones_own_profile_are_read() {
    let api = api().await;
    let first = api.ask("GET", "/users/?limit=1&after=", Value::Null).await.body;
    assert_eq!(
        (&first["users"][0]["username"], &first["next"]),
        (&json!("admin"), &json!("admin"))
    );
    let second = api.ask("GET", "/users/?limit=1&after=admin", Value::Null).await.body;
    assert_eq!(
        (&second["users"][0]["username"], &second["next"]),
        (&json!("alice"), &Value::Null)
    );
    for path in ["/users/me", "/users/me/"] {
        assert_eq!(api.ask("GET", path, Value::Null).await.body["username"], "admin");
    }
}

#[tokio::test]
async fn the_document_tells_every_refusal_and_the_tag() {
    let api = api().await;
    let document: Value = serde_json::from_slice(&front(&api.auth).openapi(routes(api.accounts.clone()))).unwrap();
    for (method, path, statuses) in [
        ("post", "/users/", "201 401 403 409 422"),
        ("patch", "/users/{username}", "200 401 403 404 409 412 422"),
        ("delete", "/users/{username}", "204 401 403 404 409 412 422"),
        ("put", "/users/{username}/password", "204 401 403 404 409 412 422"),
        ("put", "/users/me/password", "204 401 409 422"),
    ] {
        let operation = &document["paths"][path][method];
        for status in statuses.split(' ') {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
        let takes_tag = operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "If-Match"));
        assert_eq!(takes_tag, statuses.contains("412"), "{method} {path}");
    }
    let read = &document["paths"]["/users/{username}"]["get"]["responses"]["200"];
    assert!(read["headers"]["ETag"].is_object() && read["content"]["application/json"].is_object());
    let change = &document["components"]["schemas"]["UserChange"];
    assert_eq!(change["additionalProperties"], false);
}

#[tokio::test]
async fn every_name_that_can_be_made_can_be_named() {
    let api = api().await;
    let names = r"([a-z%./\\me?#;+&=: @~]{1,6}|\PC{1,8})";
    let names = proptest::string::string_regex(names).unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let name = names.new_tree(&mut runner).unwrap().current();
        if api.accounts.create(NewAccount::named(name.as_str())).await.is_err() {
            continue;
        }
        let path: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for spelled in [path.clone(), name.bytes().map(spell).collect()] {
            let read = api.ask("GET", &format!("/users/{spelled}"), Value::Null).await;
            assert_eq!(
                (read.status, &read.body["username"]),
                (StatusCode::OK, &json!(&name)),
                "{name:?}"
            );
        }
        let gone = api.ask("DELETE", &format!("/users/{path}"), Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{name:?}");
    }
}

/// As `encodeURIComponent` spells it.
fn spell(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-_.~!*'()".contains(&byte);
    if plain {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

crate::api_key! {
    Partner in header "X-API-Key";
}

/// The codes that the document names for a status of an operation.
fn documented(document: &Value, path: &str, method: &str, status: u16) -> Vec<String> {
    let response = &document["paths"][path][method]["responses"][status.to_string()];
    assert!(response.is_object(), "{method} {path} {status} is not documented");
    let codes = response["content"]["application/json"]["schema"]["properties"]["error"]["enum"].as_array();
    let codes = codes.into_iter().flatten().filter_map(Value::as_str);
    codes.map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_refused_beside_tokens_stands_in_the_document() {
    use crate::schemes::{ApiKey, BasicUser};
    let api = api().await;
    let routes = routes(api.accounts.clone())
        .api_route("/basic", get(async |_: BasicUser<Billing>| "in"))
        .api_route("/key", get(async |_: ApiKey<Partner, Items>| "in"));
    let api = Api {
        app: front(&api.auth).mount(routes),
        ..api
    };
    let document = api.ask("GET", "/openapi.json", Value::Null).await.body;
    let basic = async |pair: &str| {
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair);
        let request = Request::get("/basic").header(AUTHORIZATION, format!("Basic {text}"));
        let answer = api
            .app
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let mut asked = vec![];
    for (pair, status) in [("admin:wrong", 401), ("admin:first password", 403)] {
        let (said, body) = basic(pair).await;
        assert_eq!(said, status, "{pair}: {body}");
        asked.push(("/basic", "get", said, body));
    }
    let wrong = json!({ "current_password": "wrong", "new_password": "long enough" });
    let said = api.ask("PUT", "/users/me/password", wrong).await;
    assert_eq!(said.status, StatusCode::BAD_REQUEST);
    asked.push(("/users/me/password", "put", said.status, said.body));
    for (path, method, status, body) in asked {
        let codes = documented(&document, path, method, status.as_u16());
        if let Some(code) = body["error"].as_str() {
            assert!(
                codes.iter().any(|known| known == code),
                "{method} {path}: {code} of {codes:?}"
            );
        }
    }
    for status in [429, 503] {
        documented(&document, "/basic", "get", status);
    }
    for status in [401, 403, 503] {
        documented(&document, "/key", "get", status);
    }
    documented(&document, "/users/me/password", "put", 503);
}

#[tokio::test]
async fn a_refusal_of_these_routes_has_the_bodies_of_the_application() {
    #[derive(Serialize, JsonSchema)]
    struct Problem {
        title: String,
    }
    let api = api().await;
    let front = front(&api.auth).error_bodies(|error| Problem {
        title: error.detail.as_str().unwrap_or_default().to_owned(),
    });
    let api = Api {
        app: front.mount(routes(api.accounts.clone())),
        ..api
    };
    let taken = json!({ "username": "alice", "password": "long enough" });
    for (method, path, body, status) in [
        ("GET", "/users/nobody", Value::Null, StatusCode::NOT_FOUND),
        ("POST", "/users/", taken, StatusCode::CONFLICT),
    ] {
        let said = api.ask(method, path, body).await;
        assert_eq!(said.status, status, "{}", said.body);
        assert!(
            said.body["title"].as_str().is_some_and(|title| title.len() > 10),
            "{}",
            said.body
        );
    }
}
