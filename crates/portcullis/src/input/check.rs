//! A value held against a schema: every error in pydantic's words, and pydantic's conversions.

use serde_json::{Map, Value};

use super::echo::echo;
use super::keyword::{choices, expected, fits, kind, length, list, plural};
use super::shape::Shape;
use crate::detail::{FieldError, Loc};

/// How many errors are told at most. Python would tell a million of a list of a million wrong numbers.
const ERRORS_MAX: usize = 100;

/// How many schemas stand in one another at most. JSON is read to a depth of 128.
const DEPTH_MAX: usize = 512;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// For every error, while what can be converted is converted.
    Everything,
    /// Only for what a value that serde took may still have wrong: ranges, lengths, patterns.
    Constraints,
}

/// One walk through a value.
pub(super) struct Check<'a> {
    pub(super) shape: &'a Shape,
    look: Look,
    loc: Vec<Loc>,
    depth: usize,
    pub(super) errors: Vec<FieldError>,
    /// Whether something was converted.
    pub(super) changed: bool,
}

impl<'a> Check<'a> {
    /// A walk whose errors begin at `place`: `body`, `query`, `path`.
    pub(super) fn new(shape: &'a Shape, look: Look, place: &'static str) -> Self {
        Self {
            shape,
            look,
            loc: vec![place.into()],
            depth: 0,
            errors: Vec::new(),
            changed: false,
        }
    }

    /// Walks through the member at the end of `step`.
    pub(super) fn at(&mut self, step: impl Into<Loc>, schema: &'a Value, value: &mut Value) {
        self.loc.push(step.into());
        self.value(schema, value);
        self.loc.pop();
    }

    /// Walks through a value.
    pub(super) fn value(&mut self, schema: &'a Value, value: &mut Value) {
        if self.errors.len() >= ERRORS_MAX || self.depth >= DEPTH_MAX {
            return;
        }
        self.depth = self.depth.saturating_add(1);
        self.resolved(self.shape.resolve(schema), value);
        self.depth = self.depth.saturating_sub(1);
    }

    fn resolved(&mut self, schema: &'a Value, value: &mut Value) {
        for part in list(schema, "allOf") {
            self.value(part, value);
        }
        if let Some(choices) = choices(schema) {
            return self.choice(&choices, value);
        }
        let branches = [list(schema, "anyOf"), list(schema, "oneOf")].concat();
        if !branches.is_empty() {
            return self.union(&branches, value);
        }
        match kind(schema, value) {
            "string" => self.text(schema, value),
            "integer" => self.whole(schema, value),
            "number" => self.float(schema, value),
            "boolean" => self.truth(value),
            "array" => self.array(schema, value),
            "object" => self.object(schema, value),
            _ => {}
        }
    }

    /// Notes that the value is none of its kind.
    pub(super) fn wrong(&mut self, kind: &'static str, msg: impl Into<std::borrow::Cow<'static, str>>, value: &Value) {
        if self.look == Look::Everything {
            self.push(FieldError::new(kind, self.loc.clone(), msg, self.echo(value)));
        }
    }

    /// Notes that the value is of its kind and breaks a constraint, `bound`, which the sentence names.
    pub(super) fn broken(&mut self, kind: &'static str, msg: String, ctx: (&str, &Value), value: &Value) {
        self.push(FieldError::new(kind, self.loc.clone(), msg, self.echo(value)).with_ctx(ctx.0, ctx.1.clone()));
    }

    /// The same with the whole `ctx`.
    fn push(&mut self, error: FieldError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }

    fn echo(&self, value: &Value) -> Value {
        if self.shape.secret {
            Value::Null
        } else {
            echo(value, &self.loc)
        }
    }

    /// Puts in what a value was converted to.
    pub(super) fn convert(&mut self, value: &mut Value, converted: Value) {
        if *value != converted {
            *value = converted;
            self.changed = true;
        }
    }

    fn choice(&mut self, choices: &[&Value], value: &mut Value) {
        if choices.contains(&&*value) {
            return;
        }
        let text = value.as_str().unwrap_or_default();
        let spelled = choices
            .iter()
            .find(|choice| !choice.is_string() && choice.to_string() == text);
        if let Some(choice) = spelled {
            return self.convert(value, (*choice).clone());
        }
        if self.look == Look::Everything {
            let expected = expected(choices);
            let msg = format!("Input should be {expected}");
            self.broken("enum", msg, ("expected", &expected.into()), value);
        }
    }

    /// A value that may be one of several. Told apart are they from outside; where that does not do, serde says what
    /// is wrong. Trying each to its end would take time beyond measure for a type that holds itself.
    fn union(&mut self, branches: &[&'a Value], value: &mut Value) {
        let branches: Vec<&'a Value> = branches.iter().map(|branch| self.shape.resolve(branch)).collect();
        let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) == Some("null");
        let others: Vec<&'a Value> = branches.iter().copied().filter(|branch| !is_null(branch)).collect();
        if value.is_null() && others.len() < branches.len() {
            return;
        }
        if let [only] = *others {
            return self.value(only, value);
        }
        let mut fitting = others.into_iter().filter(|branch| fits(self.shape, branch, value));
        if let (Some(branch), None) = (fitting.next(), fitting.next()) {
            self.value(branch, value);
        }
    }

    fn array(&mut self, schema: &'a Value, value: &mut Value) {
        let places = list(schema, "prefixItems");
        let (name, kind, msg) = if !places.is_empty() {
            ("Tuple", "tuple_type", "Input should be a valid tuple")
        } else if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            ("Set", "set_type", "Input should be a valid set")
        } else {
            ("List", "list_type", "Input should be a valid list")
        };
        let Value::Array(items) = value else {
            return self.wrong(kind, msg, value);
        };
        let rest = schema.get("items").unwrap_or(&Value::Null);
        for (place, item) in items.iter_mut().enumerate() {
            self.at(place, places.get(place).copied().unwrap_or(rest), item);
        }
        let count = items.len();
        for (bound, kind, most) in [("minItems", "too_short", false), ("maxItems", "too_long", true)] {
            let Some(limit) = length(schema, bound) else { continue };
            if (most && count > limit) || (!most && count < limit) {
                let (least, ctx) = if most {
                    ("most", "max_length")
                } else {
                    ("least", "min_length")
                };
                let items = plural(limit, "item");
                let msg = format!("{name} should have at {least} {items} after validation, not {count}");
                let error = FieldError::new(kind, self.loc.clone(), msg, self.echo(value))
                    .with_ctx("field_type", name)
                    .with_ctx(ctx, limit)
                    .with_ctx("actual_length", count);
                return self.push(error);
            }
        }
    }

    fn object(&mut self, schema: &'a Value, value: &mut Value) {
        let none = Map::new();
        let members = schema.get("properties").and_then(Value::as_object);
        if !value.is_object() {
            return match members {
                Some(_) => self.wrong(
                    "model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from",
                    value,
                ),
                None => self.wrong("dict_type", "Input should be a valid dictionary", value),
            };
        }
        let required: Vec<&str> = list(schema, "required")
            .iter()
            .filter_map(|name| name.as_str())
            .collect();
        let lacks = required.iter().any(|name| value.get(name).is_none());
        let whole = if lacks { self.echo(value) } else { Value::Null };
        let Value::Object(object) = value else { return };
        for (name, member) in members.into_iter().flatten() {
            match object.get_mut(name) {
                Some(value) => self.at(name.clone(), member, value),
                None if self.look == Look::Everything && required.contains(&name.as_str()) => {
                    let loc = self.loc.iter().cloned().chain([name.clone().into()]);
                    self.push(FieldError::missing(loc, whole.clone()));
                }
                None => {}
            }
        }
        let Some(rest) = schema.get("additionalProperties") else {
            return;
        };
        for (name, value) in object
            .iter_mut()
            .filter(|(name, _)| !members.unwrap_or(&none).contains_key(*name))
        {
            if *rest == Value::Bool(false) {
                self.loc.push(name.clone().into());
                self.wrong("extra_forbidden", "Extra inputs are not permitted", value);
                self.loc.pop();
            } else {
                self.at(name.clone(), rest, value);
            }
        }
    }
}
