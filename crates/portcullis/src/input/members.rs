//! Objects and arrays held against their schemas.

use std::collections::HashSet;

use serde_json::Value;

use super::check::Check;
use super::keyword::{length, list, of_item, of_member, plural};
use crate::detail::FieldError;

impl<'a> Check<'a> {
    /// Members that are missing, wrong or forbidden; those that no schema knows are taken out, so that serde does not
    /// see them: an alias, say, would go around what the document promises.
    pub(super) fn object(&mut self, parts: &[&'a Value], value: &mut Value) {
        let mut names: Vec<&'a String> = Vec::new();
        for name in parts
            .iter()
            .filter_map(|part| part.get("properties")?.as_object())
            .flat_map(|own| own.keys())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let required = parts
            .iter()
            .flat_map(|part| list(part, "required"))
            .filter_map(Value::as_str);
        let required: HashSet<&str> = required.collect();
        let lacks = required.iter().any(|name| value.get(name).is_none());
        let whole = if lacks { self.echo(value) } else { Value::Null };
        let Value::Object(object) = value else { return };
        for name in &names {
            match object.get_mut(*name) {
                Some(member) => {
                    let schemas = self.schemas(parts, name);
                    self.at((*name).clone(), &schemas, member);
                }
                None if required.contains(name.as_str()) => self.missing(name, whole.clone()),
                None => {}
            }
        }
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            if !names.iter().any(|own| own == name) {
                self.missing(name, whole.clone());
            }
        }
        self.others(parts, value);
        self.count(parts, value);
    }

    fn missing(&mut self, name: &str, whole: Value) {
        self.step(name.to_owned(), |check| {
            check.push(FieldError::missing(check.loc(), whole))
        });
    }

    /// All schemas of a member.
    fn schemas(&self, parts: &[&'a Value], name: &str) -> Vec<&'a Value> {
        let shape = self.shape;
        parts.iter().flat_map(|part| of_member(shape, part, name)).collect()
    }

    /// The members that are no property of any schema.
    fn others(&mut self, parts: &[&'a Value], value: &mut Value) {
        let Value::Object(object) = value else { return };
        let is = |part: &Value, keyword: &str, said: bool| part.get(keyword) == Some(&Value::Bool(said));
        let closed = parts.iter().any(|part| is(part, "unevaluatedProperties", false));
        // What says nothing of members takes all.
        let open = !parts.iter().any(|part| part.get("properties").is_some());
        let mut unknown: HashSet<String> = HashSet::new();
        for (name, member) in object.iter_mut() {
            if parts
                .iter()
                .filter_map(|part| part.get("properties"))
                .any(|own| own.get(name).is_some())
            {
                continue;
            }
            let schemas = self.schemas(parts, name);
            let forbidden = schemas.contains(&&Value::Bool(false)) || schemas.is_empty() && closed;
            if forbidden {
                let msg = "Extra inputs are not permitted";
                self.step(name.clone(), |check| check.wrong("extra_forbidden", msg, member));
            } else if !schemas.is_empty() {
                self.at(name.clone(), &schemas, member);
            } else if !open {
                unknown.insert(name.clone());
            }
            for names in parts.iter().filter_map(|part| part.get("propertyNames")) {
                if !self.holds(names, &Value::from(name.as_str())) {
                    self.refuse("a member has a name that is not allowed");
                }
            }
        }
        object.retain(|name, _| !unknown.contains(name));
    }

    fn count(&mut self, parts: &[&'a Value], value: &Value) {
        let count = value.as_object().map_or(0, serde_json::Map::len);
        self.sized(parts, ["minProperties", "maxProperties"], ("Dictionary", count), value);
    }

    /// Notes that an array was asked for.
    pub(super) fn no_list(&mut self, part: &'a Value, value: &Value) {
        let (kind, msg) = match name(part) {
            "Tuple" => ("tuple_type", "Input should be a valid tuple"),
            "Set" => ("set_type", "Input should be a valid set"),
            _ => ("list_type", "Input should be a valid list"),
        };
        self.wrong(kind, msg, value);
    }

    /// Items, and how many there are; what stands in a set twice is taken out before they are counted.
    pub(super) fn array(&mut self, parts: &[&'a Value], value: &mut Value) {
        let Value::Array(items) = value else { return };
        for (place, item) in items.iter_mut().enumerate() {
            let schemas: Vec<&'a Value> = parts.iter().filter_map(|part| of_item(part, place)).collect();
            self.at(place, &schemas, item);
        }
        if parts.iter().any(|part| name(part) == "Set") {
            let mut seen = HashSet::new();
            items.retain(|item| seen.insert(item.to_string()));
        }
        let count = items.len();
        let kind = parts.iter().map(|part| name(part)).find(|name| *name != "List");
        self.sized(parts, ["minItems", "maxItems"], (kind.unwrap_or("List"), count), value);
    }

    /// Whether there are too few or too many, in pydantic's words.
    fn sized(&mut self, parts: &[&'a Value], bounds: [&str; 2], (what, count): (&'static str, usize), value: &Value) {
        for part in parts {
            let [least, most] = bounds.map(|bound| length(part, bound));
            let (kind, words, ctx, limit) = match (least, most) {
                (Some(least), _) if count < least => ("too_short", "least", "min_length", least),
                (_, Some(most)) if count > most => ("too_long", "most", "max_length", most),
                _ => continue,
            };
            let items = plural(limit, "item");
            let msg = format!("{what} should have at {words} {items} after validation, not {count}");
            let error = FieldError::new(kind, self.loc(), msg, self.echo(value));
            let error = error.with_ctx("field_type", what).with_ctx(ctx, limit);
            return self.push(error.with_ctx("actual_length", count));
        }
    }
}

/// What pydantic calls an array.
fn name(part: &Value) -> &'static str {
    if part.get("prefixItems").is_some() {
        "Tuple"
    } else if part.get("uniqueItems") == Some(&Value::Bool(true)) {
        "Set"
    } else {
        "List"
    }
}
