//! API keys of users that are looked up.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use ::http::request::Parts;
use axum::extract::FromRef;
use portcullis_core::{Account, Auth, AuthError, Principal, Scopes, User};

use super::api_key::{KeyScheme, RawApiKey};
use super::scheme::{Presented, Scheme, insufficient, scheme_argument};
use crate::credentials::asked;
use crate::openapi::{LookUp, Way};
use crate::peer;
use crate::refusal::Refusal;

/// The active owner of an API key that came by `K` and covers `Q` (one scope, a tuple of them, or none), and what the key may do.
///
/// Such a key (`pc_…`) is made by its owner ([`keys_api`](crate::keys_api)) and known to an application that was built with
/// [`api_keys`](portcullis_core::AuthBuilder::api_keys); without that none is good. As a bearer token every guard takes it:
/// `ActiveUser`, `Scoped<Q>`.
///
/// ```
/// use portcullis::prelude::*;
/// use portcullis::schemes::ApiKey;
///
/// portcullis::api_key! { pub Partner in header "X-API-Key"; }
///
/// scopes! {
///     /// Read reports.
///     pub Reports = "reports:read";
/// }
///
/// async fn read_reports(key: ApiKey<Partner, Reports>) -> Json<String> {
///     Json(format!("reports for {}", key.user.username()))
/// }
/// ```
pub struct ApiKey<K, Q = (), U: User = Account> {
    principal: Arc<Principal<U>>,
    kind: PhantomData<fn() -> (K, Q)>,
}

impl<K, Q, U: User> Deref for ApiKey<K, Q, U> {
    type Target = Principal<U>;

    fn deref(&self) -> &Principal<U> {
        &self.principal
    }
}

impl<K, Q, U: User> fmt::Debug for ApiKey<K, Q, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKey").field(&self.principal.token.api_key).finish()
    }
}

impl<K: KeyScheme, Q: Scopes, U: User> Scheme for ApiKey<K, Q, U> {
    fn ways() -> Vec<Way> {
        let ways = RawApiKey::<K>::ways().into_iter();
        ways.map(|way| way.with_scopes(Q::LIST).looked_up(LookUp::Key))
            .collect()
    }
}

impl<K, Q, U, S> Presented<S> for ApiKey<K, Q, U>
where
    K: KeyScheme,
    Q: Scopes,
    U: User,
    S: Sync,
    Auth<U>: FromRef<S>,
{
    async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let Some(key) = RawApiKey::<K>::presented(parts, state).await? else {
            return Ok(None);
        };
        let auth = Auth::<U>::from_ref(state);
        let found = auth.authenticate_api_key(&key).await;
        let covered = found.and_then(|principal| principal.require::<Q>(true).map(|()| principal));
        let principal = covered.map_err(|error| Self::refused(&error))?;
        auth.saw(&principal.token, peer::of(&parts.extensions));
        Ok(Some(Self {
            principal,
            kind: PhantomData,
        }))
    }
}

impl<K: KeyScheme, Q: Scopes, U: User> ApiKey<K, Q, U> {
    /// What is wrong with the key is answered as this scheme does.
    fn refused(error: &AuthError) -> Refusal {
        match Refusal::from_auth(error, asked::<Q>()) {
            Refusal::BadToken { .. } => Self::broken(),
            refusal => insufficient::<Self>(refusal),
        }
    }
}

scheme_argument!([K: KeyScheme, Q: Scopes, U: User] ApiKey<K, Q, U>);

#[cfg(test)]
mod tests;
