//! schemars' schemas rewritten as pydantic writes them.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use super::names;

/// Formats of Rust's number types that JSON Schema and OpenAPI do not know, or that pydantic leaves out.
const NUMBER_FORMATS: [&str; 14] = [
    "int8", "int16", "int32", "int64", "int128", "int", "uint8", "uint16", "uint32", "uint64", "uint128", "uint",
    "float", "double",
];

/// What says something about a value for the reader, and so stays beside `anyOf`.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "$comment",
];

/// Rewrites a schema and everything in it:
/// - `"type": ["string", "null"]` becomes `"anyOf": [{"type": "string"}, {"type": "null"}]`;
/// - every member of an object is titled, unless it is a reference;
/// - the schema `true` becomes `{}`; the formats of Rust's number types, empty descriptions and null defaults go.
pub(crate) fn rewrite(schema: &mut Schema) {
    Pydantic.transform(schema);
}

#[derive(Clone)]
struct Pydantic;

impl Transform for Pydantic {
    fn transform(&mut self, schema: &mut Schema) {
        // A boolean there is a plain yes or no for pydantic.
        let additional = schema
            .get("additionalProperties")
            .filter(|value| value.is_boolean())
            .cloned();
        transform_subschemas(self, schema);
        if schema.as_bool() == Some(true) {
            *schema = Schema::default();
        }
        let Some(object) = schema.as_object_mut() else { return };
        if let Some(additional) = additional {
            object.insert("additionalProperties".into(), additional);
        }
        if object
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| NUMBER_FORMATS.contains(&format))
        {
            object.shift_remove("format");
        }
        if object.get("description").and_then(Value::as_str) == Some("") {
            object.shift_remove("description");
        }
        if object.get("default") == Some(&Value::Null) {
            object.shift_remove("default");
        }
        split_nullable(object);
        if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
            title_members(properties);
        }
    }
}

/// `type: [T, null]` → `anyOf: [{type: T}, {type: null}]`, the constraints with their type.
fn split_nullable(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get("type") else {
        return;
    };
    let types = types.clone();
    let whole = std::mem::take(object);
    let (outside, inside): (Map<_, _>, Map<_, _>) = whole
        .into_iter()
        .filter(|(name, _)| name != "type")
        .partition(|(name, _)| ANNOTATIONS.contains(&name.as_str()));
    let branches = types.into_iter().map(|kind| {
        if kind == "null" {
            return json!({ "type": "null" });
        }
        let mut branch = Map::new();
        branch.insert("type".into(), kind);
        branch.extend(inside.clone());
        Value::Object(branch)
    });
    object.insert("anyOf".into(), branches.collect());
    object.extend(outside);
}

fn title_members(properties: &mut Map<String, Value>) {
    for (name, member) in properties {
        let Value::Object(member) = member else { continue };
        if !member.contains_key("title") && !is_reference(member) {
            member.insert("title".into(), names::title(name).into());
        }
    }
}

/// Whether a schema is a reference, or a reference or null: these are titled where they are defined.
fn is_reference(object: &Map<String, Value>) -> bool {
    if object.contains_key("$ref") {
        return true;
    }
    let Some(branches) = object
        .get("anyOf")
        .or_else(|| object.get("allOf"))
        .and_then(Value::as_array)
    else {
        return false;
    };
    let mut others = branches
        .iter()
        .filter(|branch| branch.get("type") != Some(&Value::from("null")));
    others.next().is_some_and(|only| only.get("$ref").is_some()) && others.next().is_none()
}
