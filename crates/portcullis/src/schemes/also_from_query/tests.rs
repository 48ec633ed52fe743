use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::FromRef;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Request};
use portcullis_core::jose::SigningKey;
use portcullis_core::{Account, Auth, MemoryUsers, User as _};
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::answers::Answers;
use crate::extract::{ActiveUser, CurrentUser, Permit, Scoped};
use crate::input::{Json, Query};
use crate::mount::Mount as _;
use crate::router::{ApiRouter, get};

portcullis_core::scopes! {
    /// Items.
    pub Items = "items";
    /// Drive.
    pub Drive = "drive";
}

portcullis_core::entities! {
    pub Car = "car";
}

#[derive(Clone, FromRef)]
struct App {
    auth: Auth,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<u32>,
}

async fn by_header(user: ActiveUser) -> String {
    user.username().to_owned()
}

async fn by_both(user: AlsoFromQuery<Scoped<Items>>) -> String {
    user.username().to_owned()
}

async fn or_nobody(user: Option<AlsoFromQuery<CurrentUser>>) -> Json<bool> {
    Json(user.is_some())
}

async fn by_thing(car: AlsoFromQuery<Permit<Car, Drive>>) -> String {
    car.0.id().to_owned()
}

/// What a handler sees of the address.
async fn sees(
    _: AlsoFromQuery<ActiveUser>,
    uri: Uri,
    OriginalUri(original): OriginalUri,
    Query(page): Query<Page>,
) -> Json<Value> {
    Json(json!([uri.to_string(), original.to_string(), page.after]))
}

struct Asked {
    router: Router,
    token: String,
    car: String,
}

fn asked(routes: ApiRouter<App>) -> Asked {
    let alice = Account::new("alice").with_scopes(ScopeSet::of::<Items>());
    let signing = SigningKey::hs256("a secret for tests that is long enough").unwrap();
    let auth = Auth::builder(signing, MemoryUsers::from_iter([alice.clone()]))
        .scopes::<Items>()
        .build()
        .unwrap();
    let token = auth.grant(&alice, alice.scopes().clone()).unwrap().access_token;
    let car = auth.issue_entity::<Car, Drive>("42", Duration::from_secs(60)).unwrap();
    let router = auth.front().answers(Answers::rfc()).mount_with(routes, App { auth });
    Asked { router, token, car }
}

fn app() -> Asked {
    let group = ApiRouter::new()
        .guard::<AlsoFromQuery<ActiveUser>>()
        .api_route("/inside", get(by_header))
        .nest_service(
            "/files",
            service_fn(async |_: axum::extract::Request| {
                Ok::<_, Infallible>(axum::response::Response::new(Body::from("a file")))
            }),
        );
    asked(
        ApiRouter::new()
            .api_route("/header", get(by_header))
            .api_route("/both", get(by_both))
            .api_route("/option", get(or_nobody))
            .api_route("/thing", get(by_thing))
            .api_route("/sees", get(sees))
            .nest("/group", group),
    )
}

impl Asked {
    async fn ask(&self, path: &str, token: Option<&str>) -> (u16, HeaderMap, String) {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let (head, body) = answer.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        (head.status.as_u16(), head.headers, body)
    }

    async fn document(&self) -> Value {
        serde_json::from_str(&self.ask("/openapi.json", None).await.2).unwrap()
    }
}

#[tokio::test]
async fn no_route_reads_the_query_that_does_not_ask_for_it() {
    let app = app();
    let path = format!("/header?access_token={}", app.token);
    assert_eq!(app.ask(&path, None).await.0, 401);
    assert_eq!(app.ask(&path, Some(&app.token)).await.0, 200);
}

#[tokio::test]
async fn a_bad_token_an_empty_one_and_a_thing_in_the_place_of_a_user_are_refused() {
    let app = app();
    for bad in ["", "x", "%0a", "%ff", "%C3%A9", &app.car] {
        let path = format!("/both?access_token={bad}");
        let (status, headers, _) = app.ask(&path, None).await;
        assert_eq!(status, 401, "{bad}");
        assert!(headers.contains_key("www-authenticate"), "{bad}");
    }
    assert_eq!(app.ask("/option?access_token=x", None).await.0, 401);
    assert_eq!(app.ask("/option", None).await.2, "false");
}

#[tokio::test]
async fn two_tokens_are_refused_though_both_are_good() {
    let app = app();
    let token = &app.token;
    // `invalid_request` (RFC 6750 §3.1).
    let beside = format!("/both?access_token={token}");
    assert_eq!(app.ask(&beside, Some(token)).await.0, 400);
    let two = format!("/both?access_token={token}&access_token={}", app.car);
    assert_eq!(app.ask(&two, None).await.0, 400);
}

#[tokio::test]
async fn a_good_token_is_taken_from_either_place_and_no_answer_is_stored() {
    let app = app();
    for (path, header) in [
        (format!("/both?access_token={}", app.token), None),
        (format!("/both?a=b&%61ccess_token={}", app.token), None),
        ("/both".to_owned(), Some(app.token.as_str())),
    ] {
        let (status, headers, body) = app.ask(&path, header).await;
        assert_eq!((status, body.as_str()), (200, "alice"));
        assert_eq!(headers[CACHE_CONTROL], "no-store");
    }
    let path = format!("/option?access_token={}", app.token);
    assert_eq!(app.ask(&path, None).await.2, "true");
    let path = format!("/thing?access_token={}", app.car);
    assert_eq!(app.ask(&path, None).await.2, "42");
}

#[tokio::test]
async fn the_handler_sees_an_address_without_the_token() {
    let app = app();
    for (query, left) in [
        (format!("access_token={}&after=7", app.token), "after=7"),
        (
            format!("after=7&%61ccess_token={0}&access_token={0}", app.token),
            "after=7",
        ),
    ] {
        let (status, _, body) = app.ask(&format!("/sees?{query}"), None).await;
        assert_eq!(status, 200, "{body}");
        let seen: Value = serde_json::from_str(&body).unwrap();
        let left = format!("/sees?{left}");
        assert_eq!(seen, json!([left, left, 7]));
    }
    let (_, _, body) = app.ask(&format!("/sees?access_token={}", app.token), None).await;
    assert_eq!(body, r#"["/sees","/sees",null]"#);
}

#[tokio::test]
async fn a_group_that_is_guarded_so_lets_its_routes_and_files_take_it_and_stores_nothing() {
    let app = app();
    for path in ["/group/inside", "/group/files/a"] {
        assert_eq!(app.ask(path, None).await.0, 401, "{path}");
        let path = format!("{path}?access_token={}", app.token);
        let (status, headers, _) = app.ask(&path, None).await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn the_document_shows_both_ways() {
    let document = app().document().await;
    let security = |path: &str| document["paths"][path]["get"]["security"].clone();
    assert_eq!(security("/header"), json!([{ "OAuth2PasswordBearer": [] }]));
    let both = json!([{ "OAuth2PasswordBearer": ["items"] }, { "TokenInQuery": ["items"] }]);
    assert_eq!(security("/both"), both);
    let option = json!([{}, { "OAuth2PasswordBearer": [] }, { "TokenInQuery": [] }]);
    assert_eq!(security("/option"), option);
    let thing = json!([{ "EntityToken": ["drive"] }, { "TokenInQuery": ["drive"] }]);
    assert_eq!(security("/thing"), thing);
    let inside = json!([{ "OAuth2PasswordBearer": [] }, { "TokenInQuery": [] }]);
    assert_eq!(security("/group/inside"), inside);
    let scheme = &document["components"]["securitySchemes"]["TokenInQuery"];
    assert_eq!(
        (&scheme["type"], &scheme["in"], &scheme["name"]),
        (&json!("apiKey"), &json!("query"), &json!("access_token"))
    );
    let thing = &document["components"]["securitySchemes"]["EntityToken"];
    assert_eq!((&thing["type"], &thing["scheme"]), (&json!("http"), &json!("bearer")));
    // What it refuses is a token's.
    let refused = document["paths"]["/both"]["get"]["responses"].as_object().unwrap();
    let statuses: Vec<&str> = refused.keys().map(String::as_str).collect();
    assert_eq!(statuses, ["200", "401", "400", "403", "503"]);
}
