//! An operation written down.

use http::StatusCode;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::Operation;
use super::guarded_object::{GuardedObject, PathKey};
use super::objects::{Content, In, Parameter, ResponseObject};
use super::schema::{Components, parameters, path_names};

impl Operation {
    /// Whether its errors are those of a protocol (RFC 6749 §5.2), which clients of that read.
    pub(crate) fn is_protocol(&self) -> bool {
        self.login || self.clients || self.own_refusals
    }

    /// Says that it guards an object.
    pub(crate) fn guards_object(&mut self, object: GuardedObject) {
        self.guarded_objects.push(object);
    }

    pub(crate) fn guarded_objects(&self) -> &[GuardedObject] {
        &self.guarded_objects
    }

    /// Adds the path parameters that a `T` is read from: a single value from the one that is `named`, or from the only one.
    pub(crate) fn path_key<T: JsonSchema>(&mut self, named: Option<&str>) -> PathKey {
        let schema = self.components.expand::<T>();
        let there = path_names(&self.path);
        let names = named.map_or_else(|| there.clone(), |named| vec![named.to_owned()]);
        let read = parameters(&schema, In::Path, &names);
        let by_name = named.is_some() || schema.get("properties").is_some();
        let places = schema.get("prefixItems").and_then(Value::as_array).map_or(1, Vec::len);
        let key = PathKey {
            parameters: read.iter().map(|parameter| parameter.name.clone()).collect(),
            all: (!by_name).then_some(places),
        };
        for parameter in read {
            // One that only the path around a mounted application has is none of this document.
            if named.is_none_or(|named| there.iter().any(|name| name == named)) {
                self.parameter(parameter);
            }
        }
        key
    }

    /// The statuses that it tells, that of the good answer first.
    pub(crate) fn statuses(&self) -> Vec<StatusCode> {
        let good = self.success.status.unwrap_or(StatusCode::OK);
        let others = self.responses.iter().map(|(status, _)| *status);
        std::iter::once(good).chain(others).collect()
    }

    pub(crate) fn number_of_responses(&self) -> usize {
        self.responses.len()
    }

    /// Gives the answers beside the good one another body, but for the first `kept` of them.
    pub(crate) fn write_responses_anew(&mut self, kept: usize, schema: &Schema) {
        for (_, response) in self.responses.iter_mut().skip(kept) {
            response.content = Some(Content::json(schema.clone()));
        }
    }

    /// Whether there is something of the client's to be validated.
    pub(crate) fn has_input(&self) -> bool {
        self.body.is_some() || !self.parameters.is_empty()
    }

    pub(crate) fn into_components(self) -> Components {
        self.components
    }

    /// The Operation Object, its members in FastAPI's order, with what its guards ask.
    pub(crate) fn to_value(&self, security: Option<Value>) -> Value {
        let mut object = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.into(), value);
            }
        };
        put("tags", (!self.tags.is_empty()).then(|| json!(self.tags)));
        put(
            "summary",
            Some(self.summary.as_ref().unwrap_or(&self.default_summary).as_str().into()),
        );
        put("description", self.description.as_deref().map(Value::from));
        put("operationId", Some(self.id.as_str().into()));
        put("parameters", self.parameters_value());
        put("requestBody", self.body_value());
        put("responses", Some(self.responses_value()));
        put("deprecated", self.deprecated.then_some(Value::Bool(true)));
        put("security", security);
        Value::Object(object)
    }

    fn parameters_value(&self) -> Option<Value> {
        let mut sorted: Vec<&Parameter> = self.parameters.iter().collect();
        sorted.sort_by_key(|parameter| parameter.location);
        (!sorted.is_empty()).then(|| sorted.into_iter().map(Parameter::to_value).collect())
    }

    fn body_value(&self) -> Option<Value> {
        let (content, required) = self.body.as_ref()?;
        let mut object = Map::new();
        let mut contents = content.to_value();
        if let (Some(contents), Some(Value::Object(other))) = (
            contents.as_object_mut(),
            self.other_body.as_ref().map(Content::to_value),
        ) {
            contents.extend(other);
        }
        object.insert("content".into(), contents);
        if *required {
            object.insert("required".into(), true.into());
        }
        Some(Value::Object(object))
    }

    fn responses_value(&self) -> Value {
        let mut object = Map::new();
        let status = self.success.status.unwrap_or(StatusCode::OK);
        let description = self.success.description.as_deref().unwrap_or("Successful Response");
        let mut good = ResponseObject::new(description);
        good.content.clone_from(&self.success.content);
        good.headers.clone_from(&self.success.headers);
        object.insert(status.as_str().into(), good.to_value());
        for (status, response) in &self.responses {
            object.entry(status.as_str()).or_insert_with(|| response.to_value());
        }
        Value::Object(object)
    }
}
