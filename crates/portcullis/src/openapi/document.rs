//! The whole document.

use std::collections::BTreeSet;

use axum::body::Bytes;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::refusals::Refusals;
use super::schema::{Components, HttpValidationError};
use super::{Content, Operation, ResponseObject};
use crate::answers::Answers;

/// What the guards of a document stand for: an OAuth2 password flow (OpenAPI's Security Scheme Object).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityScheme {
    /// Its name in the document, `OAuth2PasswordBearer` in FastAPI's.
    pub name: String,
    /// Where tokens are asked for: a path relative to the document, or a URL.
    pub token_url: String,
    /// Every scope that can be asked for, with its sentence, in the order in which they are shown.
    pub scopes: Vec<(String, String)>,
}

impl SecurityScheme {
    fn to_value(&self) -> Value {
        let scopes: Map<String, Value> = self
            .scopes
            .iter()
            .map(|(name, says)| (name.clone(), Value::from(says.as_str())))
            .collect();
        json!({ "type": "oauth2", "flows": { "password": { "scopes": scopes, "tokenUrl": self.token_url } } })
    }
}

/// What a document says of its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
}

impl Default for Info {
    /// Our name, and FastAPI's first version.
    fn default() -> Self {
        Self {
            title: "Portcullis".into(),
            version: "0.1.0".into(),
            description: None,
        }
    }
}

impl Info {
    fn to_value(&self) -> Value {
        let mut info = Map::new();
        info.insert("title".into(), self.title.as_str().into());
        if let Some(description) = &self.description {
            info.insert("description".into(), description.as_str().into());
        }
        info.insert("version".into(), self.version.as_str().into());
        Value::Object(info)
    }
}

/// An OpenAPI 3.1 document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Value);

impl Document {
    /// The document as JSON value.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The document as compact JSON text, to be made once and served as it is.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from(self.0.to_string())
    }

    /// The same as served below a prefix, such as `/api/v1`: `servers` names it, and the token's address begins with it.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        let mut document = Map::new();
        for (name, value) in self.0.as_object().into_iter().flatten() {
            document.insert(name.clone(), value.clone());
            if name == "info" {
                document.insert("servers".into(), json!([{ "url": prefix }]));
            }
        }
        let mut document = Value::Object(document);
        let schemes = document
            .pointer_mut("/components/securitySchemes")
            .and_then(Value::as_object_mut);
        for scheme in schemes.into_iter().flat_map(|schemes| schemes.values_mut()) {
            for place in ["/flows/password/tokenUrl", "/flows/password/refreshUrl"] {
                if let Some(address) = scheme.pointer_mut(place)
                    && let Some(relative) = address
                        .as_str()
                        .filter(|text| !text.contains(':') && !text.starts_with('/'))
                {
                    *address = format!("{prefix}/{relative}").into();
                }
            }
        }
        Self(document)
    }

    /// The same where tokens are refreshed where they are given.
    pub(crate) fn refreshed(mut self) -> Self {
        let schemes = self
            .0
            .pointer_mut("/components/securitySchemes")
            .and_then(Value::as_object_mut);
        for scheme in schemes.into_iter().flat_map(|schemes| schemes.values_mut()) {
            if let Some(flow) = scheme.pointer_mut("/flows/password").and_then(Value::as_object_mut)
                && let Some(address) = flow.get("tokenUrl").cloned()
            {
                flow.insert("refreshUrl".into(), address);
            }
        }
        self
    }

    pub(crate) fn begin<'a>(info: &Info, scheme: Option<&'a SecurityScheme>, answers: &Answers) -> Draft<'a> {
        Draft {
            info: info.to_value(),
            scheme,
            refusals: Refusals::of(answers),
            paths: Map::new(),
            components: Components::default(),
            guarded: false,
            ids: BTreeSet::new(),
        }
    }
}

/// A document while operations are added.
pub(crate) struct Draft<'a> {
    info: Value,
    scheme: Option<&'a SecurityScheme>,
    refusals: Refusals,
    paths: Map<String, Value>,
    components: Components,
    guarded: bool,
    ids: BTreeSet<String>,
}

impl Draft<'_> {
    /// Adds an operation, which `describe` makes.
    pub(crate) fn add(&mut self, path: &str, method: &Method, describe: impl FnOnce(Components) -> Operation) {
        let mut operation = describe(std::mem::take(&mut self.components));
        self.refusals.document(&mut operation);
        if operation.has_input()
            && !operation.has_response(StatusCode::UNPROCESSABLE_ENTITY)
            && !self.refuses(&operation)
        {
            let schema = operation.schema::<HttpValidationError>();
            let invalid = ResponseObject::new("Validation Error").with_content(Content::json(schema));
            operation.response(StatusCode::UNPROCESSABLE_ENTITY, invalid);
        }
        if !self.ids.insert(operation.id().to_owned()) {
            tracing::warn!(
                operation_id = operation.id(),
                "two operations of the OpenAPI document have the same id"
            );
        }
        self.guarded |= operation.requirement().is_some();
        let value = operation.to_value(self.scheme.map(|scheme| scheme.name.as_str()));
        self.components = operation.into_components();
        let item = self.paths.entry(path).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(item) = item {
            item.insert(method.as_str().to_lowercase(), value);
        }
    }

    /// Whether the answers to a form that is not valid are documented already.
    fn refuses(&self, operation: &Operation) -> bool {
        match operation.is_login() {
            true => self.refusals.are_shown(),
            // What clients ask is refused by RFC 6749 §5.2 in every preset.
            false => operation.has_own_refusals(),
        }
    }

    pub(crate) fn end(self) -> Document {
        let mut components = Map::new();
        let paths = Value::Object(self.paths);
        let schemas = self.components.into_schemas(&paths);
        if !schemas.is_empty() {
            components.insert("schemas".into(), Value::Object(schemas));
        }
        if let (true, Some(scheme)) = (self.guarded, self.scheme) {
            components.insert(
                "securitySchemes".into(),
                json!({ scheme.name.as_str(): scheme.to_value() }),
            );
        }
        let mut document = Map::new();
        document.insert("openapi".into(), "3.1.0".into());
        document.insert("info".into(), self.info);
        document.insert("paths".into(), paths);
        if !components.is_empty() {
            document.insert("components".into(), Value::Object(components));
        }
        Document(Value::Object(document))
    }
}
