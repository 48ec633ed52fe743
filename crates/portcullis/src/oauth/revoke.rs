//! `POST /revoke`: the end of a token before its time (RFC 7009).

use axum::extract::{FromRef, State};
use http::StatusCode;
use portcullis_core::{Auth, AuthError, ScopeSet, User};

use super::authenticate::known;
use super::request::TokenQuestion;
use crate::refusal::{OAuthRefusal, Refusal};
use crate::router::{ApiMethod, post};

/// The route.
pub(super) fn route<S, U>() -> ApiMethod<S>
where
    S: Clone + Send + Sync + 'static,
    U: User,
    Auth<U>: FromRef<S>,
{
    post(|State(auth): State<Auth<U>>, asked: TokenQuestion| revoke(auth, asked))
        .name("revoke_token")
        .tag("tokens")
        .description(
            "Ends a refresh token and its session, or one access token (RFC 7009). A token that is none, or none any more, \
             is answered alike.",
        )
}

/// What is no token, or none any more, has nothing to end: that is no error (RFC 7009 §2.2).
async fn revoke<U: User>(auth: Auth<U>, mut asked: TokenQuestion) -> Result<StatusCode, Refusal> {
    let client = known(&auth, asked.header, &mut asked.form, &asked.attempt).await?;
    let client = client.as_ref().map(|client| &*client.id);
    match auth.revoke_for(&asked.token, client, &asked.attempt).await {
        Ok(()) => Ok(StatusCode::OK),
        // RFC 7009 §2.1: the client is told.
        Err(AuthError::WrongClient) => Err(OAuthRefusal::InvalidGrant.into()),
        Err(error) => Err(Refusal::from_auth(&error, ScopeSet::empty())),
    }
}
