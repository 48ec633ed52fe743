//! Texts with names, as queries and forms have them, as the members of a value.

use serde_json::{Map, Value};

use super::keyword::list;
use super::shape::Shape;

/// The members: a field that is a list takes every text of its name, any other one the last.
pub(super) fn members(shape: &Shape, pairs: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, text) in pairs {
        if !takes_list(shape, &name) {
            members.insert(name, text.into());
        } else if let Value::Array(items) = members.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            items.push(text.into());
        }
    }
    members
}

/// Whether the field of that name is a list, or may be one.
fn takes_list(shape: &Shape, name: &str) -> bool {
    let is_list = |schema: &Value| match shape.resolve(schema).get("type") {
        Some(Value::String(kind)) => kind == "array",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
        _ => false,
    };
    let Some(field) = shape.root().get("properties").and_then(|fields| fields.get(name)) else {
        return false;
    };
    is_list(field) || list(shape.resolve(field), "anyOf").into_iter().any(is_list)
}
