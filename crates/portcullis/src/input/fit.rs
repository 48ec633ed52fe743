//! Which of several kinds a value is: whether it is, down to its leaves, of the types that a schema names.

use std::collections::HashMap;

use serde_json::Value;

use super::keyword::{choices, kind, length, list, members, of_item, of_member, type_of};
use super::shape::Shape;

/// How deep values and schemas may stand in one another. JSON is read to a depth of 128.
const DEPTH_MAX: usize = 512;

/// Answers that were found, so that a type that holds itself costs no more than its value is long. They are kept by
/// address: a value is asked about before it or anything in it is converted, and never after.
#[derive(Default)]
pub(super) struct Fit {
    known: HashMap<(*const Value, *const Value), bool>,
    depth: usize,
}

impl Fit {
    /// Whether serde could read the value as what the schema stands for. Nothing is converted; ranges, lengths and
    /// patterns are not looked at.
    pub(super) fn fits(&mut self, shape: &Shape, schema: &Value, value: &Value) -> bool {
        let key = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.depth >= DEPTH_MAX {
            return false;
        }
        // A schema that leads to itself asks nothing more.
        self.known.insert(key, true);
        self.depth = self.depth.saturating_add(1);
        let fits = self.looked_at(shape, schema, value);
        self.depth = self.depth.saturating_sub(1);
        self.known.insert(key, fits);
        fits
    }

    fn looked_at(&mut self, shape: &Shape, schema: &Value, value: &Value) -> bool {
        if let Value::Bool(allowed) = schema {
            return *allowed;
        }
        if let Some(choices) = choices(schema) {
            return choices.contains(&value);
        }
        if !self.fits_parts(shape, schema, value) {
            return false;
        }
        let (asked, own) = (kind(schema, value), type_of(value));
        // serde reads a struct that stands as a list, by position.
        let listed = || {
            members(schema)
                .zip(value.as_array())
                .is_some_and(|(own, items)| items.len() <= own.len())
        };
        if asked != own && !(asked == "number" && own == "integer") && !(asked == "object" && listed()) {
            return false;
        }
        match value {
            Value::Object(object) => {
                let there = |name: &&Value| name.as_str().is_some_and(|name| object.contains_key(name));
                list(schema, "required").iter().all(there)
                    && object.iter().all(|(name, member)| {
                        let schemas = of_member(shape, schema, name);
                        schemas.into_iter().all(|schema| self.fits(shape, schema, member))
                    })
            }
            Value::Array(items) => {
                has_length(schema, items.len())
                    && items
                        .iter()
                        .enumerate()
                        .all(|(place, item)| of_item(schema, place).is_none_or(|schema| self.fits(shape, schema, item)))
            }
            _ => true,
        }
    }

    /// Whether it fits all that the schema is made of, and one of each several.
    fn fits_parts(&mut self, shape: &Shape, schema: &Value, value: &Value) -> bool {
        let mut parts = shape.referred(schema).into_iter().chain(list(schema, "allOf"));
        parts.all(|part| self.fits(shape, part, value))
            && [list(schema, "anyOf"), list(schema, "oneOf")]
                .into_iter()
                .all(|several| several.is_empty() || several.into_iter().any(|branch| self.fits(shape, branch, value)))
    }
}

/// Whether a list is as long as a tuple asks: its length is a part of its type. Of other lists it is not.
fn has_length(schema: &Value, count: usize) -> bool {
    let within = |keyword: &str, holds: fn(&usize, &usize) -> bool| {
        length(schema, keyword).is_none_or(|bound| holds(&count, &bound))
    };
    schema.get("prefixItems").is_none() || (within("minItems", usize::ge) && within("maxItems", usize::le))
}
