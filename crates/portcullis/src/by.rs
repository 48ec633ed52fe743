//! On whose behalf a route changes something: what the audit trail tells of it.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use http::StatusCode;
use http::request::Parts;
use portcullis_core::{Account, Auth, Cause, User};

use crate::attempt::attempt;
use crate::credentials::principal;
use crate::openapi::{Describe, Operation, ResponseObject};
use crate::refusal::Refusal;

/// The user whose token a request brings, from where and by which client. It stands behind the guard, which refuses. An API key is
/// no such user: whatever opens accounts (passwords, accounts, clients, sessions, keys) is changed in person, or who found a key
/// could make it more than it is.
pub(crate) struct By<U = Account>(pub(crate) Cause, pub(crate) PhantomData<fn() -> U>);

impl<S, U> FromRequestParts<S> for By<U>
where
    S: Send + Sync,
    U: User,
    Auth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let found = principal::<U, S, ()>(parts, state).await?.ok_or(Refusal::NoToken)?;
        if found.token.api_key.is_some() {
            return Err(Refusal::NotInPerson);
        }
        let client = found.token.client.as_deref();
        let cause = Cause::user(&found.user.id()).from(&attempt(&parts.extensions, &parts.headers));
        Ok(Self(cause.with_client(client), PhantomData))
    }
}

impl<U> Describe for By<U> {
    /// What is asked for is the guard's to say.
    fn describe(_: &mut Operation) {}
}

/// Documents that an API key is refused, where there are any.
pub(crate) fn in_person(keys_are_taken: bool) -> impl Fn(&mut Operation) + Copy + Send + Sync + 'static {
    move |operation| {
        if keys_are_taken {
            operation.response(StatusCode::FORBIDDEN, ResponseObject::new("An API key cannot do this"));
        }
    }
}
