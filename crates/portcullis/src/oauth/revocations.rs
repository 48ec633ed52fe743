//! `GET /revocations`: what ended before its time, for resource servers that follow it.

use std::time::Duration;

use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use portcullis_core::{Attempt, Auth, PageError, ScopeSet, User};
use schemars::JsonSchema;
use serde::Deserialize;

use super::authenticate::proven;
use super::client::in_header;
use super::request::Asker;
use crate::bearer::bearer;
use crate::form::StrictForm;
use crate::input::Query;
use crate::openapi::{Content, Operation, Respond};
use crate::refusal::{OAuthRefusal, Refusal};
use crate::router::{ApiMethod, get};
use crate::serve::Ending;

/// What a client needs to follow.
const SCOPE: &str = "revocations:read";

/// Where to go on, and how long to wait for news.
#[derive(Debug, Deserialize, JsonSchema)]
struct Question {
    /// The `next` of an earlier answer; everything where there is none.
    #[schemars(length(max = 256))]
    after: Option<String>,
    /// Seconds, 0 to 25, to wait where nothing ended since.
    #[serde(default)]
    #[schemars(range(min = 0, max = 25))]
    wait: u64,
}

/// One signed text: `typ` `revocations+jwt`.
struct Signed(String);

impl IntoResponse for Signed {
    fn into_response(self) -> Response {
        let head = [
            (CONTENT_TYPE, HeaderValue::from_static("application/jwt")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (head, self.0).into_response()
    }
}

impl Respond for Signed {
    fn respond(operation: &mut Operation) {
        operation.success(Content::text("application/jwt"));
    }
}

/// The route.
pub(super) fn route<S, U>() -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    get(read::<U>)
        .name("read_revocations")
        .tag("tokens")
        .description(
            "What ended since `after`, as one signed text; where nothing did, as soon as something does, or after `wait` \
             seconds. For clients with the scope `revocations:read`, by their secret or a token of their own.",
        )
        .with(|operation| {
            operation.for_clients();
        })
}

async fn read<U: User>(
    State(auth): State<Auth<U>>,
    asker: Asker,
    ending: Ending,
    headers: HeaderMap,
    Query(asked): Query<Question>,
) -> Result<Signed, Refusal> {
    expect_follower(&auth, &headers, &asker.attempt).await?;
    let wait = Duration::from_secs(asked.wait);
    let after = asked.after.as_deref().filter(|after| !after.is_empty());
    let told = tokio::select! {
        told = auth.revocations_since(after, wait) => told,
        // Who waits is answered what there is, and goes on at another server.
        () = ending.begins() => auth.revocations_since(after, Duration::ZERO).await,
    };
    match told {
        Ok(signed) => Ok(Signed(signed)),
        Err(PageError::Stale) => Err(Refusal::Unavailable { retry_after: 1 }),
        Err(PageError::Store(cause)) => Err(cause.into()),
        Err(PageError::Issue(cause)) => Err(cause.into()),
        Err(other) => {
            tracing::error!(error = %other, "revocations could not be told");
            Err(Refusal::Failed)
        }
    }
}

/// A client proves who it is by its secret in the header, or shows a token that it got in its own name.
async fn expect_follower<U: User>(auth: &Auth<U>, headers: &HeaderMap, attempt: &Attempt) -> Result<(), Refusal> {
    let asked: ScopeSet = [SCOPE].into_iter().collect();
    if let Ok(Some(token)) = bearer(headers) {
        let client = auth.authenticate_client(token).await;
        let client = client.map_err(|error| Refusal::from_auth(&error, asked.clone()))?;
        return match client.scopes.contains(SCOPE) {
            true => Ok(()),
            false => Err(Refusal::MissingScope { scope: asked }),
        };
    }
    let client = proven(auth, in_header(headers), &mut StrictForm::default(), attempt).await?;
    match client.scopes.contains(SCOPE) {
        true => Ok(()),
        false => Err(OAuthRefusal::UnauthorizedClient.into()),
    }
}
