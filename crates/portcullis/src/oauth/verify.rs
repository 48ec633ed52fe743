//! `GET /verify`: the question that a proxy in front of a plain application asks before each request (`auth_request` of
//! nginx, forward auth of Traefik and Caddy, Envoy's `ext_authz`), by whatever method.

use std::sync::Arc;

use axum::extract::{FromRef, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_core::{Auth, AuthError, ClientPrincipal, Principal, ScopeSet, User};
use schemars::json_schema;

use crate::answers::Answers;
use crate::bearer::bearer;
use crate::form::{Parameter, parsed};
use crate::openapi::{self, Guard, In, ResponseObject};
use crate::refusal::Refusal;
use crate::router::{ApiMethod, get};

/// Where it stands.
pub(super) const PATH: &str = "/verify";

/// Who the token speaks for.
const USER: HeaderName = HeaderName::from_static("x-auth-request-user");
/// What it may do.
const SCOPES: HeaderName = HeaderName::from_static("x-auth-request-scopes");
/// The client that it speaks for, where it is no user's.
const CLIENT: HeaderName = HeaderName::from_static("x-auth-request-client");
/// The session that it belongs to.
const SESSION: HeaderName = HeaderName::from_static("x-auth-request-session");

/// The route.
pub(super) fn route<S, U>() -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let answers = Answers::rfc();
    let handler = move |State(auth): State<Auth<U>>, RawQuery(query): RawQuery, headers: HeaderMap| {
        let answers = answers.clone();
        async move {
            let query = query.unwrap_or_default();
            verify(&auth, &headers, &query)
                .await
                .unwrap_or_else(|refusal| answers.respond(&refusal))
        }
    };
    // Envoy asks with the method of the request, which says nothing: whoever sends it chose it.
    get(handler.clone())
        .whatever_the_method(handler)
        .name("verify_token")
        .tag("tokens")
        .description(
            "Whether a request with this token may pass, for a proxy in front: 200 with who it is in `X-Auth-Request-User`, \
             `X-Auth-Request-Scopes` and `X-Auth-Request-Session` (`X-Auth-Request-Client` where it is no user's), 401, or 403. \
             Asked by any other method it answers alike.",
        )
        .with(|operation| {
            operation.parameter(openapi::Parameter {
                name: "scope".to_owned(),
                location: In::Query,
                required: false,
                description: Some("What the token must cover, with blanks between.".to_owned()),
                schema: json_schema!({ "type": "string" }),
            });
            operation.guard(Guard::requiring(&[], true).of_no_user());
            let narrow = ResponseObject::new("The token does not cover the scope");
            operation.refuses_otherwise().response(StatusCode::FORBIDDEN, narrow);
            let unread = ResponseObject::new("The scope cannot be read, or came twice");
            operation.response(StatusCode::BAD_REQUEST, unread);
        })
}

/// Nothing is read but the token and what it must cover: whatever else a proxy forwards, anybody could have sent.
async fn verify<U: User>(auth: &Auth<U>, headers: &HeaderMap, query: &str) -> Result<Response, Refusal> {
    let asked = asked(query)?;
    let refused = |error: &AuthError| Refusal::from_auth(error, asked.clone());
    // A proxy knows 401 and 403 alone: two headers are answered as a bad token.
    let token = bearer(headers).map_err(|_| Refusal::BadToken { scope: asked.clone() })?;
    let token = token.ok_or(Refusal::NoToken)?;
    let speaks = match auth.authenticate(token).await {
        Err(AuthError::WrongSubject) if auth.clients().is_some() => {
            Speaks::Client(auth.authenticate_client(token).await.map_err(|error| refused(&error))?)
        }
        found => Speaks::User(found.map_err(|error| refused(&error))?),
    };
    if let Speaks::User(principal) = &speaks {
        // The peer is the proxy: from where the user asks is not known.
        auth.saw(&principal.token, None);
        if !principal.user.is_active() {
            return Err(refused(&AuthError::Inactive));
        }
    }
    if asked.iter().any(|scope| !speaks.scopes().contains(scope)) {
        return Err(refused(&AuthError::MissingScope));
    }
    Ok(speaks.into_response())
}

/// Who a good token speaks for.
enum Speaks<U: User> {
    User(Arc<Principal<U>>),
    Client(Arc<ClientPrincipal>),
}

impl<U: User> Speaks<U> {
    fn scopes(&self) -> &ScopeSet {
        match self {
            Self::User(principal) => &principal.scopes,
            Self::Client(principal) => &principal.scopes,
        }
    }

    /// A name, be it not of ASCII, stands there as it is: no id has control characters. But blanks at the ends are no part of a
    /// field's value (RFC 9110 §5.5): with them it would be another's name to who reads it.
    fn into_response(self) -> Response {
        let scopes = (SCOPES, self.scopes().to_string());
        let session = match &self {
            Self::User(principal) => principal.token.session.map(|session| (SESSION, session.to_string())),
            Self::Client(_) => None,
        };
        let who = match &self {
            Self::User(principal) => (USER, principal.user.id().to_string()),
            Self::Client(principal) => (CLIENT, principal.client_id.to_string()),
        };
        let mut response = StatusCode::OK.into_response();
        for (name, value) in [Some(who), Some(scopes), session].into_iter().flatten() {
            let whole = value.trim() == value;
            match HeaderValue::from_bytes(value.as_bytes()) {
                Ok(value) if whole => drop(response.headers_mut().insert(name, value)),
                // Without a name nobody is let in.
                _ => return Refusal::Failed.into_response(),
            }
        }
        response
    }
}

/// What the token must cover. A scope that is given twice is refused: a proxy that passes on what a client asked for
/// would otherwise let the client say what is enough.
fn asked(query: &str) -> Result<ScopeSet, Refusal> {
    const KNOWN: &[Parameter] = &[Parameter::Scope];
    let mut query = parsed(query, KNOWN)?.strict(KNOWN)?;
    let text = query.take(Parameter::Scope).unwrap_or_default();
    ScopeSet::parse(&text).map_err(|_| Refusal::BadScope)
}
