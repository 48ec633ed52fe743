//! What went wrong with an account, as an answer.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portcullis_core::accounts::{Field, Rule, Unfit};
use portcullis_core::{AccountError, LoginError, Unmet};
use serde_json::Value;

use crate::detail::{FieldError, ValidationErrors, told};
use crate::openapi::{Operation, Respond};
use crate::refusal::Refusal;

/// An [`AccountError`] on its way to the client.
pub(super) struct AccountRefusal {
    error: AccountError,
    /// What the body calls the password.
    password: &'static str,
}

impl From<AccountError> for AccountRefusal {
    fn from(error: AccountError) -> Self {
        Self {
            error,
            password: "password",
        }
    }
}

impl AccountRefusal {
    /// The same for a body that calls the password `new_password`.
    pub(super) fn of_change(error: AccountError) -> Self {
        Self {
            error,
            password: "new_password",
        }
    }
}

impl Respond for AccountRefusal {
    fn respond(_: &mut Operation) {}
}

impl IntoResponse for AccountRefusal {
    fn into_response(self) -> Response {
        match self.error {
            AccountError::Unfit(unfit) => ValidationErrors::from(unfit_field(unfit, self.password)).into_response(),
            AccountError::Unmet(unmet) => told(status(unmet), &unmet.to_string()),
            AccountError::Unknown => told(StatusCode::NOT_FOUND, "There is no such user"),
            AccountError::Taken => told(StatusCode::CONFLICT, "There is a user of that name already"),
            AccountError::Changed => told(StatusCode::CONFLICT, "The password was changed meanwhile"),
            AccountError::Unsupported(sentence) => told(StatusCode::CONFLICT, sentence),
            AccountError::WrongPassword => Refusal::WrongLogin.into_response(),
            AccountError::Hashing(error) => Refusal::from(error).into_response(),
            AccountError::Store(cause) => Refusal::from(LoginError::Store(cause)).into_response(),
            error => {
                tracing::error!(%error, "an account could not be changed");
                Refusal::Failed.into_response()
            }
        }
    }
}

fn status(unmet: Unmet) -> StatusCode {
    match unmet {
        Unmet::Stale => StatusCode::PRECONDITION_FAILED,
        Unmet::Beyond => StatusCode::FORBIDDEN,
        _ => StatusCode::CONFLICT,
    }
}

/// FastAPI's words for a rule that was broken. The value is left out: it may be a password.
fn unfit_field(unfit: Unfit, password: &'static str) -> FieldError {
    let field = match unfit.field {
        Field::Username => "username",
        Field::Password => password,
        Field::Email => "email",
        Field::FullName => "full_name",
        _ => "body",
    };
    let error = |kind: &'static str, msg: String| FieldError::new(kind, ["body", field], msg, Value::Null);
    match unfit.rule {
        Rule::TooShort { at_least } => error(
            "string_too_short",
            format!("String should have at least {at_least} characters"),
        )
        .with_ctx("min_length", at_least),
        Rule::TooLong { at_most } => error("string_too_long", format!("String should have at most {at_most} bytes"))
            .with_ctx("max_length", at_most),
        _ => error("value_error", format!("Value error, {unfit}")),
    }
}
