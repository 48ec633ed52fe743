//! The parts of an operation: parameters, bodies, answers.

use std::borrow::Cow;

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::names;

/// Where a parameter stands: OpenAPI's `in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum In {
    /// A part of the path, `{name}` in the route.
    Path,
    /// In the query, `?name=…`.
    Query,
    /// A header of that name.
    Header,
    /// A cookie of that name.
    Cookie,
}

impl In {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// One parameter of an operation (OpenAPI's Parameter Object).
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// Where it stands.
    pub location: In,
    /// Whether a request without it is refused. Those of the path always are.
    pub required: bool,
    /// A sentence for the reader.
    pub description: Option<String>,
    /// Its schema; made by [`Operation::schema`](super::Operation::schema) or by hand.
    pub schema: Schema,
}

impl Parameter {
    pub(super) fn to_value(&self) -> Value {
        let mut object = Map::new();
        object.insert("name".into(), self.name.as_str().into());
        object.insert("in".into(), self.location.as_str().into());
        object.insert("required".into(), (self.required || self.location == In::Path).into());
        let mut schema = self.schema.clone();
        let description = self
            .description
            .as_deref()
            .map(Value::from)
            .or_else(|| schema.get("description").cloned());
        if schema.get("title").is_none() && schema.get("$ref").is_none() {
            schema.insert("title".into(), names::title(&self.name).into());
        }
        object.insert("schema".into(), schema.to_value());
        if let Some(description) = description {
            object.insert("description".into(), description);
        }
        Value::Object(object)
    }
}

/// A body and its media type (one entry of OpenAPI's `content`).
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The media type, such as `application/json`.
    pub media_type: Cow<'static, str>,
    /// The schema of the body; the empty schema says nothing.
    pub schema: Schema,
}

impl Content {
    /// `application/json` with a schema.
    pub fn json(schema: Schema) -> Self {
        Self {
            media_type: "application/json".into(),
            schema,
        }
    }

    /// A text of some media type, such as `text/html`.
    pub fn text(media_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            media_type: media_type.into(),
            schema: json_schema!({ "type": "string" }),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        json!({ self.media_type.as_ref(): { "schema": self.schema } })
    }
}

/// One answer of an operation (OpenAPI's Response Object).
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseObject {
    /// What it means; the document must have it.
    pub description: String,
    /// Its body, if it has one.
    pub content: Option<Content>,
    /// Headers that it brings, each with a sentence.
    pub headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl ResponseObject {
    /// An answer without body or headers.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            content: None,
            headers: Vec::new(),
        }
    }

    /// The same with a body.
    #[must_use]
    pub fn with_content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// The same with one header more, and what it says.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<Cow<'static, str>>, says: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name.into(), says.into()));
        self
    }

    pub(super) fn to_value(&self) -> Value {
        let mut object = Map::new();
        object.insert("description".into(), self.description.as_str().into());
        if !self.headers.is_empty() {
            let headers = self.headers.iter().map(|(name, says)| {
                (
                    name.clone().into_owned(),
                    json!({ "description": says, "schema": { "type": "string" } }),
                )
            });
            object.insert("headers".into(), Value::Object(headers.collect()));
        }
        if let Some(content) = &self.content {
            object.insert("content".into(), content.to_value());
        }
        Value::Object(object)
    }
}
