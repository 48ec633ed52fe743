//! Schemas of types, in the form in which pydantic writes them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::names;
use super::objects::{In, Parameter};
use super::pydantic::rewrite;

/// The named schemas of a document.
#[derive(Debug)]
pub(crate) struct Components {
    generator: SchemaGenerator,
    own: BTreeMap<String, Value>,
    /// The document is FastAPI's also where that could say more.
    pub(super) as_fastapi: bool,
}

impl Default for Components {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            generator: settings.into_generator(),
            as_fastapi: false,
            own: BTreeMap::new(),
        }
    }
}

impl Components {
    /// None yet. `as_fastapi`: the document is FastAPI's also where that could say more.
    pub(super) fn of(as_fastapi: bool) -> Self {
        Self {
            as_fastapi,
            ..Self::default()
        }
    }

    /// The schema of `T`: a reference where it has a name of its own.
    pub(crate) fn schema<T: JsonSchema>(&mut self) -> Schema {
        let mut schema = self.generator.subschema_for::<T>();
        rewrite(&mut schema);
        schema
    }

    /// The schema of an answer. One without a name is titled after the operation, as FastAPI does.
    pub(crate) fn answer<T: JsonSchema>(&mut self, operation_id: &str) -> Schema {
        let mut schema = self.schema::<T>();
        let says_something = schema.as_object().is_some_and(|object| !object.is_empty());
        if says_something && schema.get("$ref").is_none() && schema.get("title").is_none() {
            schema.insert("title".into(), names::title(&format!("Response_{operation_id}")).into());
        }
        schema
    }

    /// The schema of `T` itself, even if it has a name.
    pub(crate) fn expand<T: JsonSchema>(&mut self) -> Schema {
        let mut schema = T::json_schema(&mut self.generator);
        rewrite(&mut schema);
        schema
    }

    /// Registers a schema that belongs to no type and gives the reference to it.
    pub(crate) fn insert(&mut self, name: String, schema: Schema) -> Schema {
        let reference = json_schema!({ "$ref": format!("#/components/schemas/{name}") });
        self.own.insert(name, schema.to_value());
        reference
    }

    /// Those that `paths` refers to, directly or through others, sorted by name.
    pub(crate) fn into_schemas(mut self, paths: &Value) -> Map<String, Value> {
        let mut sorted = self.own;
        for (name, value) in self.generator.take_definitions(false) {
            let Ok(mut schema) = Schema::try_from(value) else {
                continue;
            };
            rewrite(&mut schema);
            if schema.get("title").is_none() {
                schema.insert("title".into(), name.as_str().into());
            }
            sorted.insert(name, schema.to_value());
        }
        let mut used = BTreeSet::new();
        let mut open = Vec::new();
        collect_references(paths, &mut open);
        while let Some(name) = open.pop() {
            if let Some(schema) = sorted.get(&name)
                && used.insert(name)
            {
                collect_references(schema, &mut open);
            }
        }
        sorted.into_iter().filter(|(name, _)| used.contains(name)).collect()
    }
}

/// The names of components that a value refers to.
fn collect_references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            names.extend(
                reference
                    .and_then(|text| text.strip_prefix("#/components/schemas/"))
                    .map(str::to_owned),
            );
            object.values().for_each(|inner| collect_references(inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_references(inner, names)),
        _ => {}
    }
}

/// The names in `{…}` of a route.
pub(crate) fn path_names(path: &str) -> Vec<String> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The parameters that a schema stands for: the members of an object, or (with `names` from the route) the members of
/// a tuple, or the one value.
pub(crate) fn parameters(schema: &Schema, location: In, names: &[String]) -> Vec<Parameter> {
    let make = |name: &str, value: &Value, required: bool| Parameter {
        name: name.to_owned(),
        location,
        required,
        description: value.get("description").and_then(Value::as_str).map(str::to_owned),
        schema: Schema::try_from(value.clone()).unwrap_or_default(),
    };
    if let Some(members) = schema.get("properties").and_then(Value::as_object) {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        return members
            .iter()
            .map(|(name, value)| make(name, value, required.contains(&name.as_str())))
            .collect();
    }
    if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
        return names
            .iter()
            .zip(items)
            .map(|(name, value)| make(name, value, true))
            .collect();
    }
    names
        .iter()
        .take(1)
        .map(|name| make(name, schema.as_value(), true))
        .collect()
}

/// FastAPI's schema of its 422: a list of errors.
pub(crate) struct HttpValidationError;

/// FastAPI's schema of one such error.
struct ValidationError;

impl JsonSchema for HttpValidationError {
    fn schema_name() -> Cow<'static, str> {
        "HTTPValidationError".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "properties": {
                "detail": { "items": generator.subschema_for::<ValidationError>(), "type": "array", "title": "Detail" }
            },
            "type": "object"
        })
    }
}

impl JsonSchema for ValidationError {
    fn schema_name() -> Cow<'static, str> {
        "ValidationError".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "properties": {
                "loc": {
                    "items": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                    "type": "array",
                    "title": "Location"
                },
                "msg": { "type": "string", "title": "Message" },
                "type": { "type": "string", "title": "Error Type" },
                "input": { "title": "Input" },
                "ctx": { "type": "object", "title": "Context" }
            },
            "type": "object",
            "required": ["loc", "msg", "type"]
        })
    }
}
