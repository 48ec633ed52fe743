//! What a refusal asks for: the challenges of `WWW-Authenticate` (RFC 9110 §11.6.1).

use std::borrow::Cow;

/// One challenge: the name of a scheme and its parameters.
///
/// ```
/// use portcullis::WwwAuthenticate;
///
/// let challenge = WwwAuthenticate::new("basic").realm("My \"own\" site");
/// assert_eq!(challenge.to_text(None), r#"Basic realm="My \"own\" site""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WwwAuthenticate {
    scheme: Cow<'static, str>,
    realm: Option<Cow<'static, str>>,
    must_have_realm: bool,
    parameters: Vec<(&'static str, Cow<'static, str>)>,
}

impl WwwAuthenticate {
    /// `Bearer` (RFC 6750 §3).
    pub const BEARER: Self = Self::spelled("Bearer");

    /// A scheme by its name, which is the same in any case (RFC 9110 §11.1). It is written as FastAPI writes it.
    pub fn new(scheme: impl Into<Cow<'static, str>>) -> Self {
        Self {
            scheme: capitals(&scheme.into()).into(),
            ..Self::BEARER
        }
    }

    /// The same, by a name that is sent as it is spelled.
    pub const fn spelled(scheme: &'static str) -> Self {
        Self {
            scheme: Cow::Borrowed(scheme),
            realm: None,
            must_have_realm: false,
            parameters: Vec::new(),
        }
    }

    /// Names the part of the server that the credentials are for (RFC 9110 §11.5). An empty realm is none.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<Cow<'static, str>>) -> Self {
        self.realm = Some(realm.into()).filter(|realm| !realm.is_empty());
        self
    }

    /// Says that the scheme wants a realm (Basic, RFC 7617 §2): where none is named,
    /// [`Answers::realm`](crate::Answers::realm) is.
    #[must_use]
    pub fn must_have_realm(mut self) -> Self {
        self.must_have_realm = true;
        self
    }

    /// Adds a parameter. Its value is sent between quotes.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Whether it is the scheme of this name.
    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The header's value; `realm` stands in where a realm must be named and none is.
    pub fn to_text(&self, realm: Option<&str>) -> String {
        let mut text = self.scheme.clone().into_owned();
        let wanted = realm.filter(|_| self.must_have_realm);
        let realm = self.realm.as_deref().or(wanted).map(|realm| ("realm", realm));
        let own = self.parameters.iter().map(|(name, value)| (*name, value.as_ref()));
        for (number, (name, value)) in realm.into_iter().chain(own).enumerate() {
            text.push_str(if number == 0 { " " } else { ", " });
            text.push_str(name);
            text.push_str("=\"");
            for letter in value.chars() {
                if matches!(letter, '"' | '\\') {
                    text.push('\\');
                }
                text.push(letter);
            }
            text.push('"');
        }
        text
    }
}

/// Python's `title()`: a capital after each character that is no letter, every other letter small.
fn capitals(name: &str) -> String {
    let mut inside = false;
    name.chars()
        .map(|letter| {
            let before = std::mem::replace(&mut inside, letter.is_ascii_alphabetic());
            if before {
                letter.to_ascii_lowercase()
            } else {
                letter.to_ascii_uppercase()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_in_a_realm_end_nothing() {
        let text = WwwAuthenticate::new("Basic").realm(r#"a"b\c"#).to_text(None);
        assert_eq!(text, r#"Basic realm="a\"b\\c""#);
    }

    #[test]
    fn a_realm_stands_in_only_where_one_must_be_named() {
        let basic = WwwAuthenticate::new("Basic").must_have_realm();
        assert_eq!(basic.to_text(Some("api")), "Basic realm=\"api\"");
        assert_eq!(basic.clone().realm("own").to_text(Some("api")), "Basic realm=\"own\"");
        assert_eq!(basic.realm("").to_text(None), "Basic");
        assert_eq!(WwwAuthenticate::BEARER.to_text(Some("api")), "Bearer");
    }

    #[test]
    fn names_are_written_as_fastapi_writes_them() {
        for (name, written) in [
            ("negotiate", "Negotiate"),
            ("AWS4-HMAC-SHA256", "Aws4-Hmac-Sha256"),
            ("v2token", "V2Token"),
        ] {
            assert_eq!(WwwAuthenticate::new(name).to_text(None), written);
        }
        assert_eq!(WwwAuthenticate::spelled("APIKey").to_text(None), "APIKey");
    }

    #[test]
    fn parameters_stand_behind_the_realm() {
        let text = WwwAuthenticate::new("digest")
            .with("nonce", "x")
            .realm("r")
            .to_text(None);
        assert_eq!(text, "Digest realm=\"r\", nonce=\"x\"");
    }
}
