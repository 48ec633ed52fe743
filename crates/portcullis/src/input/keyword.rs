//! What the keywords of a schema say (JSON Schema 2020-12).

use serde_json::{Map, Value};

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

/// The type as which a value is looked at: the one that the schema asks for; of several, and where it names none, that
/// of the value.
pub(super) fn kind<'a>(schema: &'a Value, value: &Value) -> &'a str {
    let own = type_of(value);
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let kinds = || kinds.iter().filter_map(Value::as_str);
            let is_own = |kind: &&str| *kind == own || *kind == "number" && own == "integer";
            let mut others = kinds().filter(|kind| *kind != "null");
            match (kinds().find(is_own), others.next(), others.next()) {
                (Some(kind), ..) | (None, Some(kind), None) => kind,
                _ => "",
            }
        }
        _ if schema.get("properties").is_some() => "object",
        _ => own,
    }
}

/// The type of a value, in the words of schemas.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
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

/// The schemas that an object's schema has for a member: its property's, those of the patterns that its name matches,
/// or that of all others. `false` forbids it.
pub(super) fn of_member<'a>(shape: &Shape, schema: &'a Value, name: &str) -> Vec<&'a Value> {
    let own = schema.get("properties").and_then(|members| members.get(name));
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let matching = patterns.into_iter().flatten();
    let matching = matching.filter(|(pattern, _)| shape.matches(pattern, name));
    let mut found: Vec<&Value> = own.into_iter().chain(matching.map(|(_, member)| member)).collect();
    if found.is_empty() {
        found.extend(schema.get("additionalProperties"));
    }
    found
}

/// The schema that an array's schema has for the item at a place; that of an object for what stands as a list.
pub(super) fn of_item(schema: &Value, place: usize) -> Option<&Value> {
    if let Some(members) = members(schema) {
        return members.values().nth(place);
    }
    let places = schema.get("prefixItems").and_then(|places| places.get(place));
    places.or_else(|| schema.get("items"))
}

/// The properties that an object's schema names.
pub(super) fn members(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// Whether a value looks from outside as a schema says.
pub(super) fn looks(shape: &Shape, schema: &Value, value: &Value) -> bool {
    if let Some(choices) = choices(schema) {
        return choices.contains(&value);
    }
    let asked = kind(schema, value);
    if asked != "object" {
        return asked == type_of(value) || asked == "number" && value.is_number();
    }
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
