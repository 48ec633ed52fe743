//! The parameters of HTTP Digest (RFC 7616 §3.4).

use std::fmt;
use std::marker::PhantomData;

use ::http::request::Parts;

use super::header::given;
use super::scheme::{Presented, Scheme, scheme_argument};
use crate::challenge::WwwAuthenticate;
use crate::openapi::{SecurityScheme, Way};
use crate::refusal::Refusal;

/// What must be there (RFC 7616 §3.4); the name may be coded otherwise (`username*`).
const NEEDED: [&str; 4] = ["realm", "nonce", "uri", "response"];

/// A part of the server that answers to Digest are for.
pub trait DigestRealm: Send + Sync + 'static {
    /// Its name, in printable ASCII, which browsers show.
    const REALM: &'static str;

    /// A new nonce for a challenge, which no client could have foreseen. Whoever checks answers must know it again.
    fn nonce() -> String;

    /// What the document tells of it.
    fn scheme() -> SecurityScheme {
        SecurityScheme::http("digest")
    }
}

/// The parameters of an answer to Digest as they were sent, which nobody verified: that takes what the passwords were stored
/// for, and no hash that is kept for passwords alone can do it. What has not all of them, names one twice or another realm is
/// refused.
///
/// ```
/// use portcullis::Json;
/// use portcullis::schemes::{DigestCredentials, DigestRealm};
///
/// struct Door;
///
/// impl DigestRealm for Door {
///     const REALM: &'static str = "The door";
///
///     fn nonce() -> String {
///         "dcd98b7102dd2f0e8b11d0f600bfb0c0".to_owned() // in earnest a new one each time
///     }
/// }
///
/// async fn read_name(answer: DigestCredentials<Door>) -> Json<Option<String>> {
///     Json(answer.parameter("username").map(str::to_owned))
/// }
/// ```
pub struct DigestCredentials<R> {
    parameters: Vec<(String, String)>,
    realm: PhantomData<fn() -> R>,
}

impl<R> DigestCredentials<R> {
    /// A parameter by its name in lower case, such as `username` or `response`, without quotes.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl<R> fmt::Debug for DigestCredentials<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestCredentials(..)")
    }
}

impl<R: DigestRealm> Scheme for DigestCredentials<R> {
    fn ways() -> Vec<Way> {
        let challenge = WwwAuthenticate::new("digest").realm(R::REALM);
        let challenge = challenge
            .with("qop", "auth")
            .with("algorithm", "SHA-256")
            .with("nonce", R::nonce());
        vec![Way::new(R::scheme(), challenge)]
    }
}

impl<R: DigestRealm, S: Sync> Presented<S> for DigestCredentials<R> {
    async fn presented(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let own = given::<Self>(&parts.headers)?.filter(|given| given.is("digest") && !given.credentials.is_empty());
        let Some(given) = own else { return Ok(None) };
        let text = std::str::from_utf8(given.credentials).ok();
        let parameters = text.and_then(parameters).ok_or_else(Self::broken)?;
        let credentials = Self {
            parameters,
            realm: PhantomData,
        };
        let named = ["username", "username*"]
            .iter()
            .any(|name| credentials.parameter(name).is_some());
        let whole = NEEDED.iter().all(|name| credentials.parameter(name).is_some());
        if !named || !whole || credentials.parameter("realm") != Some(R::REALM) {
            return Err(Self::broken());
        }
        Ok(Some(credentials))
    }
}

scheme_argument!([R: DigestRealm] DigestCredentials<R>);

/// `name=value` or `name="value"` between commas (RFC 9110 §11.2), each name once.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let (mut found, mut rest) = (Vec::<(String, String)>::new(), text);
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let (value, after) = value(after.trim_start())?;
        if name.is_empty() || name.contains(char::is_whitespace) || found.iter().any(|(known, _)| *known == name) {
            return None;
        }
        found.push((name, value));
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next,
            None if after.trim().is_empty() => return Some(found),
            None => return None,
        }
    }
}

/// A value and what stands behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        return (!value.is_empty() && !value.contains('"')).then(|| (value.to_owned(), after));
    };
    let (mut value, mut letters) = (String::new(), quoted.chars());
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_parameters_or_names_one_twice_is_none() {
        for text in [
            "abc123", "a", "a=", "=b", "a=b c=d", "a=\"b", "a=b,", "a=b, A=c", "a b=c", "a=b\"c",
        ] {
            assert_eq!(parameters(text), None, "{text}");
        }
    }

    #[test]
    fn values_stand_with_and_without_quotes() {
        let found = parameters(r#"username="Mu\"fasa", nc=00000001 ,QOP=auth,uri="/a,b=c""#).unwrap();
        let pairs: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("username", "Mu\"fasa"),
            ("nc", "00000001"),
            ("qop", "auth"),
            ("uri", "/a,b=c"),
        ];
        assert_eq!(pairs, expected);
    }
}
