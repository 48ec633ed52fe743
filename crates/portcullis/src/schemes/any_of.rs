//! Either of several schemes.

use std::future::Future;
use std::ops::Deref;

use ::http::request::Parts;

use super::scheme::{Presented, Scheme, scheme_argument};
use crate::openapi::Way;
use crate::refusal::Refusal;

/// Any one of several schemes: the first in the tuple of which the request brings something. What it brings must then be
/// right: no other one is tried after a refusal. Where nothing came of any, all are asked for.
///
/// ```
/// use portcullis::Json;
/// use portcullis::schemes::{AnyOf, BearerToken, OneOf2, RawApiKey};
///
/// portcullis::api_key! { pub Partner in header "X-API-Key"; }
///
/// async fn read(AnyOf(given): AnyOf<(BearerToken, RawApiKey<Partner>)>) -> Json<&'static str> {
///     Json(match given {
///         OneOf2::First(_token) => "a token",
///         OneOf2::Second(_key) => "a key",
///     })
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyOf<T: Alternatives>(pub T::OneOf);

impl<T: Alternatives> Deref for AnyOf<T> {
    type Target = T::OneOf;

    fn deref(&self) -> &T::OneOf {
        &self.0
    }
}

/// A tuple of two to four schemes.
pub trait Alternatives {
    /// What one of them gave: [`OneOf2`], [`OneOf3`] or [`OneOf4`].
    type OneOf: Send;

    /// The ways of all.
    fn ways() -> Vec<Way>;
}

/// The same for an application with the state `S`.
pub trait PresentedAlternatives<S>: Alternatives {
    /// What the request brings of the first of which it brings something.
    ///
    /// # Errors
    /// As for [`Presented::presented`].
    fn presented(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Option<Self::OneOf>, Refusal>> + Send;
}

impl<T: Alternatives> Scheme for AnyOf<T> {
    fn ways() -> Vec<Way> {
        T::ways()
    }
}

impl<T: PresentedAlternatives<S>, S: Sync> Presented<S> for AnyOf<T> {
    async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        Ok(T::presented(parts, state).await?.map(Self))
    }
}

scheme_argument!([T: Alternatives] AnyOf<T>);

macro_rules! one_of {
    ($(#[$meta:meta])* $name:ident: $($scheme:ident $variant:ident),+) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name<$($scheme),+> {
            $(
                #[doc = concat!("What the scheme at this place gave: ", stringify!($variant), ".")]
                $variant($scheme),
            )+
        }

        impl<$($scheme: Scheme + Send),+> Alternatives for ($($scheme,)+) {
            type OneOf = $name<$($scheme),+>;

            fn ways() -> Vec<Way> {
                let mut ways = Vec::new();
                $(ways.extend($scheme::ways());)+
                ways
            }
        }

        impl<S: Sync, $($scheme: Presented<S> + Send),+> PresentedAlternatives<S> for ($($scheme,)+) {
            async fn presented(parts: &mut Parts, state: &S) -> Result<Option<Self::OneOf>, Refusal> {
                $(
                    if let Some(given) = $scheme::presented(parts, state).await? {
                        return Ok(Some($name::$variant(given)));
                    }
                )+
                Ok(None)
            }
        }
    };
}
one_of!(
    /// What one of two schemes gave.
    OneOf2: A First, B Second
);
one_of!(
    /// What one of three schemes gave.
    OneOf3: A First, B Second, C Third
);
one_of!(
    /// What one of four schemes gave.
    OneOf4: A First, B Second, C Third, D Fourth
);
