//! Name and password by HTTP Basic (RFC 7617).

use std::fmt;
use std::marker::PhantomData;

use ::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::header::given;
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::challenge::WwwAuthenticate;
use crate::openapi::{SecurityScheme, Way};
use crate::refusal::Refusal;

/// A part of the server that names and passwords are for. Declared with [`basic_realm!`](crate::basic_realm).
pub trait BasicRealm: Send + Sync + 'static {
    /// Its name, which browsers show; empty where none is named.
    const REALM: &'static str;

    /// What the document tells of it.
    fn scheme() -> SecurityScheme {
        SecurityScheme::http("basic")
    }
}

/// No realm of its own: [`Answers::realm`](crate::Answers::realm) stands in, or none does.
#[derive(Debug, Clone, Copy)]
pub struct AnyRealm;

impl BasicRealm for AnyRealm {
    const REALM: &'static str = "";
}

/// Declares realms of HTTP Basic as types, by what browsers show; `as` what the document calls the scheme, if not
/// `HTTPBasic`, and how it describes it.
///
/// ```
/// use portcullis::Json;
/// use portcullis::schemes::BasicCredentials;
///
/// portcullis::basic_realm! { pub Reports = "Reports of the year"; }
///
/// async fn read_name(credentials: BasicCredentials<Reports>) -> Json<String> {
///     Json(credentials.username)
/// }
/// ```
///
/// A realm that no header can hold does not compile:
///
/// ```compile_fail
/// portcullis::basic_realm! { pub Tokyo = "東京"; }
/// ```
#[macro_export]
macro_rules! basic_realm {
    ($(
        $(#[$meta:meta])* $visibility:vis $name:ident = $realm:literal
        $(as $scheme:literal)? $(described $says:literal)?;
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        impl $crate::schemes::BasicRealm for $name {
            const REALM: &'static str = {
                assert!($crate::schemes::is_realm($realm), "a realm is printable ASCII (RFC 9110 section 5.6.4)");
                $realm
            };

            fn scheme() -> $crate::openapi::SecurityScheme {
                let scheme = $crate::openapi::SecurityScheme::http("basic");
                $(let scheme = scheme.named($scheme);)?
                $(let scheme = scheme.described($says);)?
                scheme
            }
        }
        const _: &str = <$name as $crate::schemes::BasicRealm>::REALM;
    )+};
}

/// Whether a header can hold it as a quoted text that everybody reads alike (RFC 9110 §5.6.4).
#[doc(hidden)]
pub const fn is_realm(realm: &str) -> bool {
    let mut rest = realm.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if !matches!(*first, b' '..=b'~') {
            return false;
        }
        rest = tail;
    }
    true
}

/// Name and password of a request as they were sent, which nobody looked up. Either may be empty.
///
/// They are Base64 to the letter, and UTF-8 without control characters (RFC 7617 §2): what is not is refused, also where
/// none are needed, and so are two `Authorization` headers. Where they are those of the application's users,
/// take [`BasicUser`](super::BasicUser).
pub struct BasicCredentials<R = AnyRealm> {
    /// The name: what stands before the first colon.
    pub username: String,
    /// The password; wiped when dropped.
    pub password: Zeroizing<String>,
    realm: PhantomData<fn() -> R>,
}

impl<R> BasicCredentials<R> {
    /// The refusal of a name and password that are not right.
    pub fn wrong() -> Refusal
    where
        R: BasicRealm,
    {
        let ways = <Self as Scheme>::ways().into_iter();
        Refusal::WrongBasic {
            challenges: ways.map(Way::into_challenge).collect(),
        }
    }

    /// Whether they are these. It takes as long whichever is wrong and wherever they begin to differ. For one pair in a
    /// program's configuration, say; users have password hashes.
    pub fn are(&self, username: &str, password: &str) -> bool {
        let name = difference(&self.username, username);
        (name | difference(&self.password, password)) == 0
    }
}

/// The bits in which the digests of two texts differ: nothing of it tells where the texts do.
fn difference(own: &str, other: &str) -> u8 {
    let (own, other) = (Sha256::digest(own), Sha256::digest(other));
    own.iter()
        .zip(other.iter())
        .fold(0, |found, (own, other)| found | (own ^ other))
}

impl<R> fmt::Debug for BasicCredentials<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl<R: BasicRealm> Scheme for BasicCredentials<R> {
    fn ways() -> Vec<Way> {
        let challenge = WwwAuthenticate::new("basic").must_have_realm().realm(R::REALM);
        vec![Way::new(R::scheme(), challenge)]
    }
}

impl<R: BasicRealm, S: Sync> Presented<S> for BasicCredentials<R> {
    async fn presented(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let Some(given) = given::<Self>(&parts.headers)?.filter(|given| given.is("basic")) else {
            return Ok(None);
        };
        let (username, password) = read(given.credentials).ok_or_else(Self::broken)?;
        Ok(Some(Self {
            username,
            password,
            realm: PhantomData,
        }))
    }
}

/// Name and password out of what stands behind `Basic`.
fn read(credentials: &[u8]) -> Option<(String, Zeroizing<String>)> {
    let bytes = Zeroizing::new(STANDARD.decode(credentials).ok()?);
    let text = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| !text.contains(|c: char| c.is_ascii_control()))?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), Zeroizing::new(password.to_owned())))
}

scheme_argument!([R: BasicRealm] BasicCredentials<R>);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Option<(String, String)> {
        read(STANDARD.encode(text).as_bytes()).map(|(name, password)| (name, password.to_string()))
    }

    #[test]
    fn base64_is_read_to_the_letter() {
        for broken in [
            "",
            "a",
            "YTpi=",
            "YTp",
            "=YTpi",
            "YT pi",
            "YT_i",
            "YTpi, Bearer x",
            "YTpj\u{e9}",
            "YTo=YTpi",
        ] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn they_are_those_of_a_pair_only_if_both_are() {
        let given = BasicCredentials::<AnyRealm> {
            username: "stanley".into(),
            password: Zeroizing::new("swordfish".into()),
            realm: PhantomData,
        };
        assert!(given.are("stanley", "swordfish"));
        for (name, password) in [
            ("stanley", "swordfis"),
            ("Stanley", "swordfish"),
            ("", ""),
            ("swordfish", "stanley"),
        ] {
            assert!(!given.are(name, password), "{name} {password}");
        }
    }

    #[test]
    fn control_characters_and_bytes_that_are_no_text_are_refused() {
        for text in [
            b"a\x00:b".as_slice(),
            b"a:b\n",
            b"a:\x7f",
            b"a:\xe9",
            b"no colon",
            b"\xff:",
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_first_colon_parts_name_and_password_and_either_may_be_empty() {
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(of(b"john:se:cret"), pair("john", "se:cret"));
        assert_eq!(of(b":"), pair("", ""));
        assert_eq!(of("josé:contraseña".as_bytes()), pair("josé", "contraseña"));
    }
}
