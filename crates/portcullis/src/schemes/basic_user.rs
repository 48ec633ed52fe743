//! Users who come with name and password.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use ::http::request::Parts;
use axum::extract::FromRef;
use portcullis_core::{Account, Auth, Credentials, LoginError, Password, Principal, Scopes, User};

use super::basic::{AnyRealm, BasicCredentials, BasicRealm};
use super::scheme::{Presented, Scheme, insufficient, scheme_argument};
use crate::attempt::login_attempt;
use crate::credentials::asked;
use crate::openapi::{LookUp, Way};
use crate::refusal::Refusal;

/// The active user whose name and password came by HTTP Basic (RFC 7617), and who has the scopes `Q` (one, a tuple of them, or
/// none).
///
/// They are asked of the same [`Auth`] as a login, with its places for hashing and, where guessing is slowed, its budgets. No
/// password is hashed with each request: one that was right is believed for
/// [`REMEMBER_PASSWORD`](portcullis_core::REMEMBER_PASSWORD), as [`Auth::authenticate_password`] says. For programs alone: a browser
/// that was told a password once sends it along whoever asks.
///
/// ```
/// use portcullis::prelude::*;
/// use portcullis::schemes::BasicUser;
///
/// async fn read_name(user: BasicUser) -> Json<String> {
///     Json(user.user.username().to_owned())
/// }
/// ```
pub struct BasicUser<Q = (), R = AnyRealm, U: User = Account> {
    principal: Arc<Principal<U>>,
    asked: PhantomData<fn() -> (Q, R)>,
}

impl<Q, R, U: User> Deref for BasicUser<Q, R, U> {
    type Target = Principal<U>;

    fn deref(&self) -> &Principal<U> {
        &self.principal
    }
}

impl<Q, R, U: User> fmt::Debug for BasicUser<Q, R, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BasicUser").field(&self.principal.user.id()).finish()
    }
}

impl<Q: Scopes, R: BasicRealm, U: User> Scheme for BasicUser<Q, R, U> {
    fn ways() -> Vec<Way> {
        let ways = BasicCredentials::<R>::ways().into_iter();
        ways.map(|way| way.with_scopes(Q::LIST).looked_up(LookUp::Password))
            .collect()
    }
}

impl<Q, R, U, S> Presented<S> for BasicUser<Q, R, U>
where
    Q: Scopes,
    R: BasicRealm,
    U: User,
    S: Sync,
    Auth<U>: FromRef<S>,
{
    async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let Some(shown) = BasicCredentials::<R>::presented(parts, state).await? else {
            return Ok(None);
        };
        let auth = Auth::<U>::from_ref(state);
        let credentials = Credentials::new(shown.username, Password::from(shown.password.as_str()));
        let attempt = login_attempt(&parts.extensions, &parts.headers);
        let principal = match auth.authenticate_password(credentials, &attempt).await {
            Ok(principal) => principal,
            Err(LoginError::Refused) => return Err(BasicCredentials::<R>::wrong()),
            Err(error) => return Err(error.into()),
        };
        let covered = principal.require::<Q>(true);
        covered.map_err(|error| insufficient::<Self>(Refusal::from_auth(&error, asked::<Q>())))?;
        Ok(Some(Self {
            principal,
            asked: PhantomData,
        }))
    }
}

scheme_argument!([Q: Scopes, R: BasicRealm, U: User] BasicUser<Q, R, U>);

#[cfg(test)]
mod tests;
