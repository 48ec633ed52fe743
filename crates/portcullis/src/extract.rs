//! The guards: name one in a handler's signature and the route is guarded. They take a token or, where sessions of browsers are
//! on, a cookie.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use portcullis_core::{Account, Auth, EntityKind, Principal, Scopes, User};

use crate::credentials::{asked, principal, token};
use crate::openapi::{Describe, Guard, Operation, Way};
use crate::refusal::Refusal;
use crate::schemes::{Presented, Scheme, TokenGuard, scheme_argument};

/// The user of a good token, active or not.
#[derive(Debug, Clone)]
pub struct CurrentUser<U = Account>(pub U);

/// The user of a good token, who is active.
#[derive(Debug, Clone)]
pub struct ActiveUser<U = Account>(pub U);

/// The active user of a good token that covers `S`: one scope, or a tuple of them.
#[derive(Debug, Clone)]
pub struct Scoped<S, U = Account> {
    user: U,
    scopes: PhantomData<fn() -> S>,
}

/// Who a good token speaks for, active or not, and what the token may do: its own scopes, as far as the user still has them.
///
/// For handlers that look at the token itself, such as one that shows more to who may do more:
///
/// ```
/// use portcullis::prelude::*;
/// use portcullis::Authenticated;
///
/// async fn read_scopes(token: Authenticated) -> Json<Vec<String>> {
///     Json(token.scopes.iter().map(str::to_owned).collect())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Authenticated<U: User = Account>(pub Arc<Principal<U>>);

type About<K, S, U> = PhantomData<fn() -> (K, S, U)>;

/// The thing that a good entity token is about: a `K`, to which its holder may do `S`.
///
/// `U` is the user model of the application's `Auth`.
#[derive(Debug, Clone)]
pub struct Permit<K, S, U = Account> {
    id: Arc<str>,
    about: About<K, S, U>,
}

impl<S, U> Scoped<S, U> {
    /// The user.
    pub fn into_user(self) -> U {
        self.user
    }
}

impl<K, S, U> Permit<K, S, U> {
    /// Which one: the part of `sub` after the colon.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<U: User> Deref for Authenticated<U> {
    type Target = Principal<U>;

    fn deref(&self) -> &Principal<U> {
        &self.0
    }
}

impl<U> Deref for CurrentUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

impl<U> Deref for ActiveUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

impl<S, U> Deref for Scoped<S, U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.user
    }
}

/// Who the request speaks for, if the token covers `Q` and, if `active` is asked for, the account is active; `None` if it brings
/// none.
async fn checked<U, S, Q>(parts: &mut Parts, state: &S, active: bool) -> Result<Option<Arc<Principal<U>>>, Refusal>
where
    U: User,
    Auth<U>: FromRef<S>,
    Q: Scopes,
{
    let principal = principal::<U, S, Q>(parts, state).await?;
    if let Some(principal) = &principal {
        principal
            .require::<Q>(active)
            .map_err(|error| Refusal::from_auth(&error, asked::<Q>()))?;
    }
    Ok(principal)
}

/// The same where nobody needs to be known: a session that has ended is none, for a browser goes on sending its cookie.
async fn known<U, S, Q>(parts: &mut Parts, state: &S, active: bool) -> Result<Option<Arc<Principal<U>>>, Refusal>
where
    U: User,
    Auth<U>: FromRef<S>,
    Q: Scopes,
{
    match checked::<U, S, Q>(parts, state, active).await {
        Err(Refusal::SessionEnded { .. }) => Ok(None),
        found => found,
    }
}

/// The two extractor traits and the description of one guard.
macro_rules! guard {
    ([$($generic:ident: $bound:path),*] $guard:ty, $scopes:ty, active: $active:literal, $wrap:expr) => {
        impl<State, U, $($generic),*> FromRequestParts<State> for $guard
        where
            State: Send + Sync,
            U: User,
            Auth<U>: FromRef<State>,
            $($generic: $bound,)*
        {
            type Rejection = Refusal;

            async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refusal> {
                let found = checked::<U, State, $scopes>(parts, state, $active).await?;
                found.map($wrap).ok_or(Refusal::NoToken)
            }
        }

        impl<State, U, $($generic),*> OptionalFromRequestParts<State> for $guard
        where
            State: Send + Sync,
            U: User,
            Auth<U>: FromRef<State>,
            $($generic: $bound,)*
        {
            type Rejection = Refusal;

            async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Option<Self>, Refusal> {
                Ok(known::<U, State, $scopes>(parts, state, $active).await?.map($wrap))
            }
        }

        impl<U: User, $($generic: $bound),*> Scheme for $guard {
            fn ways() -> Vec<Way> {
                vec![Guard::requiring(<$scopes as Scopes>::LIST, $active).into()]
            }

            fn none_came() -> Refusal {
                Refusal::NoToken
            }
        }

        impl<State, U, $($generic),*> Presented<State> for $guard
        where
            State: Send + Sync,
            U: User,
            Auth<U>: FromRef<State>,
            $($generic: $bound,)*
        {
            async fn presented(parts: &mut Parts, state: &State) -> Result<Option<Self>, Refusal> {
                Ok(checked::<U, State, $scopes>(parts, state, $active).await?.map($wrap))
            }
        }

        impl<U: User, $($generic: $bound),*> TokenGuard for $guard {}

        impl<U: User, $($generic: $bound),*> Describe for $guard {
            fn describe(operation: &mut Operation) {
                operation.guard(Guard::requiring(<$scopes as Scopes>::LIST, $active));
            }
        }

        impl<U: User, $($generic: $bound),*> Describe for Option<$guard> {
            fn describe(operation: &mut Operation) {
                operation.guard(Guard::requiring(<$scopes as Scopes>::LIST, $active).optional());
            }
        }
    };
}

guard!([] Authenticated<U>, (), active: false, Authenticated);
guard!([] CurrentUser<U>, (), active: false, |found| CurrentUser(found.user.clone()));
guard!([] ActiveUser<U>, (), active: true, |found| ActiveUser(found.user.clone()));
guard!([Q: Scopes] Scoped<Q, U>, Q, active: true, |found| Scoped {
    user: found.user.clone(),
    scopes: PhantomData,
});

impl<K: EntityKind, Q: Scopes, U: User> Scheme for Permit<K, Q, U> {
    fn ways() -> Vec<Way> {
        vec![Way::from(Guard::requiring(Q::LIST, false)).of_something()]
    }

    fn none_came() -> Refusal {
        Refusal::NoToken
    }
}

impl<State, K, Q, U> Presented<State> for Permit<K, Q, U>
where
    State: Sync,
    K: EntityKind,
    Q: Scopes,
    U: User,
    Auth<U>: FromRef<State>,
{
    async fn presented(parts: &mut Parts, state: &State) -> Result<Option<Self>, Refusal> {
        let Some(token) = token::<Q>(&parts.headers)? else {
            return Ok(None);
        };
        let found = Auth::<U>::from_ref(state).authenticate_entity::<K, Q>(token).await;
        let id = found.map_err(|error| Refusal::from_auth(&error, asked::<Q>()))?;
        Ok(Some(Self { id, about: PhantomData }))
    }
}

impl<K: EntityKind, Q: Scopes, U: User> TokenGuard for Permit<K, Q, U> {}

scheme_argument!([K: EntityKind, Q: Scopes, U: User] Permit<K, Q, U>);
