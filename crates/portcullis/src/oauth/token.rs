//! `POST /token`: a form in, a token out (RFC 6749 §4.3, §5.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, PRAGMA};
use portcullis_core::{Auth, Credentials, Granted, Password, ScopeSet, User};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answers::Answers;
use crate::detail::FieldError;
use crate::form::LoginForm;
use crate::openapi::{Operation, Respond};
use crate::profile::without_descriptions;
use crate::refusal::Refusal;
use crate::router::{ApiMethod, post};

/// What the chapter documents of a token response.
#[derive(JsonSchema)]
#[schemars(transform = without_descriptions)]
#[expect(dead_code, reason = "only its schema is used")]
struct Token {
    access_token: String,
    token_type: String,
}

/// All of it (RFC 6749 §5.1).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token", transform = without_descriptions)]
struct FullToken {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// A token response.
struct TokenResponse(Granted);

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        let Granted {
            access_token,
            expires_in,
            scope,
        } = self.0;
        let body = FullToken {
            access_token,
            token_type: "bearer",
            expires_in: expires_in.as_secs(),
            // RFC 6749 §3.3: a scope has at least one token.
            scope: scope
                .filter(|scope| !scope.is_empty())
                .map(|scope| scope.as_str().to_owned()),
        };
        let mut response = Json(body).into_response();
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
            .headers_mut()
            .insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

impl Respond for TokenResponse {
    fn respond(operation: &mut Operation) {
        operation.json::<Token>();
    }
}

/// The route.
pub(super) fn route<S, U>(answers: &Answers) -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    let full = answers.document_refusals;
    let answers = Arc::new(answers.clone());
    let handler = move |State(auth): State<Auth<U>>, form: LoginForm| log_in(auth, answers.clone(), form);
    post(handler).name("login_for_access_token").with(move |operation| {
        if full {
            operation.json::<FullToken>();
        }
    })
}

/// Logs in.
async fn log_in<U: User>(auth: Auth<U>, answers: Arc<Answers>, form: LoginForm) -> Result<TokenResponse, Refusal> {
    if form.repeated {
        return Err(Refusal::BadForm {
            errors: vec![repeated()],
        });
    }
    let scope = if answers.refuse_bad_scope {
        ScopeSet::parse(&form.scope).map_err(|_| Refusal::BadScope)?
    } else if form.scope.len() > ScopeSet::MAX_LEN {
        return Err(Refusal::BadForm {
            errors: vec![too_long()],
        });
    } else {
        // The chapter splits at any blank; what is no scope cannot be granted and is left out.
        form.scope.split_whitespace().collect()
    };
    let mut credentials = Credentials::new(form.username, Password::from(form.password.as_bytes())).with_scope(scope);
    if answers.refuse_bad_scope {
        credentials = credentials.refuse_empty_grant();
    }
    if answers.refuse_inactive_logins {
        credentials = credentials.refuse_inactive();
    }
    Ok(TokenResponse(auth.log_in(credentials).await?))
}

/// RFC 6749 §3.2: a parameter must not be there more than once; which one counts would be anyone's guess.
fn repeated() -> FieldError {
    FieldError::new(
        "value_error",
        ["body"],
        "A parameter is given more than once",
        serde_json::Value::Null,
    )
}

/// Scopes are never cut off in silence.
fn too_long() -> FieldError {
    let msg = format!("String should have at most {} characters", ScopeSet::MAX_LEN);
    FieldError::new("string_too_long", ["body", "scope"], msg, serde_json::Value::Null)
        .with_ctx("max_length", ScopeSet::MAX_LEN)
}

#[cfg(test)]
mod tests;
