//! Every way in which credentials come with a request, as a type in a handler's signature.
//!
//! Named in a signature, a type of these guards the route, answers where nothing came, and stands in the document. They hand
//! over what was sent; whether it is right is the handler's to see, except where the type says that it is looked up.
//!
//! | type | what it takes | FastAPI's |
//! |---|---|---|
//! | [`RawApiKey<K>`] | a key in a header, the query or a cookie: [`api_key!`](crate::api_key) | `APIKeyHeader`, `APIKeyQuery`, `APIKeyCookie` |
//! | [`ApiKey<K>`], [`ApiKey<K, Q>`] | the same looked up: the key of a user, with the scopes that are asked | – |
//! | [`BasicCredentials`] | name and password; of a realm: [`basic_realm!`](crate::basic_realm) | `HTTPBasic` |
//! | [`BearerToken`] | a bearer token | `HTTPBearer` |
//! | [`DigestCredentials<R>`] | the parameters of Digest | `HTTPDigest` |
//! | [`HttpCredentials<S>`] | those of another scheme: [`http_scheme!`](crate::http_scheme) | `HTTPBase` |
//! | [`RawToken<D>`] | a bearer token from somewhere that the document tells: [`token_scheme!`](crate::token_scheme) | `OAuth2PasswordBearer`, `OAuth2AuthorizationCodeBearer` |
//! | [`RawAuthorization<D>`] | the whole header likewise | `OAuth2`, `OpenIdConnect` |
//! | [`Security<T, Q>`](Security) | the same with scopes asked | `Security(…, scopes=[…])` |
//! | [`AnyOf<(A, B)>`](AnyOf) | either of two | – |
//! | [`AlsoFromQuery<G>`](AlsoFromQuery) | the guard `G`, whose token may come in the query | – |
//!
//! Two of them in a signature are both needed. `Option<T>` takes requests without credentials, and those of another scheme,
//! as `None` (`auto_error=False`); broken or doubled ones are refused there too.
//!
//! A scheme of your own implements [`Scheme`] and [`Presented`].

mod also_from_query;
mod any_of;
mod api_key;
mod basic;
mod basic_user;
mod digest;
mod header;
mod http;
mod known_key;
mod place;
mod scheme;
mod security;
mod token;

pub use also_from_query::{AlsoFromQuery, TokenGuard};
pub use any_of::{Alternatives, AnyOf, OneOf2, OneOf3, OneOf4, PresentedAlternatives};
pub use api_key::{KeyScheme, RawApiKey};
pub use basic::{AnyRealm, BasicCredentials, BasicRealm, is_realm};
pub use basic_user::BasicUser;
pub use digest::{DigestCredentials, DigestRealm};
pub use http::{Bearer, BearerToken, HttpCredentials, HttpScheme};
pub use known_key::ApiKey;
pub use place::{KeyPlace, is_key_name};
pub use scheme::{Presented, Scheme};
pub(crate) use scheme::{required, scheme_argument};
pub use security::Security;
pub use token::{RawAuthorization, RawToken, TokenScheme};

#[cfg(test)]
mod tests;
