//! The routes of `serve`.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::StatusCode;
use portcullis::openapi::{Operation, Respond, ResponseObject};
use portcullis::{
    Answers, ApiRouter, ClientsRead, ClientsWrite, Front, Mount as _, accounts_api, clients_api, get, keys_api,
    sessions_api, user_keys_api, user_sessions_api, well_known,
};
use portcullis_core::{AccountStore, Accounts, Auth, Freshness, Revocations, StaleFeed};
use portcullis_sql::AnyDatabase;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use portcullis::{UsersRead, UsersWrite};

use crate::config::{AnswersName, Settings};

/// The scopes that the server's own routes ask for.
pub(crate) type OwnScopes = (UsersRead, UsersWrite, ClientsRead, ClientsWrite);

/// How long others may keep our public keys, at most.
const KEYS_MAX_AGE: Duration = Duration::from_secs(300);

/// The routes of `serve` over a store. `database` is what keeps all that is no user, if anything does.
pub(crate) fn router<S: AccountStore>(
    settings: &Settings,
    auth: &Auth,
    accounts: Accounts<S>,
    database: Option<AnyDatabase>,
) -> Router {
    front(settings, auth).mount(routes(settings, auth, accounts, database))
}

/// The OpenAPI document of `serve`.
pub(crate) fn document<S: AccountStore>(settings: &Settings, auth: &Auth, accounts: Accounts<S>) -> Vec<u8> {
    front(settings, auth)
        .openapi(routes(settings, auth, accounts, None))
        .to_vec()
}

fn front(settings: &Settings, auth: &Auth) -> Front<portcullis_core::Account> {
    let mut answers = match settings.answers {
        AnswersName::Fastapi => Answers::fastapi(),
        AnswersName::Rfc => Answers::rfc(),
    };
    // The recorded application answers neither; this is a server of its own, in either style.
    answers.head_and_options = true;
    answers.root_to_docs = true;
    let front = auth.front().answers(answers).docs(settings.docs);
    let front = front.root_path(settings.root_path());
    match &settings.cors_origins {
        Some(cors) => front.cors(cors.clone()),
        None => front,
    }
}

fn routes<S: AccountStore>(
    settings: &Settings,
    auth: &Auth,
    accounts: Accounts<S>,
    database: Option<AnyDatabase>,
) -> ApiRouter<Auth> {
    let (asked, stale) = ((auth.clone(), accounts.clone(), database), settings.sessions.stale());
    let ready = move || {
        let (auth, accounts, database) = asked.clone();
        async move {
            if let Some(database) = database {
                database.ping().await.map_err(NotReady::database)?;
            }
            readiness(&auth, &accounts, stale).await
        }
    };
    ApiRouter::new()
        .title("Portcullis")
        .version(env!("CARGO_PKG_VERSION"))
        .description(description(settings))
        .merge(accounts_api(accounts.clone()))
        .merge(clients_api(auth))
        .merge(sessions_api(auth))
        .merge(user_sessions_api(auth, accounts.clone()))
        .merge(keys_api(auth))
        .merge(user_keys_api(auth, accounts.clone()))
        .api_route("/health/live", get(read_liveness).tag("health").with_head_and_options())
        .api_route(
            "/health/ready",
            get(ready).name("read_readiness").tag("health").with_head_and_options(),
        )
        .merge(well_known(auth, keys_max_age(settings)))
}

/// Well below the time for which a new key is published before it signs, so that nobody meets a key they cannot know.
fn keys_max_age(settings: &Settings) -> Duration {
    let quarter = u64::from(settings.key_publish_minutes).saturating_mul(15);
    KEYS_MAX_AGE.min(Duration::from_secs(quarter))
}

/// What stays true while keys come and go.
fn description(settings: &Settings) -> String {
    let algorithm = settings.algorithm;
    let kind = if algorithm.is_symmetric() {
        "a shared secret that only this server has: other programs cannot check them"
    } else {
        "of which the public half stands at [/.well-known/jwks.json](.well-known/jwks.json)"
    };
    format!(
        "Access tokens are JSON Web Tokens (RFC 9068). The header of each names its algorithm (`alg`) and the key that \
         signed it (`kid`). Keys change over time; new ones are for {algorithm}, {kind}."
    )
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

/// The users can be read, a key signs, and it is known what was revoked; or not just now, where tokens are taken all the
/// same.
async fn readiness<S: AccountStore>(
    auth: &Auth,
    accounts: &Accounts<S>,
    stale: StaleFeed,
) -> Result<Json<Health>, NotReady> {
    accounts.list(None, 1).await.map_err(NotReady::database)?;
    if !auth.will_sign().await {
        return Err(NotReady::Key);
    }
    match auth.revocations().map(Revocations::freshness) {
        None | Some(Freshness::Whole) => Ok(Json(Health { status: "ok" })),
        Some(freshness) if stale.serves(freshness) => Ok(Json(Health { status: "degraded" })),
        Some(_) => Err(NotReady::Revocations),
    }
}

/// What is missing; why is in the log.
enum NotReady {
    Database,
    Key,
    Revocations,
}

impl NotReady {
    fn database(error: impl std::error::Error) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "not ready");
        Self::Database
    }
}

impl IntoResponse for NotReady {
    fn into_response(self) -> Response {
        let detail = match self {
            Self::Database => "The database does not answer",
            Self::Revocations => "It is not known what was revoked just now",
            Self::Key => "No key can sign: nobody can log in, and tokens are still read",
        };
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "detail": detail }))).into_response()
    }
}

impl Respond for NotReady {
    fn respond(operation: &mut Operation) {
        operation.response(
            StatusCode::SERVICE_UNAVAILABLE,
            ResponseObject::new("The database does not answer, or no key can sign"),
        );
    }
}

#[cfg(test)]
mod tests;
