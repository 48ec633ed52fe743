//! A value held against its schemas: every error in pydantic's words, pydantic's conversions, and nothing left in it that
//! no schema knows.

use serde_json::Value;

use super::echo::echo;
use super::fit::Fit;
use super::keyword::{choices, expected, kind, list, looks, members};
use super::shape::Shape;
use crate::detail::{FieldError, Loc};

/// How many errors are told at most. Python would tell a million of a list of a million wrong numbers.
const ERRORS_MAX: usize = 100;

/// How many values stand in one another at most. JSON is read to a depth of 128.
const DEPTH_MAX: usize = 256;

/// One walk through a value.
pub(super) struct Check<'a> {
    pub(super) shape: &'a Shape,
    loc: Vec<Loc>,
    depth: usize,
    /// How many values around this one are of several kinds that fit: any of them may be what serde takes.
    doubt: usize,
    fit: Fit,
    pub(super) errors: Vec<FieldError>,
    /// Where a value is none of the kinds that it may be, or cannot be told apart: serde says what is wrong there, and
    /// what it would take is refused.
    pub(super) undecided: Option<Vec<Loc>>,
}

impl<'a> Check<'a> {
    /// A walk whose errors begin at `place`: `body`, `query`, `path`.
    pub(super) fn new(shape: &'a Shape, place: &'static str) -> Self {
        Self {
            shape,
            loc: vec![place.into()],
            depth: 0,
            doubt: 0,
            fit: Fit::default(),
            errors: Vec::new(),
            undecided: None,
        }
    }

    /// Walks through the member at the end of `step`.
    pub(super) fn at(&mut self, step: impl Into<Loc>, schemas: &[&'a Value], value: &mut Value) {
        self.step(step, |check| check.value(schemas, value));
    }

    /// Does something one step further down.
    pub(super) fn step(&mut self, step: impl Into<Loc>, what: impl FnOnce(&mut Self)) {
        self.loc.push(step.into());
        what(self);
        self.loc.pop();
    }

    /// Walks through a value, for which all of these schemas hold.
    pub(super) fn value(&mut self, schemas: &[&'a Value], value: &mut Value) {
        if self.errors.len() >= ERRORS_MAX {
            return;
        }
        if self.depth >= DEPTH_MAX {
            return self.refuse("this is nested too deeply");
        }
        let doubt = self.doubt;
        self.depth = self.depth.saturating_add(1);
        let mut parts = self.parts(schemas, value);
        // First those that convert: what others ask is asked of what the value becomes.
        parts.sort_by_key(|part| part.get("type").is_none());
        self.held(&parts, value);
        (self.depth, self.doubt) = (self.depth.saturating_sub(1), doubt);
    }

    fn held(&mut self, parts: &[&'a Value], value: &mut Value) {
        let before = self.errors.len();
        for part in parts {
            if self.errors.len() > before {
                return;
            }
            self.part(part, value);
        }
        if self.errors.len() > before {
            return;
        }
        match value {
            Value::Object(_) => self.object(parts, value),
            Value::Array(_) => self.array(parts, value),
            _ => {}
        }
        for not in parts.iter().filter_map(|part| part.get("not")) {
            if self.errors.len() == before && self.holds(not, value) {
                self.refuse("this value is not allowed");
            }
        }
    }

    /// What one schema asks of the value itself.
    fn part(&mut self, part: &'a Value, value: &mut Value) {
        if *part == Value::Bool(false) {
            return self.refuse("nothing is allowed here");
        }
        if let Some(choices) = choices(part) {
            return self.choice(&choices, value);
        }
        match kind(part, value) {
            "string" => self.text(part, value),
            "integer" => self.whole(part, value),
            "number" => self.float(part, value),
            "boolean" => self.truth(value),
            "array" if !value.is_array() => self.no_list(part, value),
            // A struct as a list, which is held against the members in their order.
            "object" if self.doubt > 0 && value.is_array() && members(part).is_some() => {}
            "object" if !value.is_object() => {
                let (kind, msg) = match part.get("properties") {
                    Some(_) => (
                        "model_attributes_type",
                        "Input should be a valid dictionary or object to extract fields from",
                    ),
                    None => ("dict_type", "Input should be a valid dictionary"),
                };
                self.wrong(kind, msg, value);
            }
            "null" if !value.is_null() => self.wrong("none_required", "Input should be None", value),
            "" => self.undecided(),
            _ => {}
        }
    }

    /// All schemas that hold for this value: these, what they refer to, what they are made of, and of what may be one
    /// of several kinds those that it is.
    fn parts(&mut self, schemas: &[&'a Value], value: &Value) -> Vec<&'a Value> {
        let mut parts: Vec<&'a Value> = Vec::new();
        let mut open: Vec<&'a Value> = schemas.iter().rev().copied().collect();
        while let Some(schema) = open.pop() {
            if parts.iter().any(|part| std::ptr::eq(*part, schema)) {
                continue;
            }
            parts.push(schema);
            if choices(schema).is_none() {
                for several in ["oneOf", "anyOf"] {
                    open.extend(self.kinds(&list(schema, several), value).into_iter().rev());
                }
            }
            open.extend(list(schema, "allOf").into_iter().rev());
            open.extend(self.shape.referred(schema));
        }
        parts
    }

    /// Of several kinds those that the value is: all that fit must hold, for nobody knows which one serde takes. Where
    /// none fits as it stands, the one that it looks like from outside, so that its errors can be told.
    fn kinds(&mut self, branches: &[&'a Value], value: &Value) -> Vec<&'a Value> {
        let shape = self.shape;
        let is_null = |branch: &&&'a Value| shape.resolve(branch).get("type").is_some_and(|kind| kind == "null");
        if let (true, Some(null)) = (value.is_null(), branches.iter().find(is_null)) {
            return vec![null];
        }
        let others: Vec<&'a Value> = branches.iter().filter(|branch| !is_null(branch)).copied().collect();
        if others.len() < 2 {
            return others;
        }
        let fit = &mut self.fit;
        let fitting: Vec<&'a Value> = others
            .iter()
            .copied()
            .filter(|kind| fit.fits(shape, kind, value))
            .collect();
        if !fitting.is_empty() {
            self.doubt = self.doubt.saturating_add(usize::from(fitting.len() > 1));
            return fitting;
        }
        let mut alike = others
            .into_iter()
            .filter(|kind| looks(shape, shape.resolve(kind), value));
        match (alike.next(), alike.next()) {
            (Some(one), None) => vec![one],
            _ => {
                self.undecided();
                Vec::new()
            }
        }
    }

    /// Whether a value is already as a schema asks, without a conversion.
    pub(super) fn holds(&self, schema: &'a Value, value: &Value) -> bool {
        let (mut trial, mut copy) = (Check::new(self.shape, "body"), value.clone());
        trial.depth = self.depth;
        trial.value(&[schema], &mut copy);
        trial.errors.is_empty() && trial.undecided.is_none() && copy == *value
    }

    /// Notes that the value is none of its kind.
    pub(super) fn wrong(&mut self, kind: &'static str, msg: impl Into<std::borrow::Cow<'static, str>>, value: &Value) {
        self.push(FieldError::new(kind, self.loc.clone(), msg, self.echo(value)));
    }

    /// Notes that the value is of its kind and breaks a constraint, `bound`, which the sentence names.
    pub(super) fn broken(&mut self, kind: &'static str, msg: String, ctx: (&str, &Value), value: &Value) {
        self.push(FieldError::new(kind, self.loc.clone(), msg, self.echo(value)).with_ctx(ctx.0, ctx.1.clone()));
    }

    /// Notes what pydantic has no words for, and repeats nothing.
    pub(super) fn refuse(&mut self, why: &str) {
        let msg = format!("Value error, {why}");
        self.push(FieldError::new("value_error", self.loc.clone(), msg, Value::Null));
    }

    /// The place at which the walk is.
    pub(super) fn loc(&self) -> Vec<Loc> {
        self.loc.clone()
    }

    pub(super) fn push(&mut self, error: FieldError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }

    fn undecided(&mut self) {
        self.undecided.get_or_insert_with(|| self.loc.clone());
    }

    pub(super) fn echo(&self, value: &Value) -> Value {
        if self.shape.secret {
            Value::Null
        } else {
            echo(value, &self.loc)
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
            *value = (*choice).clone();
            return;
        }
        let expected = expected(choices);
        let msg = format!("Input should be {expected}");
        self.broken("enum", msg, ("expected", &expected.into()), value);
    }
}
