//! The whole document.

use std::collections::BTreeSet;

use axum::body::Bytes;
use http::{Method, StatusCode};
use schemars::Schema;
use serde_json::{Map, Value, json};

use super::named::Schemes;
use super::refusals::Refusals;
use super::schema::{Components, HttpValidationError};
use super::security::SecurityScheme;
use super::{Content, Operation, ResponseObject};
use crate::answers::Answers;

/// What a document says of its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    /// Where else it is served, with what that is.
    pub(crate) servers: Vec<(String, String)>,
    /// The prefix that it is reached under is not among its servers.
    pub(crate) only_named_servers: bool,
}

impl Default for Info {
    /// Our name, and FastAPI's first version.
    fn default() -> Self {
        Self {
            title: "Portcullis".into(),
            version: "0.1.0".into(),
            description: None,
            servers: Vec::new(),
            only_named_servers: false,
        }
    }
}

impl Info {
    fn servers(&self) -> Vec<Value> {
        let servers = self.servers.iter();
        servers
            .map(|(url, says)| json!({ "url": url, "description": says }))
            .collect()
    }

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
pub struct Document {
    value: Value,
    /// Addresses stay as they were written, wherever the document is served.
    as_written: bool,
    /// The prefix that it is served below is none of its servers.
    only_named_servers: bool,
}

impl Document {
    /// The document as JSON value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document as compact JSON text, to be made once and served as it is.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from(self.value.to_string())
    }

    /// The same as served below a prefix, such as `/api/v1`: `servers` names it first, and the addresses of tokens begin with
    /// it.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        let mut document = Map::new();
        let named = self.value.get("servers").and_then(Value::as_array);
        let mut servers: Vec<Value> = named.cloned().unwrap_or_default();
        let known = |server: &Value| server.get("url").is_some_and(|url| url == prefix);
        if !self.only_named_servers && !servers.iter().any(known) {
            servers.insert(0, json!({ "url": prefix }));
        }
        for (name, value) in self.value.as_object().into_iter().flatten() {
            if name != "servers" {
                document.insert(name.clone(), value.clone());
            }
            if name == "info" && !servers.is_empty() {
                document.insert("servers".into(), std::mem::take(&mut servers).into());
            }
        }
        let mut below = Self {
            value: Value::Object(document),
            ..*self
        };
        if !self.as_written {
            below.lead_below(prefix);
        }
        below
    }

    /// Lets the addresses of tokens lead below a prefix: relative ones, which would be resolved against the server's last
    /// slash, and paths of this document.
    fn lead_below(&mut self, prefix: &str) {
        let paths = self
            .value
            .get("paths")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let schemes = self
            .value
            .pointer_mut("/components/securitySchemes")
            .and_then(Value::as_object_mut);
        let flows = schemes
            .into_iter()
            .flat_map(Map::values_mut)
            .filter_map(|scheme| scheme.get_mut("flows")?.as_object_mut())
            .flat_map(Map::values_mut);
        for flow in flows {
            for place in ["tokenUrl", "refreshUrl", "authorizationUrl"] {
                let Some(address) = flow.get_mut(place) else { continue };
                let led = address.as_str().and_then(|text| match text.strip_prefix('/') {
                    Some(_) => paths.contains_key(text).then(|| format!("{prefix}{text}")),
                    None => (!text.contains(':')).then(|| below(prefix, text)),
                });
                if let Some(led) = led {
                    *address = led.into();
                }
            }
        }
    }

    pub(crate) fn begin<'a>(info: &Info, tokens: &'a [SecurityScheme], answers: &Answers) -> Draft<'a> {
        Draft {
            info: info.to_value(),
            schemes: Schemes::new(tokens),
            as_fastapi: answers.document_as_fastapi,
            servers: info.servers(),
            only_named_servers: info.only_named_servers,
            refusals: Refusals::of(answers),
            errors: None,
            paths: Map::new(),
            webhooks: Map::new(),
            components: Components::of(answers.document_as_fastapi),
            ids: BTreeSet::new(),
        }
    }
}

/// A relative address below a prefix; each `../` takes a part of the prefix off.
fn below(mut prefix: &str, mut relative: &str) -> String {
    while let Some(further) = relative.strip_prefix("../") {
        relative = further;
        prefix = prefix.rsplit_once('/').map_or("", |(before, _)| before);
    }
    format!("{prefix}/{relative}")
}

/// A document while operations are added.
pub(crate) struct Draft<'a> {
    info: Value,
    schemes: Schemes<'a>,
    /// What FastAPI's document says otherwise than it is stays so.
    as_fastapi: bool,
    servers: Vec<Value>,
    only_named_servers: bool,
    refusals: Refusals,
    errors: Option<fn(&mut Operation) -> Schema>,
    paths: Map<String, Value>,
    webhooks: Map<String, Value>,
    components: Components,
    ids: BTreeSet<String>,
}

impl Draft<'_> {
    /// What the bodies of errors hold, where the application writes them anew.
    pub(crate) fn with_errors(mut self, errors: Option<fn(&mut Operation) -> Schema>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds an operation, which `describe` makes.
    pub(crate) fn add(&mut self, path: &str, method: &Method, describe: impl FnOnce(Components) -> Operation) {
        let value = self.operation(describe, !method.is_safe());
        put(&mut self.paths, path, method, value);
    }

    /// Adds what the application asks of others, by its name.
    pub(crate) fn add_webhook(&mut self, name: &str, method: &Method, describe: impl FnOnce(Components) -> Operation) {
        let value = self.operation(describe, false);
        put(&mut self.webhooks, name, method, value);
    }

    /// `changes`: a cookie does not do where a page of another site asks.
    fn operation(&mut self, describe: impl FnOnce(Components) -> Operation, changes: bool) -> Value {
        let mut operation = describe(std::mem::take(&mut self.components));
        let of_application = operation.number_of_responses();
        let by_cookie = operation
            .requirement()
            .is_some_and(|asked| self.schemes.take_cookies(asked));
        self.refusals.document(&mut operation, changes && by_cookie);
        if operation.has_input()
            && !operation.has_response(StatusCode::UNPROCESSABLE_ENTITY)
            && !self.refuses(&operation)
        {
            let schema = match self.errors.filter(|_| !operation.is_protocol()) {
                Some(errors) => errors(&mut operation),
                None => operation.schema::<HttpValidationError>(),
            };
            let invalid = ResponseObject::new("Validation Error").with_content(Content::json(schema));
            operation.response(StatusCode::UNPROCESSABLE_ENTITY, invalid);
        }
        if let Some(errors) = self.errors.filter(|_| !operation.is_protocol()) {
            let schema = errors(&mut operation);
            operation.write_responses_anew(of_application, &schema);
        }
        if !self.ids.insert(operation.id().to_owned()) {
            tracing::warn!(
                operation_id = operation.id(),
                "two operations of the OpenAPI document have the same id"
            );
        }
        let security = operation.requirement().and_then(|asked| {
            self.schemes.take_in(asked);
            asked.to_value(|way| self.schemes.names(way), self.as_fastapi)
        });
        let value = operation.to_value(security);
        self.components = operation.into_components();
        value
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
        let mut operations = Map::new();
        operations.insert("paths".into(), self.paths.into());
        if !self.webhooks.is_empty() {
            operations.insert("webhooks".into(), self.webhooks.into());
        }
        let operations = Value::Object(operations);
        let schemas = self.components.into_schemas(&operations);
        if !schemas.is_empty() {
            components.insert("schemas".into(), Value::Object(schemas));
        }
        let schemes = self.schemes.into_value();
        if !schemes.is_empty() {
            components.insert("securitySchemes".into(), Value::Object(schemes));
        }
        let mut document = Map::new();
        document.insert("openapi".into(), "3.1.0".into());
        document.insert("info".into(), self.info);
        if !self.servers.is_empty() {
            document.insert("servers".into(), self.servers.into());
        }
        if let Value::Object(operations) = operations {
            document.extend(operations);
        }
        if !components.is_empty() {
            document.insert("components".into(), Value::Object(components));
        }
        Document {
            value: Value::Object(document),
            as_written: self.as_fastapi,
            only_named_servers: self.only_named_servers,
        }
    }
}

/// Puts an operation where its method is looked for.
fn put(items: &mut Map<String, Value>, name: &str, method: &Method, operation: Value) {
    let item = items.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(item) = item {
        item.insert(method.as_str().to_lowercase(), operation);
    }
}
