//! What is answered: every refusal → status, body, challenge. One table, two presets.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use portcullis_core::is_scope_token;
use serde_json::{Map, Value, json};

use crate::detail::FieldError;
use crate::refusal::Refusal;

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
}

/// The whole table. Take a preset and change single rows:
///
/// ```
/// use portcullis::{Answers, Challenge};
/// let mut answers = Answers::fastapi();
/// answers.no_token.detail = "Please log in";
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// No `Authorization` header, or one of another scheme.
    pub no_token: Answer,
    /// A token malformed, forged, expired, ended, or of a user who is gone.
    pub bad_token: Answer,
    /// Credentials given in a way that cannot be read for certain, such as two `Authorization` headers.
    pub bad_credentials: Answer,
    /// The user is disabled.
    pub inactive: Answer,
    /// The token does not cover what the route asks.
    pub missing_scope: Answer,
    /// Name or password wrong.
    pub wrong_login: Answer,
    /// The form's fields are not valid. The `detail` is FastAPI's list of errors in both presets.
    pub bad_form: Answer,
    /// A `grant_type` other than `password`.
    pub bad_grant_type: Answer,
    /// A `scope` that cannot be granted.
    pub bad_scope: Answer,
    /// Too many logins are waiting; `Retry-After` says when to come back.
    pub busy: Answer,
    /// The store cannot be reached; `Retry-After` says when to come back.
    pub unavailable: Answer,
    /// Something of ours failed; the cause is in the log.
    pub failed: Answer,
    /// Whether a scope that cannot be granted refuses the login (RFC 6749 §3.3) where nothing else was asked for;
    /// otherwise it is left out.
    pub refuse_bad_scope: bool,
    /// Whether a disabled account is refused at login already, as if the password were wrong; otherwise it gets a token
    /// that opens no route which asks for an active user, as in the chapter.
    pub refuse_inactive_logins: bool,
    /// Whether the OpenAPI document shows the refusals of each guarded route; FastAPI's does not.
    pub document_refusals: bool,
    /// Whether HEAD is answered wherever GET is, and OPTIONS with `Allow` (RFC 9110 §9.3.2, §9.3.7); FastAPI answers both
    /// with 405.
    pub head_and_options: bool,
    /// Whether `/` leads to `/docs`, where there are docs and nothing else answers it; FastAPI answers 404.
    pub root_to_docs: bool,
}

const fn answer(status: StatusCode, detail: &'static str, error: Option<&'static str>, challenge: Challenge) -> Answer {
    Answer {
        status,
        detail,
        error,
        challenge,
    }
}

impl Answers {
    /// The recorded answers of FastAPI's chapter, to the letter.
    pub fn fastapi() -> Self {
        use Challenge::{Bearer, None as Silent, WithScope};
        let ours = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            no_token: answer(StatusCode::UNAUTHORIZED, "Not authenticated", None, Bearer),
            bad_token: answer(
                StatusCode::UNAUTHORIZED,
                "Could not validate credentials",
                None,
                WithScope,
            ),
            bad_credentials: answer(
                StatusCode::UNAUTHORIZED,
                "Could not validate credentials",
                None,
                WithScope,
            ),
            inactive: answer(StatusCode::BAD_REQUEST, "Inactive user", None, Silent),
            missing_scope: answer(StatusCode::UNAUTHORIZED, "Not enough permissions", None, WithScope),
            wrong_login: answer(StatusCode::UNAUTHORIZED, "Incorrect username or password", None, Bearer),
            bad_form: answer(StatusCode::UNPROCESSABLE_ENTITY, "", None, Silent),
            bad_grant_type: answer(StatusCode::UNPROCESSABLE_ENTITY, "", None, Silent),
            bad_scope: answer(StatusCode::BAD_REQUEST, "Scope cannot be granted", None, Silent),
            busy: answer(ours, "Too many logins are waiting, try again later", None, Silent),
            unavailable: answer(ours, "Temporarily unavailable, try again later", None, Silent),
            failed: answer(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", None, Silent),
            refuse_bad_scope: false,
            refuse_inactive_logins: false,
            document_refusals: false,
            head_and_options: false,
            root_to_docs: false,
        }
    }

    /// The answers of the chapter's sequel on scopes: as [`Answers::fastapi`], but a wrong login is 400 without a
    /// challenge.
    pub fn fastapi_scopes() -> Self {
        let mut answers = Self::fastapi();
        answers.wrong_login.status = StatusCode::BAD_REQUEST;
        answers.wrong_login.challenge = Challenge::None;
        answers
    }

    /// RFC 6749 §5.2 and RFC 6750 §3, with FastAPI's `detail` kept beside `error` and `error_description`.
    pub fn rfc() -> Self {
        use Challenge::{Bearer, None as Silent, WithError};
        let bad = StatusCode::BAD_REQUEST;
        let mut answers = Self::fastapi();
        answers.no_token.challenge = Bearer;
        answers.bad_token = answer(
            StatusCode::UNAUTHORIZED,
            "Could not validate credentials",
            Some("invalid_token"),
            WithError,
        );
        answers.bad_credentials = answer(
            bad,
            "Credentials given more than once",
            Some("invalid_request"),
            WithError,
        );
        answers.inactive = answers.bad_token.clone();
        answers.missing_scope = answer(
            StatusCode::FORBIDDEN,
            "Not enough permissions",
            Some("insufficient_scope"),
            WithError,
        );
        answers.wrong_login = answer(bad, "Incorrect username or password", Some("invalid_grant"), Silent);
        answers.bad_form = answer(bad, "", Some("invalid_request"), Silent);
        answers.bad_grant_type = answer(bad, "", Some("unsupported_grant_type"), Silent);
        answers.bad_scope.error = Some("invalid_scope");
        answers.busy.error = Some("temporarily_unavailable");
        answers.unavailable.error = Some("temporarily_unavailable");
        answers.failed.error = Some("server_error");
        answers.refuse_bad_scope = true;
        answers.refuse_inactive_logins = true;
        answers.document_refusals = true;
        answers.head_and_options = true;
        answers.root_to_docs = true;
        answers
    }

    /// The answer to a refusal.
    pub fn respond(&self, refusal: &Refusal) -> Response {
        if let Refusal::BadBody { status, detail } = refusal {
            return self.bad_form.respond_with(*status, "", detail.as_str().into());
        }
        let (row, scope, fields) = match refusal {
            Refusal::NoToken => (&self.no_token, None, None),
            Refusal::BadToken { scope } => (&self.bad_token, Some(scope), None),
            Refusal::BadCredentials { scope } => (&self.bad_credentials, Some(scope), None),
            Refusal::Inactive { scope } => (&self.inactive, Some(scope), None),
            Refusal::MissingScope { scope } => (&self.missing_scope, Some(scope), None),
            Refusal::WrongLogin => (&self.wrong_login, None, None),
            Refusal::BadForm { errors } => (&self.bad_form, None, Some(errors)),
            Refusal::BadGrantType { errors } => (&self.bad_grant_type, None, Some(errors)),
            Refusal::BadBody { .. } => (&self.bad_form, None, None),
            Refusal::BadScope => (&self.bad_scope, None, None),
            Refusal::Busy { .. } => (&self.busy, None, None),
            Refusal::Unavailable { .. } => (&self.unavailable, None, None),
            Refusal::Failed => (&self.failed, None, None),
        };
        let scope = scope.map_or_else(String::new, |scope| scope.as_str().to_owned());
        let mut response = row.respond(&scope, fields.map(|errors| errors.as_slice()));
        if let Refusal::Busy { retry_after } | Refusal::Unavailable { retry_after } = refusal {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::fastapi()
    }
}

impl Answer {
    fn respond(&self, scope: &str, fields: Option<&[FieldError]>) -> Response {
        let detail = fields.map_or_else(|| Value::from(self.detail), |fields| json!(fields));
        self.respond_with(self.status, scope, detail)
    }

    fn respond_with(&self, status: StatusCode, scope: &str, detail: Value) -> Response {
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

    fn challenge(&self, scope: &str) -> Option<Cow<'static, str>> {
        let scope = if scope.is_empty() {
            String::new()
        } else {
            format!("scope=\"{scope}\"")
        };
        match (self.challenge, self.error) {
            (Challenge::None, _) => None,
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
