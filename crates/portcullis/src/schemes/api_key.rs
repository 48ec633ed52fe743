//! API keys: a text in a header, the query or a cookie.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use ::http::request::Parts;
use zeroize::Zeroizing;

use super::place::{KeyPlace, Unreadable, read};
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::challenge::WwwAuthenticate;
use crate::cross_site::is_asked_by_another_site;
use crate::openapi::{SecurityScheme, Way};
use crate::refusal::Refusal;

/// A kind of key: where it stands and by which name. Declared with [`api_key!`](crate::api_key).
pub trait KeyScheme: Send + Sync + 'static {
    /// Where it stands.
    const PLACE: KeyPlace;
    /// The name of the header, the parameter or the cookie.
    const NAME: &'static str;

    /// What the document tells of it.
    fn scheme() -> SecurityScheme {
        SecurityScheme::api_key(Self::PLACE.into(), Self::NAME)
    }
}

/// Declares kinds of API keys as types: in `header`, `query` or `cookie`, by which name; `as` what the document calls them, if
/// not `APIKeyHeader` and so on, and how it describes them.
///
/// ```
/// use portcullis::Json;
/// use portcullis::schemes::RawApiKey;
///
/// portcullis::api_key! {
///     /// Keys of partners.
///     pub Partner in header "X-API-Key";
///     pub Session in cookie "session-id" as "session" described "The session.";
/// }
///
/// async fn read_key(key: RawApiKey<Partner>) -> Json<usize> {
///     Json(key.len())
/// }
/// ```
///
/// What no header or cookie can be named does not compile:
///
/// ```compile_fail
/// portcullis::api_key! { pub Bad in header "X API Key"; }
/// ```
#[macro_export]
macro_rules! api_key {
    (@ header) => { $crate::schemes::KeyPlace::Header };
    (@ query) => { $crate::schemes::KeyPlace::Query };
    (@ cookie) => { $crate::schemes::KeyPlace::Cookie };
    ($(
        $(#[$meta:meta])* $visibility:vis $name:ident in $place:ident $wire:literal
        $(as $scheme:literal)? $(described $says:literal)?;
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::schemes::KeyScheme for $name {
            const PLACE: $crate::schemes::KeyPlace = $crate::api_key!(@ $place);
            const NAME: &'static str = {
                assert!(
                    $crate::schemes::is_key_name($crate::api_key!(@ $place), $wire),
                    "headers and cookies are named by tokens (RFC 9110 section 5.1)"
                );
                $wire
            };

            fn scheme() -> $crate::openapi::SecurityScheme {
                let place = <Self as $crate::schemes::KeyScheme>::PLACE;
                let scheme = $crate::openapi::SecurityScheme::api_key(place.into(), $wire);
                $(let scheme = scheme.named($scheme);)?
                $(let scheme = scheme.described($says);)?
                scheme
            }
        }
        const _: &str = <$name as $crate::schemes::KeyScheme>::NAME;
    )+};
}

/// The key of a request as it was sent, which nobody looked up: a `str`. An empty one is none.
///
/// One that came twice with different values is refused, for a proxy before us may have looked at the other one. Where it
/// comes in a cookie, so is a change and a WebSocket that a page of another site asks for: the browser sends the cookie along
/// whoever asks.
pub struct RawApiKey<K> {
    key: Zeroizing<String>,
    kind: PhantomData<fn() -> K>,
}

impl<K> RawApiKey<K> {
    /// The key.
    pub fn into_string(mut self) -> String {
        std::mem::take(&mut *self.key)
    }
}

impl<K> Deref for RawApiKey<K> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.key
    }
}

impl<K> fmt::Debug for RawApiKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawApiKey(..)")
    }
}

impl<K: KeyScheme> Scheme for RawApiKey<K> {
    fn ways() -> Vec<Way> {
        vec![Way::new(K::scheme(), WwwAuthenticate::spelled("APIKey"))]
    }
}

impl<K: KeyScheme, S: Sync> Presented<S> for RawApiKey<K> {
    async fn presented(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let key = read(K::PLACE, K::NAME, parts).map_err(|why| match why {
            Unreadable::Doubled => Self::doubled(),
            Unreadable::NotText => Self::broken(),
        })?;
        if key.is_some() && K::PLACE == KeyPlace::Cookie && is_asked_by_another_site(parts) {
            return Err(Refusal::CrossSite);
        }
        Ok(key.map(|key| Self {
            key: Zeroizing::new(key),
            kind: PhantomData,
        }))
    }
}

scheme_argument!([K: KeyScheme] RawApiKey<K>);
