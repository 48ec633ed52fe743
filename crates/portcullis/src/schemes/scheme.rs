//! What a scheme is, and how one becomes an argument of handlers.

use std::future::Future;

use ::http::request::Parts;

use crate::openapi::Way;
use crate::refusal::Refusal;

/// A way, or several, to say who one is: what the document tells of it, and how it is asked for.
pub trait Scheme: Sized {
    /// The ways in which a caller may satisfy it, any one of them: one of nearly every scheme.
    fn ways() -> Vec<Way>;

    /// The refusal where nothing came.
    fn none_came() -> Refusal {
        Refusal::NoCredentials {
            challenges: challenges::<Self>(),
        }
    }

    /// The refusal of credentials that cannot be right.
    fn broken() -> Refusal {
        Refusal::BrokenCredentials {
            challenges: challenges::<Self>(),
        }
    }

    /// The refusal of credentials that came more than once.
    fn doubled() -> Refusal {
        Refusal::DoubledCredentials {
            challenges: challenges::<Self>(),
        }
    }
}

fn challenges<T: Scheme>() -> Vec<crate::WwwAuthenticate> {
    T::ways().into_iter().map(Way::into_challenge).collect()
}

/// What becomes of good credentials of a scheme that do not suffice; any other refusal stays as it is.
pub(super) fn insufficient<T: Scheme>(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::MissingScope { .. } | Refusal::Inactive { .. } => Refusal::OfScheme {
            refusal: Box::new(refusal),
            challenges: challenges::<T>(),
        },
        other => other,
    }
}

/// A scheme that reads requests for an application with the state `S`.
pub trait Presented<S>: Scheme {
    /// What the request brings of it. `None`: nothing, or credentials of another scheme.
    ///
    /// # Errors
    /// It brings credentials of this scheme and they are refused; no other way is tried then.
    fn presented(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Option<Self>, Refusal>> + Send;
}

/// What the request brings, which it must.
pub(crate) async fn required<T: Presented<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<T, Refusal> {
    T::presented(parts, state).await?.ok_or_else(T::none_came)
}

/// Makes a scheme an argument of handlers, in an `Option` too.
macro_rules! scheme_argument {
    ([$($generics:tt)*] $scheme:ty) => {
        impl<State, $($generics)*> axum::extract::FromRequestParts<State> for $scheme
        where
            State: Send + Sync,
            Self: $crate::schemes::Presented<State>,
        {
            type Rejection = $crate::Refusal;

            async fn from_request_parts(
                parts: &mut http::request::Parts,
                state: &State,
            ) -> Result<Self, $crate::Refusal> {
                $crate::schemes::required(parts, state).await
            }
        }

        impl<State, $($generics)*> axum::extract::OptionalFromRequestParts<State> for $scheme
        where
            State: Send + Sync,
            Self: $crate::schemes::Presented<State>,
        {
            type Rejection = $crate::Refusal;

            async fn from_request_parts(
                parts: &mut http::request::Parts,
                state: &State,
            ) -> Result<Option<Self>, $crate::Refusal> {
                match <Self as $crate::schemes::Presented<State>>::presented(parts, state).await {
                    // A browser goes on sending the cookie of a session that has ended.
                    Err($crate::Refusal::SessionEnded { .. }) => Ok(None),
                    presented => presented,
                }
            }
        }

        impl<$($generics)*> $crate::openapi::Describe for $scheme {
            fn describe(operation: &mut $crate::openapi::Operation) {
                let ways = <Self as $crate::schemes::Scheme>::ways();
                operation.guard($crate::openapi::Requirement::any_of(ways));
            }
        }

        impl<$($generics)*> $crate::openapi::DescribeOptional for $scheme {}
    };
}
pub(crate) use scheme_argument;
