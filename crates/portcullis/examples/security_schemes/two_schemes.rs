//! Two schemes on a route: both of them, or either.

use portcullis::openapi::SecurityScheme;
use portcullis::prelude::*;
use portcullis::schemes::{AnyOf, BasicCredentials, BearerToken, OneOf2, OneOf3, RawApiKey, RawToken};
use portcullis::{ApiMethod, Challenge};
use serde_json::{Value, json};

use super::authorization::{login, pair};
use super::{Application, mount};

portcullis::api_key! {
    Header in header "X-API-Key";
    Query in query "key";
    Cookie in cookie "key";
}
portcullis::basic_realm! { Both = "both"; }
portcullis::token_scheme! { Login = SecurityScheme::password_bearer("token"); }

fn both(first: impl Into<Value>, second: impl Into<Value>) -> Json<Value> {
    Json(json!({ "first": first.into(), "second": second.into() }))
}

async fn read_key_bearer(key: RawApiKey<Header>, token: BearerToken) -> Json<Value> {
    both(&*key, pair(&token))
}

async fn read_bearer_key(token: BearerToken, key: RawApiKey<Header>) -> Json<Value> {
    both(pair(&token), &*key)
}

async fn read_basic_query(given: BasicCredentials<Both>, key: RawApiKey<Query>) -> Json<Value> {
    both(login(&given), &*key)
}

async fn read_basic_bearer(given: BasicCredentials, token: BearerToken) -> Json<Value> {
    both(login(&given), pair(&token))
}

async fn read_cookie_oauth2(key: RawApiKey<Cookie>, token: RawToken<Login>) -> Json<Value> {
    both(&*key, &*token)
}

async fn read_half(key: RawApiKey<Header>, token: Option<BearerToken>) -> Json<Value> {
    both(&*key, token.as_ref().map(pair))
}

fn by(word: &str, given: impl Into<Value>) -> Json<Value> {
    Json(json!({ "by": word, "given": given.into() }))
}

mod either {
    use super::*;

    pub(super) async fn read_bearer_key(AnyOf(given): AnyOf<(BearerToken, RawApiKey<Header>)>) -> Json<Value> {
        match given {
            OneOf2::First(token) => by("bearer", pair(&token)),
            OneOf2::Second(key) => by("key", &*key),
        }
    }

    type Keys = (RawApiKey<Header>, RawApiKey<Query>, RawApiKey<Cookie>);

    pub(super) async fn read_keys(AnyOf(given): AnyOf<Keys>) -> Json<Value> {
        match given {
            OneOf3::First(key) => by("header", &*key),
            OneOf3::Second(key) => by("query", &*key),
            OneOf3::Third(key) => by("cookie", &*key),
        }
    }

    pub(super) async fn read_basic_bearer(AnyOf(given): AnyOf<(BasicCredentials, BearerToken)>) -> Json<Value> {
        match given {
            OneOf2::First(given) => by("basic", login(&given)),
            OneOf2::Second(token) => by("bearer", pair(&token)),
        }
    }

    pub(super) async fn read_oauth2_cookie(AnyOf(given): AnyOf<(RawToken<Login>, RawApiKey<Cookie>)>) -> Json<Value> {
        match given {
            OneOf2::First(token) => by("oauth2", &*token),
            OneOf2::Second(key) => by("cookie", &*key),
        }
    }
}

/// Routes that answer any JSON.
fn routes<const N: usize>(routes: [(&str, ApiMethod); N]) -> ApiRouter {
    let routes = routes.into_iter();
    routes.fold(ApiRouter::new(), |all, (path, method)| {
        all.api_route(path, method.untyped())
    })
}

pub const APPLICATIONS: &[Application] = &[
    ("both", |answers| {
        let both = routes([
            ("/key-bearer", get(read_key_bearer)),
            ("/bearer-key", get(read_bearer_key)),
            ("/basic-query", get(read_basic_query)),
            ("/basic-bearer", get(read_basic_bearer)),
            ("/cookie-oauth2", get(read_cookie_oauth2)),
            ("/half", get(read_half)),
        ]);
        mount(answers, both)
    }),
    ("either", |mut answers| {
        // As recorded, whoever brings nothing is told of Bearer alone.
        if answers.document_as_fastapi {
            answers.no_credentials.challenge = Challenge::Bearer;
        }
        let either = routes([
            ("/bearer-key", get(either::read_bearer_key)),
            ("/keys", get(either::read_keys)),
            ("/basic-bearer", get(either::read_basic_bearer)),
            ("/oauth2-cookie", get(either::read_oauth2_cookie)),
        ]);
        mount(answers, either)
    }),
];
