//! What the keywords of a schema say (JSON Schema 2020-12).

use serde_json::Value;

use super::shape::Shape;

/// The schemas of a list of them; none where there is no such list.
pub(super) fn list<'a>(schema: &'a Value, name: &str) -> Vec<&'a Value> {
    schema
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect()
}

/// A length that a schema asks for.
pub(super) fn length(schema: &Value, name: &str) -> Option<usize> {
    schema.get(name)?.as_u64()?.try_into().ok()
}

/// `1 item`, `2 items`.
pub(super) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The type that a schema asks for, or "" where it says none, or says several of which the value may be any.
pub(super) fn kind<'a>(schema: &'a Value, value: &Value) -> &'a str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut others = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            match (others.next(), others.next()) {
                (Some(kind), None) if !value.is_null() => kind,
                _ => "",
            }
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

/// The only values that a schema allows, where it lists them: also as schemars writes an enum with documented variants.
pub(super) fn choices(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(only) = schema.get("const") {
        return Some(vec![only]);
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Some(choices.iter().collect());
    }
    let branches = list(schema, "oneOf");
    let listed = |branch: &&'_ Value| branch.get("const").or(branch.get("enum")).is_some();
    (!branches.is_empty() && branches.iter().all(listed))
        .then(|| branches.into_iter().filter_map(choices).flatten().collect())
}

/// `'red', 'green' or 'blue'`.
pub(super) fn expected(choices: &[&Value]) -> String {
    let spelled = choices.iter().map(|choice| match choice {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    });
    let mut spelled: Vec<String> = spelled.collect();
    match (spelled.pop(), spelled.is_empty()) {
        (Some(last), false) => format!("{} or {last}", spelled.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

/// Whether a value looks from outside as a schema says.
pub(super) fn fits(shape: &Shape, schema: &Value, value: &Value) -> bool {
    if let Some(choices) = choices(schema) {
        return choices.contains(&value);
    }
    match kind(schema, value) {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => {
            let members = schema.get("properties").and_then(Value::as_object);
            let mut tags = members
                .into_iter()
                .flatten()
                .filter_map(|(name, member)| Some((name, shape.resolve(member).get("const")?)))
                .peekable();
            let there = |name: &&Value| name.as_str().is_some_and(|name| value.get(name).is_some());
            // A tag tells the kind, whatever else is missing.
            value.is_object()
                && (tags.peek().is_some() || list(schema, "required").iter().all(there))
                && tags.all(|(name, tag)| value.get(name) == Some(tag))
        }
        _ => true,
    }
}
