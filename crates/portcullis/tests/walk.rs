//! Walks every application: what the document says of a route is what the route does.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use portcullis::prelude::*;
use serde_json::Value;
use tower::ServiceExt;

#[allow(dead_code)]
#[path = "../examples/api_keys.rs"]
mod api_keys_app;
#[allow(dead_code)]
#[path = "../examples/browser.rs"]
mod browser_app;
#[allow(dead_code)]
#[path = "../examples/entities.rs"]
mod entities_app;
#[allow(dead_code)]
#[path = "../examples/items.rs"]
mod items_app;
#[allow(dead_code)]
#[path = "../examples/own_user.rs"]
mod own_user;
#[allow(dead_code)]
#[path = "../examples/posts.rs"]
mod posts_app;
#[allow(dead_code)]
#[path = "../examples/scopes.rs"]
mod scopes_app;
#[allow(dead_code)]
#[path = "../examples/sessions.rs"]
mod sessions_app;
#[allow(dead_code)]
#[path = "../examples/tutorial.rs"]
mod tutorial;

fn key() -> SigningKey {
    SigningKey::hs256("a secret for tests that is long enough").expect("a key")
}

async fn ask(app: &Router, method: &str, path: &str, token: Option<&str>) -> (StatusCode, Option<String>, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = app
        .clone()
        .oneshot(request.body(Body::empty()).expect("a request"))
        .await
        .expect("answers");
    let challenge = response
        .headers()
        .get(WWW_AUTHENTICATE)
        .map(|text| text.to_str().expect("text").to_owned());
    let status = response.status();
    (
        status,
        challenge,
        to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body")
            .to_vec(),
    )
}

/// What a document says of one operation's lock: the scopes asked for, and whether it may be left open.
struct Lock {
    scopes: Vec<String>,
    optional: bool,
}

fn lock(operation: &Value) -> Option<Lock> {
    let requirements = operation.get("security")?.as_array().expect("a list");
    let optional = requirements
        .iter()
        .any(|requirement| requirement.as_object().is_some_and(|object| object.is_empty()));
    let named: Vec<&Value> = requirements
        .iter()
        .filter_map(|requirement| {
            requirement
                .get("OAuth2PasswordBearer")
                .or(requirement.get("EntityToken"))
        })
        .collect();
    assert_eq!(named.len(), 1, "two requirement objects would mean \"either\"");
    let scopes = named[0]
        .as_array()
        .expect("a list")
        .iter()
        .map(|scope| scope.as_str().expect("text").to_owned());
    Some(Lock {
        scopes: scopes.collect(),
        optional,
    })
}

/// Checks every operation of an application; gives how many were guarded and how many open.
async fn walk(app: Router) -> (usize, usize) {
    let (status, _, document) = ask(&app, "GET", "/openapi.json", None).await;
    assert_eq!(status, StatusCode::OK);
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    let scheme = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
    let (mut guarded, mut open) = (0, 0);
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let method = method.to_uppercase();
            let (bare, challenge, _) = ask(&app, &method, path, None).await;
            let Some(lock) = lock(operation) else {
                assert_ne!(bare, StatusCode::UNAUTHORIZED, "{method} {path} is documented as open");
                assert_eq!(challenge, None, "{method} {path} is documented as open");
                open += 1;
                continue;
            };
            guarded += 1;
            if lock.optional {
                assert_ne!(
                    bare,
                    StatusCode::UNAUTHORIZED,
                    "{method} {path} takes a token and needs none"
                );
            } else {
                assert_eq!(
                    (bare, challenge.as_deref()),
                    (StatusCode::UNAUTHORIZED, Some("Bearer")),
                    "{method} {path}"
                );
            }
            let (bad, challenge, _) = ask(&app, &method, path, Some("bad")).await;
            assert_eq!(bad, StatusCode::UNAUTHORIZED, "{method} {path} with a bad token");
            let scopes = lock.scopes.join(" ");
            let expected = if path == "/verify" {
                // For proxies, which ask in no style of an application's.
                "Bearer error=\"invalid_token\"".into()
            } else if scopes.is_empty() {
                "Bearer".into()
            } else {
                format!("Bearer scope=\"{scopes}\"")
            };
            assert_eq!(
                challenge,
                Some(expected),
                "{method} {path}: the challenge asks what the document says"
            );
            // What a login grants is declared; what a token about a thing may do is not.
            if operation["security"][0].get("EntityToken").is_none() {
                let declared = |scope: &String| scheme["scopes"].get(scope).is_some();
                assert!(
                    lock.scopes.iter().all(declared),
                    "{method} {path} asks for scopes that are not declared"
                );
            }
        }
    }
    (guarded, open)
}

async fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    (folder, path)
}

#[tokio::test]
async fn the_chapters_document_and_behaviour_agree() {
    let (_kept, folder) = folder().await;
    let app = tutorial::app(&folder, key(), Answers::fastapi()).await.expect("starts");
    assert_eq!(walk(app).await, (2, 1));
}

#[tokio::test]
async fn the_sequels_document_and_behaviour_agree() {
    let (_kept, folder) = folder().await;
    let app = scopes_app::app(&folder, key(), Answers::fastapi_scopes())
        .await
        .expect("starts");
    assert_eq!(walk(app).await, (3, 1));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_sessions_agree() {
    let (_kept, folder) = folder().await;
    let app = sessions_app::app(&folder, key(), Answers::fastapi())
        .await
        .expect("starts");
    assert_eq!(walk(app).await, (8, 2));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_its_own_user_agree() {
    assert_eq!(walk(own_user::app(key()).expect("starts")).await, (2, 1));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_pages_agree() {
    let app = browser_app::app("http://127.0.0.1:8000", key(), Answers::fastapi()).expect("starts");
    assert_eq!(walk(app).await, (8, 3));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_entity_tokens_agree() {
    assert_eq!(walk(entities_app::app(key()).expect("starts")).await, (2, 1));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_bodies_and_parameters_agree() {
    let (_kept, folder) = folder().await;
    let app = items_app::app(&folder, key()).await.expect("starts");
    assert_eq!(walk(app).await, (3, 1));
}

#[tokio::test]
async fn the_document_and_behaviour_of_an_application_with_rights_and_roles_agree() {
    assert_eq!(walk(posts_app::app(key()).expect("starts")).await, (3, 1));
}

#[tokio::test]
async fn of_posts_each_user_reads_changes_and_publishes_what_is_theirs_to() {
    let app = posts_app::app(key()).expect("starts");
    let token = async |name: &str| {
        let login = Request::post("/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!(
                "username={name}&password=secret&scope=posts:write+posts:publish"
            )))
            .expect("a request");
        let response = app.clone().oneshot(login).await.expect("answers");
        let token = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let token: Value = serde_json::from_slice(&token).expect("JSON");
        (
            token["access_token"].as_str().expect("a token").to_owned(),
            token["scope"].as_str().expect("a scope").to_owned(),
        )
    };
    let ((ada, author), (ben, editor)) = (token("ada").await, token("ben").await);
    assert_eq!(author, "posts:write", "what the role of an author holds");
    assert_eq!(editor, "posts:write posts:publish");
    let read = async |path: &str, who: &str| ask(&app, "GET", path, Some(who)).await;
    assert_eq!(read("/posts/1", &ada).await.2, b"\"What ada thinks\"");
    assert_eq!(read("/posts/2", &ada).await, read("/posts/3", &ada).await);
    assert_eq!(read("/posts/2", &ada).await.0, StatusCode::NOT_FOUND);
    let publish = async |who: &str| ask(&app, "POST", "/posts/2/publication", Some(who)).await.0;
    assert_eq!(publish(&ada).await, StatusCode::UNAUTHORIZED);
    assert_eq!(publish(&ben).await, StatusCode::NO_CONTENT);
    assert_eq!(read("/posts/2", &ada).await.2, b"\"What ben thinks\"");
    // Published, and still ben's to change.
    assert_eq!(ask(&app, "PUT", "/posts/2", Some(&ada)).await.0, StatusCode::NOT_FOUND);
    let document = ask(&app, "GET", "/openapi.json", None).await.2;
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    let scheme = &document["components"]["securitySchemes"]["OAuth2PasswordBearer"];
    assert_eq!(
        scheme["x-roles"]["editor"]["scopes"],
        serde_json::json!(["posts:write", "posts:publish"])
    );
}

#[tokio::test]
async fn a_machine_comes_with_the_key_that_its_owner_made_until_it_is_ended() {
    let app = api_keys_app::app(key()).expect("starts");
    let send = async |method: &str, path: &str, header: (&str, &str), body: &str| {
        let request = Request::builder().method(method).uri(path).header(header.0, header.1);
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let request = request.header("content-type", kind).body(Body::from(body.to_owned()));
        let response = app.clone().oneshot(request.expect("a request")).await.expect("answers");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, serde_json::from_slice::<Value>(&body).unwrap_or_default())
    };
    let login = "username=johndoe&password=secret&scope=reports:read";
    let token = send("POST", "/token", ("accept", "*/*"), login).await.1;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let new = |scopes: &str| format!("{{\"name\": \"nightly\", \"scopes\": [{scopes}]}}");
    let owner = (AUTHORIZATION.as_str(), bearer.as_str());
    let (status, made) = send("POST", "/users/me/keys", owner, &new("\"reports:read\"")).await;
    assert_eq!(status, StatusCode::CREATED);
    let (narrow, wide) = (send("POST", "/users/me/keys", owner, &new("")).await.1, made);
    let key = |made: &Value| made["key"].as_str().expect("a key").to_owned();
    let (wide_key, narrow_key) = (key(&wide), key(&narrow));
    for (header, status) in [
        (("x-api-key", wide_key.as_str()), 200),
        (("x-api-key", "pc_none"), 401),
        (("accept", "*/*"), 401),
        // Without the scope; as a token, which this route does not take.
        (("x-api-key", narrow_key.as_str()), 401),
        ((AUTHORIZATION.as_str(), bearer.as_str()), 401),
    ] {
        let (answered, body) = send("GET", "/reports/today", header, "").await;
        assert_eq!(answered.as_u16(), status, "{header:?} {body}");
    }
    let as_token = format!("Bearer {narrow_key}");
    let me = send("GET", "/users/me/", (AUTHORIZATION.as_str(), &as_token), "").await;
    assert_eq!(me.1["username"], "johndoe");
    let path = format!("/users/me/keys/{}", wide["id"].as_str().expect("an id"));
    assert_eq!(send("DELETE", &path, owner, "").await.0, StatusCode::NO_CONTENT);
    let ended = send("GET", "/reports/today", ("x-api-key", &wide_key), "").await;
    assert_eq!(ended.0, StatusCode::UNAUTHORIZED);
}

/// The body of a request and the answer to it, with the token of johndoe's who may do everything.
async fn as_johndoe(app: &Router, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
    let login = Request::post("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(
            "username=johndoe&password=secret&scope=items:read+items:write",
        ))
        .expect("a request");
    let response = app.clone().oneshot(login).await.expect("answers");
    let token = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let token: Value = serde_json::from_slice(&token).expect("JSON");
    let token = token["access_token"].as_str().expect("a token");
    let request = Request::builder().method(method).uri(path);
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let response = app.clone().oneshot(request).await.expect("answers");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn items_are_refused_by_the_schema_that_is_documented_and_created_listed_and_deleted() {
    let (_kept, folder) = folder().await;
    let app = items_app::app(&folder, key()).await.expect("starts");
    let (_, _, document) = ask(&app, "GET", "/openapi.json", None).await;
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    let schemas = &document["components"]["schemas"];
    let create = &document["paths"]["/items/"]["post"];
    assert_eq!(
        create["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/NewItem"
    );
    let invalid = &create["responses"]["422"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(invalid, "#/components/schemas/HTTPValidationError");
    assert_eq!(schemas["NewItem"]["properties"]["name"]["maxLength"], 40);
    let (after, limit) = (
        &document["paths"]["/items/"]["get"]["parameters"][0],
        &document["paths"]["/items/"]["get"]["parameters"][1],
    );
    assert_eq!(
        (&after["name"], &after["description"]),
        (&"after".into(), &"Only items after this one.".into())
    );
    assert_eq!(
        (&limit["in"], &limit["schema"]["maximum"]),
        (&"query".into(), &100.into())
    );

    for (body, kind) in [
        ("{\"price\": 1}", "missing"),
        ("{\"name\": \"\", \"price\": 1}", "string_too_short"),
        ("{\"name\": \"a\", \"price\": -1}", "greater_than_equal"),
    ] {
        let (status, answer) = as_johndoe(&app, "POST", "/items/", body).await;
        assert_eq!(
            (status, &answer["detail"][0]["type"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &kind.into())
        );
    }
    let (status, item) = as_johndoe(&app, "POST", "/items/", "{\"name\": \"Foo\", \"price\": 4.5}").await;
    assert_eq!((status, &item["name"]), (StatusCode::CREATED, &"Foo".into()));
    assert_eq!(
        as_johndoe(&app, "GET", "/items/?limit=0", "").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (_, items) = as_johndoe(&app, "GET", "/items/?limit=5", "").await;
    assert_eq!(items, serde_json::json!([item]));
    let path = format!("/items/{}", item["id"]);
    assert_eq!(as_johndoe(&app, "DELETE", &path, "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(as_johndoe(&app, "DELETE", &path, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        as_johndoe(&app, "DELETE", "/items/x", "").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_token_for_a_car_drives_that_car_and_opens_nothing_else() {
    let app = entities_app::app(key()).expect("starts");
    let login = Request::post("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("username=johndoe&password=secret"))
        .expect("a request");
    let response = app.clone().oneshot(login).await.expect("answers");
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let token: Value = serde_json::from_slice(&body).expect("JSON");
    let token = token["access_token"].as_str().expect("a token");
    let (status, _, car) = ask(&app, "POST", "/cars/42/key", Some(token)).await;
    assert_eq!(status, StatusCode::OK);
    let car: String = serde_json::from_slice(&car).expect("JSON");
    let (status, _, body) = ask(&app, "POST", "/drive", Some(&car)).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::OK, b"\"driving car 42\"".as_slice())
    );
    for (path, token) in [
        ("/edit", car.as_str()),
        ("/cars/43/key", car.as_str()),
        ("/drive", token),
    ] {
        assert_eq!(
            ask(&app, "POST", path, Some(token)).await.0,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

/// Two applications with users of one type: customers, and the staff, each with a key of its own.
struct Two {
    customers: Auth,
    staff: Auth,
}

impl Two {
    fn new() -> Self {
        let auth = |secret: &str, name: &str| {
            let users: MemoryUsers = [Account::new(name).with_scopes(ScopeSet::of::<TwoItems>())]
                .into_iter()
                .collect();
            let key = SigningKey::hs256(secret).expect("a key");
            Auth::builder(key, users).scopes::<TwoItems>().build().expect("builds")
        };
        Self {
            customers: auth("the customers' secret, which is long enough", "carl"),
            staff: auth("the secret of the staff, which is long enough", "stella"),
        }
    }

    fn token(auth: &Auth, name: &str) -> String {
        let granted = auth.grant(&Account::new(name), ScopeSet::of::<TwoItems>());
        granted.expect("a token").access_token
    }

    /// What only the staff may see: behind one guard, behind two, behind one that is optional.
    fn admin(&self) -> Router {
        async fn one(user: ActiveUser) -> String {
            user.username().to_owned()
        }
        async fn two(user: CurrentUser, again: Scoped<TwoItems>) -> String {
            assert_eq!(user.username(), again.username());
            user.username().to_owned()
        }
        async fn either(user: Option<CurrentUser>) -> String {
            user.map_or("nobody".to_owned(), |user| user.username().to_owned())
        }
        let routes = ApiRouter::new()
            .api_route("/one", get(one))
            .api_route("/two", get(two))
            .api_route("/either", get(either));
        self.staff.front().docs(false).mount(routes)
    }
}

scopes! {
    /// Items.
    pub TwoItems = "items";
}

type Looked = axum::middleware::FromFnLayer<
    fn(State<Auth>, Option<CurrentUser>, Request<Body>, axum::middleware::Next) -> Looking,
    Auth,
    (State<Auth>, Option<CurrentUser>, Request<Body>),
>;
type Looking = std::pin::Pin<Box<dyn Future<Output = axum::response::Response> + Send>>;

/// A layer that only looks who it is, for a log.
fn looks(auth: &Auth) -> Looked {
    fn look(
        _: State<Auth>,
        user: Option<CurrentUser>,
        request: Request<Body>,
        next: axum::middleware::Next,
    ) -> Looking {
        assert!(user.is_some() || !request.headers().contains_key(AUTHORIZATION));
        Box::pin(next.run(request))
    }
    axum::middleware::from_fn_with_state(auth.clone(), look)
}

#[tokio::test]
async fn what_one_auth_found_opens_no_door_of_another_wherever_it_looked_before() {
    let two = Two::new();
    let (carl, stella) = (Two::token(&two.customers, "carl"), Two::token(&two.staff, "stella"));
    let customers = looks(&two.customers);
    let around = [
        (
            "nested",
            Router::new().nest("/admin", two.admin()).layer(customers.clone()),
        ),
        (
            "inside the nest",
            Router::new().nest("/admin", two.admin().layer(customers.clone())),
        ),
        (
            "of routes",
            Router::new().nest("/admin", two.admin().route_layer(customers.clone())),
        ),
        (
            "around a service",
            Router::new().nest_service("/admin", two.admin().layer(customers.clone())),
        ),
        (
            "of another application",
            Router::new().merge(
                two.customers
                    .front()
                    .docs(false)
                    .mount(ApiRouter::new())
                    .nest("/admin", two.admin())
                    .layer(customers),
            ),
        ),
    ];
    for (place, app) in around {
        for path in ["/admin/one", "/admin/two", "/admin/either"] {
            let (status, ..) = ask(&app, "GET", path, Some(&carl)).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{place}: {path}");
        }
        assert_eq!(ask(&app, "GET", "/admin/either", None).await.2, b"nobody", "{place}");
    }
    // Both may look, in either order, as long as each meets its own.
    let app = two.admin().layer(looks(&two.staff));
    for path in ["/one", "/two", "/either"] {
        assert_eq!(ask(&app, "GET", path, Some(&stella)).await.2, b"stella", "{path}");
        assert_eq!(
            ask(&app, "GET", path, Some(&carl)).await.0,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_header_that_a_layer_changed_is_read_anew() {
    let two = Two::new();
    let stella = Two::token(&two.staff, "stella");
    for (other, status) in [("Bearer bad", 401), ("Basic eA==", 401), ("", 401)] {
        let swap = move |mut request: Request<Body>| async move {
            request.headers_mut().remove(AUTHORIZATION);
            if !other.is_empty() {
                request
                    .headers_mut()
                    .insert(AUTHORIZATION, other.parse().expect("a value"));
            }
            request
        };
        let app = two
            .admin()
            .layer(axum::middleware::map_request(swap))
            .layer(looks(&two.staff));
        assert_eq!(
            ask(&app, "GET", "/one", Some(&stella)).await.0.as_u16(),
            status,
            "{other}"
        );
    }
    let twice = |mut request: Request<Body>| async move {
        request
            .headers_mut()
            .append(AUTHORIZATION, "Bearer x".parse().expect("a value"));
        request
    };
    let app = two
        .admin()
        .layer(axum::middleware::map_request(twice))
        .layer(looks(&two.staff));
    assert_eq!(
        ask(&app, "GET", "/one", Some(&stella)).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_refusal_is_answered_by_the_table_of_the_router_that_it_comes_from() {
    let two = Two::new();
    let (strict, as_recorded) = (Answers::rfc(), Answers::fastapi());
    for (inner, outer, challenge) in [
        (&as_recorded, &strict, "Bearer"),
        (&strict, &as_recorded, "Bearer error=\"invalid_token\""),
    ] {
        async fn one(_: ActiveUser) {}
        let admin = two.staff.front().docs(false).answers(inner.clone());
        let admin = admin.mount(ApiRouter::new().api_route("/one", get(one)));
        let routes = ApiRouter::new().route(
            "/admin/{*rest}",
            axum::routing::any_service(Router::new().nest("/admin", admin)),
        );
        let app = two.customers.front().docs(false).answers(outer.clone()).mount(routes);
        let (status, found, _) = ask(&app, "GET", "/admin/one", Some("bad")).await;
        assert_eq!((status, found.as_deref()), (StatusCode::UNAUTHORIZED, Some(challenge)));
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_headers_of_layers_inside_under_either_table() {
    let two = Two::new();
    async fn one(_: Scoped<TwoItems>) {}
    let mark = axum::middleware::map_response(|mut response: axum::response::Response| async move {
        let headers = response.headers_mut();
        headers.insert("x-request-id", "7".parse().expect("a value"));
        headers.insert("content-encoding", "identity".parse().expect("a value"));
        response
    });
    for answers in [Answers::fastapi(), Answers::rfc()] {
        let strict = answers == Answers::rfc();
        let routes = ApiRouter::new().api_route("/one", get(one)).layer(mark.clone());
        let app = two.staff.front().answers(answers).mount(routes);
        let request = Request::get("/one")
            .header(AUTHORIZATION, "Bearer bad")
            .body(Body::empty());
        let response = app.oneshot(request.expect("a request")).await.expect("answers");
        assert_eq!(response.headers()["x-request-id"], "7");
        // What was said of the body that is replaced goes with it.
        assert_eq!(response.headers().contains_key("content-encoding"), !strict);
        assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().count(), 1);
    }
}

#[tokio::test]
async fn a_handler_reads_the_scopes_of_the_token_and_the_document_shows_the_lock() {
    async fn scopes(token: Authenticated) -> String {
        format!("{} {}", token.user.username(), token.scopes.as_str())
    }
    async fn maybe(token: Option<Authenticated>) -> String {
        token.map_or("nobody".to_owned(), |token| token.user.username().to_owned())
    }
    let two = Two::new();
    let routes = ApiRouter::new()
        .api_route("/scopes", get(scopes))
        .api_route("/maybe", get(maybe));
    let app = two.staff.mount(routes);
    let stella = Two::token(&two.staff, "stella");
    assert_eq!(ask(&app, "GET", "/scopes", Some(&stella)).await.2, b"stella items");
    assert_eq!(ask(&app, "GET", "/maybe", None).await.2, b"nobody");
    assert_eq!(walk(app).await, (2, 1));
}

/// A mounted application with every kind of thing that answers; `layered` puts layers around its handlers.
fn all_that_answers(two: &Two, answers: Answers, layered: bool) -> Router {
    async fn one(_: Option<ActiveUser>) {}
    fn refused() -> Refusal {
        Refusal::BadToken {
            scope: ScopeSet::empty(),
        }
    }
    async fn forbidden() -> Refusal {
        refused()
    }
    let pass = axum::middleware::map_request(|request: Request<Body>| async move { request });
    let outside = axum::middleware::from_fn(|request: Request<Body>, next: axum::middleware::Next| async move {
        match request.uri().path() {
            "/closed" => axum::response::IntoResponse::into_response(refused()),
            _ => next.run(request).await,
        }
    });
    let mut closed = get(one);
    if layered {
        closed = closed.layer(pass.clone()).post(one);
    }
    let mut routes = ApiRouter::new()
        .api_route("/one", get(one))
        .api_route("/forbidden", get(forbidden))
        .api_route("/names/{name}", get(one))
        .api_route("/names/me", get(forbidden));
    if layered {
        routes = routes.route_layer(pass);
    }
    let files = Router::new().fallback(forbidden);
    routes = routes
        .merge(ApiRouter::new().api_route("/closed", closed).layer(outside))
        .route("/plain", axum::routing::get(forbidden))
        .nest_service("/files", files);
    let front = two.staff.front().docs(false).answers(answers);
    front.mount(routes)
}

#[tokio::test]
async fn all_that_is_answered_to_credentials_is_stored_nowhere_and_every_refusal_is_the_tables() {
    let two = Two::new();
    let stella = Two::token(&two.staff, "stella");
    let asked = [
        ("GET", "/one"),
        ("PUT", "/one"),
        ("HEAD", "/one"),
        ("OPTIONS", "/one"),
        ("GET", "/one/"),
        ("GET", "/o%6ee"),
        ("GET", "/nowhere"),
        ("GET", "/forbidden"),
        ("GET", "/forbi%64den"),
        ("GET", "/names/me"),
        ("GET", "/names/%6de"),
        ("GET", "/names/you"),
        ("GET", "/closed"),
        ("POST", "/closed"),
        ("GET", "/plain"),
        ("PUT", "/plain"),
        ("GET", "/files/x"),
        ("POST", "/token"),
    ];
    for (answers, challenge) in [
        (Answers::fastapi(), "Bearer"),
        (Answers::rfc(), "Bearer error=\"invalid_token\""),
    ] {
        for layered in [false, true] {
            let app = all_that_answers(&two, answers.clone(), layered);
            for (method, path) in asked {
                let what = format!("{method} {path}, layers: {layered}, {answers:?}");
                let request = Request::builder().method(method).uri(path);
                let request = request.header(AUTHORIZATION, format!("Bearer {stella}"));
                let request = request.body(Body::empty()).expect("a request");
                let response = app.clone().oneshot(request).await.expect("answers");
                assert_eq!(response.headers()["cache-control"], "no-store", "{what}");
                let open = Request::builder().method(method).uri(path).body(Body::empty());
                let response = app.clone().oneshot(open.expect("a request")).await.expect("answers");
                if response.status() == StatusCode::UNAUTHORIZED {
                    assert_eq!(response.headers()[WWW_AUTHENTICATE], challenge, "{what}");
                } else if path != "/token" {
                    assert!(!response.headers().contains_key("cache-control"), "{what}");
                }
            }
        }
    }
}
