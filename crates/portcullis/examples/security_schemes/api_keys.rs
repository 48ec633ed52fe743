//! Keys in a header, the query or a cookie.

use axum::response::Response;
use portcullis::prelude::*;
use portcullis::schemes::{KeyScheme, RawApiKey};
use serde_json::{Value, json};

use super::{Application, at, mount, told};

portcullis::api_key! {
    InQuery in query "key";
    InHeader in header "key";
    InCookie in cookie "key";
    DescribedQuery in query "key" described "API Key Query";
    DescribedHeader in header "key" described "An API Key Header";
    DescribedCookie in cookie "key" described "An API Cookie Key";
    HeaderKey in header "X-API-Key" as "headerKey";
    QueryKey in query "api_key" as "queryKey";
    BracketKey in query "api[key]" as "bracketKey";
    CookieKey in cookie "session-id" as "cookieKey" described "The session.";
    KeyA in header "X-A";
    KeyB in header "X-B";
}

async fn read_current_user<K: KeyScheme>(key: RawApiKey<K>) -> Json<Value> {
    Json(json!({ "username": *key }))
}

/// Somebody, or nobody.
async fn optional<K: KeyScheme>(key: Option<RawApiKey<K>>) -> Response {
    told(key.map(|key| json!({ "username": *key })))
}

/// One application: what it is called, and what answers at `/users/me`.
macro_rules! one {
    ($name:literal, $handler:expr) => {
        ($name, |answers| {
            at("/users/me", answers, get($handler).name("read_current_user"))
        })
    };
}

pub const APPLICATIONS: &[Application] = &[
    one!("api-key-query", read_current_user::<InQuery>),
    one!("api-key-header", read_current_user::<InHeader>),
    one!("api-key-cookie", read_current_user::<InCookie>),
    one!("api-key-query-description", read_current_user::<DescribedQuery>),
    one!("api-key-header-description", read_current_user::<DescribedHeader>),
    one!("api-key-cookie-description", read_current_user::<DescribedCookie>),
    one!("api-key-query-optional", optional::<InQuery>),
    one!("api-key-header-optional", optional::<InHeader>),
    one!("api-key-cookie-optional", optional::<InCookie>),
    ("api-key-names", |answers| {
        let cookie = get(read_current_user::<CookieKey>).name("by_cookie").untyped();
        let cookie = cookie
            .post(read_current_user::<CookieKey>)
            .name("change_by_cookie")
            .untyped();
        let routes = ApiRouter::new()
            .api_route(
                "/header",
                get(read_current_user::<HeaderKey>).name("by_header").untyped(),
            )
            .api_route("/query", get(read_current_user::<QueryKey>).name("by_query").untyped())
            .api_route(
                "/brackets",
                get(read_current_user::<BracketKey>).name("by_brackets").untyped(),
            )
            .api_route("/cookie", cookie);
        mount(answers, routes)
    }),
    ("api-key-collision", |answers| {
        let routes = ApiRouter::new()
            .api_route("/a", get(read_current_user::<KeyA>).name("read_a").untyped())
            .api_route("/b", get(read_current_user::<KeyB>).name("read_b").untyped());
        mount(answers, routes)
    }),
];
