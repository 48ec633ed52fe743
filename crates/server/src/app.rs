//! The routes of `serve`.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::StatusCode;
use portcullis::openapi::{Operation, Respond, ResponseObject};
use portcullis::{Answers, ApiRouter, Front, Mount as _, accounts_api, get, well_known};
use portcullis_core::{AccountStore, Accounts, Auth};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

pub(crate) use portcullis::{UsersRead, UsersWrite};

use crate::config::{AnswersName, Settings};

/// How long others may keep our public keys.
pub(crate) const KEYS_MAX_AGE: Duration = Duration::from_secs(300);

/// The routes of `serve` over a store.
pub(crate) fn router<S: AccountStore>(settings: &Settings, auth: &Auth, accounts: Accounts<S>) -> Router {
    front(settings, auth).mount(routes(auth, accounts))
}

/// The OpenAPI document of `serve`.
pub(crate) fn document<S: AccountStore>(settings: &Settings, auth: &Auth, accounts: Accounts<S>) -> Vec<u8> {
    front(settings, auth).openapi(routes(auth, accounts)).to_vec()
}

fn front(settings: &Settings, auth: &Auth) -> Front<portcullis_core::Account> {
    let answers = match settings.answers {
        AnswersName::Fastapi => Answers::fastapi(),
        AnswersName::Rfc => Answers::rfc(),
    };
    auth.front().answers(answers).docs(settings.docs)
}

fn routes<S: AccountStore>(auth: &Auth, accounts: Accounts<S>) -> ApiRouter<Auth> {
    let asked = accounts.clone();
    let ready = move || {
        let accounts = asked.clone();
        async move { readiness(&accounts).await }
    };
    ApiRouter::new()
        .title("Portcullis")
        .version(env!("CARGO_PKG_VERSION"))
        .merge(accounts_api(accounts))
        .api_route("/health/live", get(read_liveness).tag("health"))
        .api_route("/health/ready", get(ready).name("read_readiness").tag("health"))
        .merge(well_known(auth, KEYS_MAX_AGE))
}

/// What the health routes say.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    status: &'static str,
}

/// The process answers.
async fn read_liveness() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The database answers too.
async fn readiness<S: AccountStore>(accounts: &Accounts<S>) -> Result<Json<Health>, NotReady> {
    match accounts.list(None, 1).await {
        Ok(_) => Ok(Json(Health { status: "ok" })),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "not ready");
            Err(NotReady)
        }
    }
}

/// The database does not answer; why is in the log.
struct NotReady;

impl IntoResponse for NotReady {
    fn into_response(self) -> Response {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "detail": "The database does not answer" })),
        )
            .into_response()
    }
}

impl Respond for NotReady {
    fn respond(operation: &mut Operation) {
        operation.response(
            StatusCode::SERVICE_UNAVAILABLE,
            ResponseObject::new("The database does not answer"),
        );
    }
}
