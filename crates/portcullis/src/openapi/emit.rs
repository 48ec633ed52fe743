//! An operation written down.

use http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use super::Operation;
use super::objects::{Content, Parameter, ResponseObject};

impl Operation {
    /// Whether its errors are those of a protocol (RFC 6749 §5.2), which clients of that read.
    pub(crate) fn is_protocol(&self) -> bool {
        self.login || self.clients || self.own_refusals
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
        object.insert("content".into(), content.to_value());
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
