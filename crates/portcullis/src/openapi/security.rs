//! OpenAPI's Security Scheme Object.

use std::borrow::Cow;

use portcullis_core::{DeclaredRole, Scopes};
use serde_json::{Map, Value, json};

use super::In;
use super::flow::Flow;

type Text = Cow<'static, str>;

/// What the password flow is called, and with it the tokens of an application's `Auth`.
pub(crate) const LOGIN: &str = "OAuth2PasswordBearer";

/// One way in which an API is guarded, as its document tells it (OpenAPI 3.1, Security Scheme Object).
///
/// ```
/// use portcullis::openapi::SecurityScheme;
///
/// let login = SecurityScheme::password_bearer("token")
///     .scope("items", "Read items.")
///     .named("Login")
///     .described("Log in with a password.");
/// assert_eq!(login.to_value()["flows"]["password"]["tokenUrl"], "token");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityScheme {
    name: Text,
    description: Option<Text>,
    kind: Kind,
    roles: &'static [DeclaredRole],
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    ApiKey { location: In, name: Text },
    Http { scheme: Text, bearer_format: Option<Text> },
    OAuth2(Vec<Flow>),
    OpenIdConnect { url: Text },
}

impl SecurityScheme {
    fn new(name: impl Into<Text>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            description: None,
            kind,
            roles: &[],
        }
    }

    /// A key in a header, the query or a cookie of this name; `APIKeyHeader` and so on in the document.
    pub fn api_key(location: In, name: impl Into<Text>) -> Self {
        let own = match location {
            In::Query => "APIKeyQuery",
            In::Cookie => "APIKeyCookie",
            In::Header | In::Path => "APIKeyHeader",
        };
        Self::new(
            own,
            Kind::ApiKey {
                location,
                name: name.into(),
            },
        )
    }

    /// A scheme of the `Authorization` header (RFC 9110 §11.1) by its name; `HTTPBearer`, `HTTPBasic`, `HTTPDigest` or
    /// `HTTPBase` in the document.
    pub fn http(scheme: impl Into<Text>) -> Self {
        let scheme = scheme.into();
        let known = [
            ("bearer", "HTTPBearer"),
            ("basic", "HTTPBasic"),
            ("digest", "HTTPDigest"),
        ];
        let own = known.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name));
        let name = own.map_or("HTTPBase", |(_, name)| name);
        Self::new(
            name,
            Kind::Http {
                scheme,
                bearer_format: None,
            },
        )
    }

    /// OAuth2 with these flows (RFC 6749); `OAuth2` in the document.
    pub fn oauth2(flows: impl IntoIterator<Item = Flow>) -> Self {
        Self::new("OAuth2", Kind::OAuth2(flows.into_iter().collect()))
    }

    /// OAuth2's password flow (RFC 6749 §4.3); `OAuth2PasswordBearer` in the document. Where tokens are asked for is a
    /// path relative to the document, or an address.
    pub fn password_bearer(token_url: impl Into<Text>) -> Self {
        Self::oauth2([Flow::password(token_url)]).named(LOGIN)
    }

    /// OAuth2's authorization code flow (RFC 6749 §4.1); `OAuth2AuthorizationCodeBearer` in the document.
    pub fn code_bearer(authorization_url: impl Into<Text>, token_url: impl Into<Text>) -> Self {
        Self::oauth2([Flow::authorization_code(authorization_url, token_url)]).named("OAuth2AuthorizationCodeBearer")
    }

    /// OpenID Connect by the address of its discovery document; `OpenIdConnect` in the document.
    pub fn openid_connect(url: impl Into<Text>) -> Self {
        Self::new("OpenIdConnect", Kind::OpenIdConnect { url: url.into() })
    }

    /// The same by another name in the document.
    #[must_use]
    pub fn named(mut self, name: impl Into<Text>) -> Self {
        self.name = name.into();
        self
    }

    /// The same with a description (CommonMark).
    #[must_use]
    pub fn described(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// A hint at what a bearer token looks like, such as `JWT`. Of other schemes than HTTP's it says nothing.
    #[must_use]
    pub fn bearer_format(mut self, format: impl Into<Text>) -> Self {
        if let Kind::Http { bearer_format, .. } = &mut self.kind {
            *bearer_format = Some(format.into());
        }
        self
    }

    /// Where tokens are refreshed, in all flows named so far.
    #[must_use]
    pub fn refresh_url(self, url: impl Into<Text>) -> Self {
        let url = url.into();
        self.in_all_flows(|flow| flow.refresh_url(url.clone()))
    }

    /// A scope that can be asked for, with its sentence, in all flows named so far.
    #[must_use]
    pub fn scope(self, name: impl Into<Text>, sentence: impl Into<Text>) -> Self {
        let (name, sentence) = (name.into(), sentence.into());
        self.in_all_flows(|flow| flow.scope(name.clone(), sentence.clone()))
    }

    /// The scopes that can be asked for, as they are declared with [`scopes!`](portcullis_core::scopes), in all flows named
    /// so far.
    #[must_use]
    pub fn scopes<S: Scopes>(self) -> Self {
        let declared = S::LIST.iter();
        declared.fold(self, |scheme, declared| scheme.scope(declared.name, declared.sentence))
    }

    /// The roles by which users may have the scopes: `x-roles` in the document.
    #[must_use]
    pub(crate) fn with_roles(mut self, roles: &'static [DeclaredRole]) -> Self {
        self.roles = roles;
        self
    }

    fn in_all_flows(mut self, change: impl Fn(Flow) -> Flow) -> Self {
        if let Kind::OAuth2(flows) = &mut self.kind {
            *flows = std::mem::take(flows).into_iter().map(change).collect();
        }
        self
    }

    /// Its name in the document, unless another scheme has that.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the credentials come in another place than the `Authorization` header.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self.kind, Kind::ApiKey { .. })
    }

    /// The object, its members in FastAPI's order.
    pub fn to_value(&self) -> Value {
        let mut object = Map::new();
        let kind = match &self.kind {
            Kind::ApiKey { .. } => "apiKey",
            Kind::Http { .. } => "http",
            Kind::OAuth2(_) => "oauth2",
            Kind::OpenIdConnect { .. } => "openIdConnect",
        };
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("type", kind.into());
        if let Some(description) = &self.description {
            put("description", description.as_ref().into());
        }
        match &self.kind {
            Kind::ApiKey { location, name } => {
                put("in", location.as_str().into());
                put("name", name.as_ref().into());
            }
            Kind::Http { scheme, bearer_format } => {
                put("scheme", scheme.as_ref().into());
                if let Some(format) = bearer_format {
                    put("bearerFormat", format.as_ref().into());
                }
            }
            Kind::OAuth2(flows) => {
                let flows = flows.iter().map(|flow| (flow.name().to_owned(), flow.to_value()));
                put("flows", Value::Object(flows.collect()));
            }
            Kind::OpenIdConnect { url } => {
                put("openIdConnectUrl", url.as_ref().into());
            }
        }
        if !self.roles.is_empty() {
            put(
                "x-roles",
                self.roles.iter().map(role_to_value).collect::<Map<_, _>>().into(),
            );
        }
        Value::Object(object)
    }
}

fn role_to_value(role: &DeclaredRole) -> (String, Value) {
    let scopes: Vec<&str> = role.scopes.iter().map(|scope| scope.name).collect();
    let says = json!({ "description": role.sentence, "scopes": scopes });
    (role.name.to_owned(), says)
}
