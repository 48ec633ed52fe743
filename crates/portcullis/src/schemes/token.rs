//! Tokens of OAuth2 and OpenID Connect, behind a scheme that the document shows.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use ::http::request::Parts;
use zeroize::Zeroizing;

use super::header::{given, whole};
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::challenge::WwwAuthenticate;
use crate::openapi::{SecurityScheme, Way};
use crate::refusal::Refusal;

/// Where tokens come from, as the document tells it. Declared with [`token_scheme!`](crate::token_scheme).
pub trait TokenScheme: Send + Sync + 'static {
    /// What the document tells of it.
    fn scheme() -> SecurityScheme;
}

/// Declares where tokens come from, as types: each is a [`SecurityScheme`](crate::openapi::SecurityScheme).
///
/// ```
/// use portcullis::Json;
/// use portcullis::openapi::SecurityScheme;
/// use portcullis::schemes::RawToken;
///
/// portcullis::token_scheme! {
///     pub Login = SecurityScheme::password_bearer("token").scope("me", "Read yourself.");
///     pub Elsewhere = SecurityScheme::openid_connect("https://login.example.com/.well-known/openid-configuration");
/// }
///
/// async fn read_length(token: RawToken<Login>) -> Json<usize> {
///     Json(token.len())
/// }
/// ```
#[macro_export]
macro_rules! token_scheme {
    ($($(#[$meta:meta])* $visibility:vis $name:ident = $scheme:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::schemes::TokenScheme for $name {
            fn scheme() -> $crate::openapi::SecurityScheme {
                $scheme
            }
        }
    )+};
}

/// The bearer token of a request as it was sent, which nobody verified: a `str`, never empty (FastAPI's
/// `OAuth2PasswordBearer`, `OAuth2AuthorizationCodeBearer`).
pub struct RawToken<D> {
    token: Zeroizing<String>,
    kind: PhantomData<fn() -> D>,
}

/// The whole `Authorization` header of a request, whatever its scheme: a `str`, never empty (FastAPI's `OAuth2` and
/// `OpenIdConnect`). Most applications want [`RawToken`].
pub struct RawAuthorization<D> {
    header: Zeroizing<String>,
    kind: PhantomData<fn() -> D>,
}

macro_rules! text {
    ($name:ident, $field:ident) => {
        impl<D> $name<D> {
            /// The text.
            pub fn into_string(mut self) -> String {
                std::mem::take(&mut *self.$field)
            }
        }

        impl<D> Deref for $name<D> {
            type Target = str;

            fn deref(&self) -> &str {
                &self.$field
            }
        }

        impl<D> fmt::Debug for $name<D> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl<D: TokenScheme> Scheme for $name<D> {
            fn ways() -> Vec<Way> {
                vec![Way::new(D::scheme(), WwwAuthenticate::BEARER)]
            }
        }

        scheme_argument!([D: TokenScheme] $name<D>);
    };
}
text!(RawToken, token);
text!(RawAuthorization, header);

/// A text in ASCII, as tokens are (RFC 6750 §2.1).
fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii());
    text.map(|text| Zeroizing::new(text.to_owned()))
}

impl<D: TokenScheme, S: Sync> Presented<S> for RawToken<D> {
    async fn presented(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let own = given::<Self>(&parts.headers)?.filter(|given| given.is("bearer") && !given.credentials.is_empty());
        let Some(given) = own else { return Ok(None) };
        let token = text(given.credentials).ok_or_else(Self::broken)?;
        Ok(Some(Self {
            token,
            kind: PhantomData,
        }))
    }
}

impl<D: TokenScheme, S: Sync> Presented<S> for RawAuthorization<D> {
    async fn presented(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let Some(value) = whole::<Self>(&parts.headers)? else {
            return Ok(None);
        };
        let header = text(value).ok_or_else(Self::broken)?;
        Ok(Some(Self {
            header,
            kind: PhantomData,
        }))
    }
}
