//! OpenAPI's OAuth Flow Object.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

type Text = Cow<'static, str>;

/// One flow of OAuth2 (OpenAPI's OAuth Flow Object). Addresses are paths relative to the document, or whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    kind: &'static str,
    refresh_url: Option<Text>,
    scopes: Vec<(Text, Text)>,
    authorization_url: Option<Text>,
    token_url: Option<Text>,
}

impl Flow {
    fn new(kind: &'static str, authorization_url: Option<Text>, token_url: Option<Text>) -> Self {
        Self {
            kind,
            refresh_url: None,
            scopes: Vec::new(),
            authorization_url,
            token_url,
        }
    }

    /// The password is sent for a token (RFC 6749 §4.3).
    pub fn password(token_url: impl Into<Text>) -> Self {
        Self::new("password", None, Some(token_url.into()))
    }

    /// The browser brings a code back, which is sent for a token (RFC 6749 §4.1).
    pub fn authorization_code(authorization_url: impl Into<Text>, token_url: impl Into<Text>) -> Self {
        Self::new(
            "authorizationCode",
            Some(authorization_url.into()),
            Some(token_url.into()),
        )
    }

    /// A client asks for itself (RFC 6749 §4.4).
    pub fn client_credentials(token_url: impl Into<Text>) -> Self {
        Self::new("clientCredentials", None, Some(token_url.into()))
    }

    /// The browser brings the token itself back (RFC 6749 §4.2; nothing new should use it, RFC 9700 §2.1.2).
    pub fn implicit(authorization_url: impl Into<Text>) -> Self {
        Self::new("implicit", Some(authorization_url.into()), None)
    }

    /// Where tokens are refreshed.
    #[must_use]
    pub fn refresh_url(mut self, url: impl Into<Text>) -> Self {
        self.refresh_url = Some(url.into());
        self
    }

    /// A scope that can be asked for, with its sentence.
    #[must_use]
    pub fn scope(mut self, name: impl Into<Text>, sentence: impl Into<Text>) -> Self {
        self.scopes.push((name.into(), sentence.into()));
        self
    }

    /// What it is called among the flows of a scheme.
    pub(super) fn name(&self) -> &'static str {
        self.kind
    }

    pub(super) fn to_value(&self) -> Value {
        let text = |text: &Text| Value::from(text.as_ref());
        let scopes: Map<String, Value> = self
            .scopes
            .iter()
            .map(|(name, says)| (name.as_ref().to_owned(), text(says)))
            .collect();
        let mut object = Map::new();
        if let Some(url) = &self.refresh_url {
            object.insert("refreshUrl".into(), text(url));
        }
        object.insert("scopes".into(), json!(scopes));
        if let Some(url) = &self.authorization_url {
            object.insert("authorizationUrl".into(), text(url));
        }
        if let Some(url) = &self.token_url {
            object.insert("tokenUrl".into(), text(url));
        }
        Value::Object(object)
    }
}
