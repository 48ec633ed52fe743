//! From a login form to credentials (RFC 6749 §4.3.2).

use axum::body::Body;
use axum::extract::FromRequest;
use http::Request;
use portcullis_core::{Credentials, Password, ScopeSet};

use crate::answers::Answers;
use crate::detail::FieldError;
use crate::form::{FormError, LoginForm, read};
use crate::openapi::{Describe, Operation};
use crate::refusal::Refusal;

/// The form of a login here, where it is known what can be right: what is longer was not kept, and is a wrong one.
pub(super) struct LoginRequest(pub(super) LoginForm);

impl<S: Send + Sync> FromRequest<S> for LoginRequest {
    type Rejection = FormError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, FormError> {
        read(request, LoginForm::PARAMETERS).await?.into_login().map(Self)
    }
}

impl Describe for LoginRequest {
    fn describe(operation: &mut Operation) {
        LoginForm::describe(operation);
    }
}

/// What a login form asks for.
///
/// # Errors
/// A parameter came more than once, or the scope cannot be one.
pub(crate) fn credentials(form: LoginForm, answers: &Answers) -> Result<Credentials, Refusal> {
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
        form.scopes().collect()
    };
    let mut credentials = Credentials::new(form.username, Password::from(form.password.as_bytes())).with_scope(scope);
    if answers.refuse_bad_scope {
        credentials = credentials.refuse_empty_grant();
    }
    if answers.refuse_inactive_logins {
        credentials = credentials.refuse_inactive();
    }
    Ok(credentials)
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
