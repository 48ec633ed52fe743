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
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    name: &'static str,
    value: Cow<'static, str>,
    /// Sent as it is, without quotes.
    bare: bool,
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
        self.parameters.push(Parameter {
            name,
            value: value.into(),
            bare: false,
        });
        self
    }

    /// Adds a parameter whose value is a token (RFC 9110 §5.6.2), and is sent without quotes: some schemes forbid them
    /// (`algorithm` and `stale` of Digest, RFC 7616 §3.3). A value that is no token stands between quotes after all.
    #[must_use]
    pub fn with_token(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        let bare = !value.is_empty() && value.bytes().all(is_token_byte);
        self.parameters.push(Parameter { name, value, bare });
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
        let realm = self.realm.as_deref().or(wanted).map(|realm| ("realm", realm, false));
        let own = self.parameters.iter();
        let own = own.map(|parameter| (parameter.name, parameter.value.as_ref(), parameter.bare));
        for (number, (name, value, bare)) in realm.into_iter().chain(own).enumerate() {
            text.push_str(if number == 0 { " " } else { ", " });
            text.push_str(name);
            text.push('=');
            match bare {
                true => text.push_str(value),
                false => push_quoted(&mut text, value),
            }
        }
        text
    }
}

/// A text between quotes (RFC 9110 §5.6.4).
fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    for letter in value.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

/// Whether a byte may stand in a token (RFC 9110 §5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
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
    fn what_is_no_token_stands_between_quotes() {
        for value in ["", "a b", "a\"b", "\u{e4}", "a,b"] {
            let text = WwwAuthenticate::new("digest")
                .with_token("algorithm", value)
                .to_text(None);
            assert!(text.starts_with("Digest algorithm=\""), "{text}");
        }
        let text = WwwAuthenticate::new("digest")
            .with_token("algorithm", "SHA-256")
            .to_text(None);
        assert_eq!(text, "Digest algorithm=SHA-256");
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
