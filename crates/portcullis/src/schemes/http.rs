//! Credentials of the `Authorization` header, by the name of their scheme (RFC 9110 §11.6.2).

use std::fmt;
use std::marker::PhantomData;

use ::http::request::Parts;
use zeroize::Zeroizing;

use super::header::{Given, given};
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::challenge::WwwAuthenticate;
use crate::openapi::{SecurityScheme, Way};
use crate::refusal::Refusal;

/// A scheme of the `Authorization` header. Declared with [`http_scheme!`](crate::http_scheme).
pub trait HttpScheme: Send + Sync + 'static {
    /// Its name, which is the same in any case.
    const NAME: &'static str;

    /// What the document tells of it.
    fn scheme() -> SecurityScheme {
        SecurityScheme::http(Self::NAME)
    }
}

/// Declares schemes of the `Authorization` header as types, by their names on the wire; `as` what the document calls them, if
/// not `HTTPBearer`, `HTTPDigest` or `HTTPBase`, the `format` of a bearer token, and how it is described.
///
/// ```
/// use portcullis::Json;
/// use portcullis::schemes::HttpCredentials;
///
/// portcullis::http_scheme! {
///     pub Negotiate = "negotiate";
///     pub Signed = "bearer" as "Token" format "JWT" described "A signed token.";
/// }
///
/// async fn read_token(token: HttpCredentials<Signed>) -> Json<usize> {
///     Json(token.credentials().len())
/// }
/// ```
#[macro_export]
macro_rules! http_scheme {
    ($(
        $(#[$meta:meta])* $visibility:vis $name:ident = $wire:literal
        $(as $scheme:literal)? $(format $format:literal)? $(described $says:literal)?;
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::schemes::HttpScheme for $name {
            const NAME: &'static str = $wire;

            fn scheme() -> $crate::openapi::SecurityScheme {
                let scheme = $crate::openapi::SecurityScheme::http($wire);
                $(let scheme = scheme.named($scheme);)?
                $(let scheme = scheme.bearer_format($format);)?
                $(let scheme = scheme.described($says);)?
                scheme
            }
        }
    )+};
}

http_scheme! {
    /// `Bearer` (RFC 6750).
    pub Bearer = "bearer";
}

/// The bearer token of a request as it was sent, which nobody verified (RFC 6750 §2.1).
pub type BearerToken = HttpCredentials<Bearer>;

/// The credentials of a request as they were sent behind the name of the scheme `S`, which nobody verified. A scheme without
/// credentials is none. Two `Authorization` headers are refused, whatever they say.
pub struct HttpCredentials<S> {
    scheme: String,
    credentials: Zeroizing<String>,
    kind: PhantomData<fn() -> S>,
}

impl<S> HttpCredentials<S> {
    /// The name of the scheme in the spelling in which it was sent.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What stands behind it, never empty, in ASCII.
    pub fn credentials(&self) -> &str {
        &self.credentials
    }

    /// The same, owned.
    pub fn into_credentials(mut self) -> String {
        std::mem::take(&mut *self.credentials)
    }
}

impl<S> fmt::Debug for HttpCredentials<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCredentials")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

impl<S: HttpScheme> Scheme for HttpCredentials<S> {
    fn ways() -> Vec<Way> {
        vec![Way::new(S::scheme(), WwwAuthenticate::new(S::NAME))]
    }
}

impl<S: HttpScheme, State: Sync> Presented<State> for HttpCredentials<S> {
    async fn presented(parts: &mut Parts, _: &State) -> Result<Option<Self>, Refusal> {
        let Some(Given { scheme, credentials }) = given::<Self>(&parts.headers)?.filter(|given| given.is(S::NAME))
        else {
            return Ok(None);
        };
        if credentials.is_empty() {
            return Ok(None);
        }
        let text = |bytes: &[u8]| {
            std::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.is_ascii())
                .map(str::to_owned)
        };
        let (scheme, credentials) = text(scheme).zip(text(credentials)).ok_or_else(Self::broken)?;
        Ok(Some(Self {
            scheme,
            credentials: Zeroizing::new(credentials),
            kind: PhantomData,
        }))
    }
}

scheme_argument!([S: HttpScheme] HttpCredentials<S>);
