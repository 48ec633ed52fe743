//! The guard for machines.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use portcullis_core::{Account, Auth, ClientPrincipal, Scopes, User};

use crate::credentials::{asked, token};
use crate::openapi::{Describe, Guard, Operation};
use crate::refusal::Refusal;

/// The client of a good token of its own (RFC 6749 §4.4) that covers `S`: one scope, or a tuple of them. A user's token is
/// refused, and a guard for users refuses this one.
///
/// `U` is the user model of the application's `Auth`.
///
/// ```
/// use portcullis::prelude::*;
/// use portcullis::ClientToken;
///
/// scopes! {
///     /// Read reports.
///     pub Reports = "reports:read";
/// }
///
/// async fn read_reports(client: ClientToken<Reports>) -> Json<String> {
///     Json(format!("reports for {}", client.client_id))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct ClientToken<S, U = Account> {
    principal: Arc<ClientPrincipal>,
    about: PhantomData<fn() -> (S, U)>,
}

impl<S, U> Deref for ClientToken<S, U> {
    type Target = ClientPrincipal;

    fn deref(&self) -> &ClientPrincipal {
        &self.principal
    }
}

impl<State, Q, U> FromRequestParts<State> for ClientToken<Q, U>
where
    State: Send + Sync,
    Q: Scopes,
    U: User,
    Auth<U>: FromRef<State>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refusal> {
        let token = token::<Q>(&parts.headers)?.ok_or(Refusal::NoToken)?;
        let found = Auth::<U>::from_ref(state).authenticate_client(token).await;
        let covered = found.and_then(|principal| principal.require::<Q>().map(|()| principal));
        let principal = covered.map_err(|error| Refusal::from_auth(&error, asked::<Q>()))?;
        Ok(Self {
            principal,
            about: PhantomData,
        })
    }
}

impl<Q: Scopes, U: User> Describe for ClientToken<Q, U> {
    fn describe(operation: &mut Operation) {
        operation.guard(Guard::requiring(Q::LIST, false).of_no_user());
    }
}
