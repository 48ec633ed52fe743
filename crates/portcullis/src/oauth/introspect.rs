//! `POST /introspect`: what a token is good for (RFC 7662).

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use portcullis_core::{Auth, Introspection, ScopeSet, User};
use schemars::JsonSchema;
use serde::Serialize;

use super::authenticate::proven;
use super::request::TokenQuestion;
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;
use crate::router::{ApiMethod, post};

/// What is told of a token (RFC 7662 §2.2): of one that is not good, `active` alone.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Introspection")]
struct Told {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// `Bearer`, of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// The session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

impl From<Introspection> for Told {
    fn from(good: Introspection) -> Self {
        Self {
            active: true,
            scope: Some(good.scopes.to_string()).filter(|scopes| !scopes.is_empty()),
            client_id: good.client,
            username: good.username,
            token_type: (!good.refresh).then_some("Bearer"),
            exp: Some(good.expires)
                .filter(|expires| *expires != Duration::MAX)
                .map(|expires| expires.as_secs()),
            iat: good.issued.map(|issued| issued.as_secs()),
            sub: Some(good.subject),
            aud: good.audience,
            iss: good.issuer,
            jti: good.jti,
            sid: good.session.map(|session| session.to_string()),
        }
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self)).into_response()
    }
}

impl Respond for Told {
    fn respond(operation: &mut Operation) {
        operation.json::<Self>();
    }
}

/// The route.
pub(super) fn route<S, U>() -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    post(|State(auth): State<Auth<U>>, asked: TokenQuestion| introspect(auth, asked))
        .name("introspect_token")
        .tag("tokens")
        .description("What a token is good for (RFC 7662); of one that is not good, that alone. For clients that prove who they are.")
}

async fn introspect<U: User>(auth: Auth<U>, mut asked: TokenQuestion) -> Result<Told, Refusal> {
    proven(&auth, asked.header, &mut asked.form, &asked.attempt).await?;
    let found = auth.introspect(&asked.token).await;
    let found = found.map_err(|error| Refusal::from_auth(&error, ScopeSet::empty()))?;
    Ok(found.map_or_else(Told::default, Told::from))
}
