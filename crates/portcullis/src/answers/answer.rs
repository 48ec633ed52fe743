//! One row of the table of answers, and how it is written.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use portcullis_core::is_scope_token;
use serde_json::{Map, Value, json};

use crate::challenge::WwwAuthenticate;
use crate::detail::FieldError;

/// One row of the table: how one refusal is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The `detail` member of the body, FastAPI's way.
    pub detail: &'static str,
    /// The `error` member of the body (RFC 6749 §5.2) and the code in the challenge (RFC 6750 §3.1).
    pub error: Option<&'static str>,
    /// What stands in `WWW-Authenticate`.
    pub challenge: Challenge,
}

/// The `WWW-Authenticate` header of an answer (RFC 9110 §11.6.1, RFC 6750 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// No challenge.
    None,
    /// `Bearer` alone.
    Bearer,
    /// `Bearer`, with `scope="…"` where the route asks for scopes.
    WithScope,
    /// `Bearer` with `error="…"`, and `scope="…"` where the route asks for scopes.
    WithError,
    /// `Basic`, for clients (RFC 7617 §2).
    Basic,
    /// That of the [scheme](crate::schemes) that is missing; of several, each.
    OfScheme,
}

pub(super) const fn answer(
    status: StatusCode,
    detail: &'static str,
    error: Option<&'static str>,
    challenge: Challenge,
) -> Answer {
    Answer {
        status,
        detail,
        error,
        challenge,
    }
}

impl Answer {
    pub(super) fn respond(&self, scope: &str, fields: Option<&[FieldError]>) -> Response {
        let detail = fields.map_or_else(|| Value::from(self.detail), |fields| json!(fields));
        self.respond_with(self.status, scope, detail)
    }

    pub(super) fn respond_with(&self, status: StatusCode, scope: &str, detail: Value) -> Response {
        let mut body = Map::new();
        if let Some(error) = self.error {
            body.insert("error".into(), error.into());
            body.insert("error_description".into(), sentence(&detail).into());
        }
        body.insert("detail".into(), detail);
        let mut response = (status, Value::Object(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.error.is_some() {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        }
        if let Some(challenge) = self.challenge(scope).and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// The same where a scheme's credentials are asked for: its own challenges stand where the table names more than a
    /// fixed one, with the row's error where the scheme is Bearer (RFC 6750 §3.1).
    pub(super) fn respond_for(&self, challenges: &[WwwAuthenticate], realm: Option<&str>) -> Response {
        let mut response = self.respond("", None);
        if matches!(self.challenge, Challenge::None | Challenge::Bearer | Challenge::Basic) {
            return response;
        }
        let headers = response.headers_mut();
        headers.remove(WWW_AUTHENTICATE);
        for challenge in challenges {
            let text = match self.error.filter(|_| challenge.is("Bearer")) {
                Some(error) => challenge.clone().with("error", error).to_text(realm),
                None => challenge.to_text(realm),
            };
            if let Ok(text) = HeaderValue::from_str(&text) {
                headers.append(WWW_AUTHENTICATE, text);
            }
        }
        response
    }

    fn challenge(&self, scope: &str) -> Option<Cow<'static, str>> {
        let scope = if scope.is_empty() {
            String::new()
        } else {
            format!("scope=\"{scope}\"")
        };
        match (self.challenge, self.error) {
            (Challenge::None | Challenge::OfScheme, _) => None,
            (Challenge::Basic, _) => Some("Basic realm=\"clients\"".into()),
            (Challenge::WithError, Some(error)) if scope.is_empty() => Some(format!("Bearer error=\"{error}\"").into()),
            (Challenge::WithError, Some(error)) => Some(format!("Bearer error=\"{error}\", {scope}").into()),
            (Challenge::WithScope | Challenge::WithError, _) if !scope.is_empty() => {
                Some(format!("Bearer {scope}").into())
            }
            _ => Some("Bearer".into()),
        }
    }
}

/// The `error_description` of RFC 6749 §5.2: a sentence is itself, a list of fields is their names. Names of fields
/// that a client made up stay out: the description is printable ASCII without quote and backslash.
fn sentence(detail: &Value) -> String {
    let Value::Array(errors) = detail else {
        return detail.as_str().unwrap_or_default().to_owned();
    };
    let name = |error: &Value| Some(error.get("loc")?.get(1)?.as_str()?.to_owned());
    let names: Vec<String> = errors
        .iter()
        .filter_map(name)
        .filter(|name| is_scope_token(name))
        .collect();
    if names.is_empty() {
        "The form is not valid".into()
    } else {
        format!("Not valid: {}", names.join(", "))
    }
}
