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
/// refused, and so is an empty one of those that must be there.
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
            .with_token("algorithm", "SHA-256")
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
        let said = |name: &&str| credentials.parameter(name).is_some_and(|value| !value.is_empty());
        let named = ["username", "username*"].iter().any(said);
        if !named || !NEEDED.iter().all(said) || credentials.parameter("realm") != Some(R::REALM) {
            return Err(Self::broken());
        }
        Ok(Some(credentials))
    }
}

scheme_argument!([R: DigestRealm] DigestCredentials<R>);

/// `name=value` or `name="value"` between commas (RFC 9110 §11.2), each name once. Between two commas nothing may stand
/// (§5.6.1.2).
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let (mut found, mut rest) = (Vec::<(String, String)>::new(), text);
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            return Some(found).filter(|found| !found.is_empty());
        }
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
            "", ",", "abc123", "a", "a=", "=b", "a=b c=d", "a=\"b", "a=b, A=c", "a b=c", "a=b\"c",
        ] {
            assert_eq!(parameters(text), None, "{text}");
        }
    }

    struct Door;

    impl DigestRealm for Door {
        const REALM: &'static str = "r";

        fn nonce() -> String {
            "n".to_owned()
        }
    }

    /// Whether an answer to Digest is taken.
    async fn is_taken(answer: &str) -> bool {
        let request = ::http::Request::get("/").header("authorization", format!("Digest {answer}"));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let taken = DigestCredentials::<Door>::presented(&mut parts, &()).await;
        matches!(taken, Ok(Some(_)))
    }

    #[tokio::test]
    async fn an_answer_of_which_a_part_is_missing_or_empty_is_refused() {
        let whole = [
            r#"username="u""#,
            r#"realm="r""#,
            r#"nonce="n""#,
            r#"uri="/""#,
            r#"response="x""#,
        ];
        assert!(is_taken(&whole.join(", ")).await);
        for place in 0..whole.len() {
            let mut parts = whole.to_vec();
            let part = parts.remove(place);
            assert!(!is_taken(&parts.join(", ")).await, "{part} is missing");
            let name = part.split_once('=').unwrap().0;
            let empty = format!("{name}=\"\"");
            parts.push(&empty);
            assert!(!is_taken(&parts.join(", ")).await, "{name} is empty");
        }
    }

    #[test]
    fn the_challenge_has_no_quotes_where_they_are_forbidden() {
        let challenge = DigestCredentials::<Door>::ways().remove(0).into_challenge();
        let expected = r#"Digest realm="r", qop="auth", algorithm=SHA-256, nonce="n""#;
        assert_eq!(challenge.to_text(None), expected);
    }

    #[test]
    fn nothing_may_stand_between_two_commas() {
        let plain = parameters("a=b, c=\"d\"");
        for text in [",a=b,c=d", "a=b,, c=d", "a=b , , c=d,", ", a=b,c=d ,\t"] {
            assert_eq!(parameters(text), plain, "{text}");
        }
        assert!(plain.is_some());
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
