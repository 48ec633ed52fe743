//! A JSON object, read member by member.

use portcullis_core::{ScopeSet, is_scope_token};
use serde_json::{Map, Value};

use crate::detail::{FieldError, Loc};

pub(super) fn too_long(place: &'static str, name: &'static str, most: usize) -> FieldError {
    let msg = format!("String should have at most {most} bytes");
    FieldError::new("string_too_long", [place, name], msg, Value::Null).with_ctx("max_length", most)
}

/// The members of a JSON object, and what was wrong with those that were read. A value is repeated in an error only
/// where it is no text: a text may be a password that stands in the wrong place.
pub(super) struct Members {
    object: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Members {
    pub(super) fn of(object: Map<String, Value>) -> Self {
        Self {
            object,
            errors: Vec::new(),
        }
    }

    /// Whether nothing was wrong with those that were read.
    pub(super) fn are_right(&self) -> bool {
        self.errors.is_empty()
    }

    pub(super) fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Notes that a member is wrong, without its value.
    pub(super) fn wrong(&mut self, kind: &'static str, name: &'static str, msg: &'static str) {
        self.errors
            .push(FieldError::new(kind, ["body", name], msg, Value::Null));
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.object.remove(name) {
            Some(Value::String(text)) => return Some(text),
            Some(_) => self.wrong("string_type", name, "Input should be a valid string"),
            None => self.errors.push(FieldError::missing(["body", name], Value::Null)),
        }
        None
    }

    /// A text that may be `null` or absent: `None` if absent.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<Option<String>> {
        match self.object.remove(name) {
            None => None,
            Some(Value::Null) => Some(None),
            Some(Value::String(text)) => Some(Some(text)),
            Some(_) => {
                self.wrong("string_type", name, "Input should be a valid string");
                None
            }
        }
    }

    /// `true` or `false`, if there.
    pub(super) fn truth(&mut self, name: &'static str) -> Option<bool> {
        match self.object.remove(name)? {
            Value::Bool(truth) => Some(truth),
            _ => {
                self.wrong("bool_type", name, "Input should be a valid boolean");
                None
            }
        }
    }

    /// A list of scopes, if there.
    pub(super) fn scopes(&mut self, name: &'static str) -> Option<ScopeSet> {
        let Value::Array(items) = self.object.remove(name)? else {
            self.wrong("list_type", name, "Input should be a valid list");
            return None;
        };
        let bytes: usize = items
            .iter()
            .filter_map(Value::as_str)
            .map(|word| word.len().saturating_add(1))
            .sum();
        if bytes > ScopeSet::MAX_LEN {
            self.errors.push(too_long("body", name, ScopeSet::MAX_LEN));
            return None;
        }
        for (place, item) in items.iter().enumerate() {
            let (kind, msg) = match item.as_str() {
                Some(word) if is_scope_token(word) => continue,
                Some(_) => ("value_error", "Value error, not a scope (RFC 6749 section 3.3)"),
                None => ("string_type", "Input should be a valid string"),
            };
            let place: [Loc; 3] = ["body".into(), name.into(), place.into()];
            self.errors.push(FieldError::new(kind, place, msg, Value::Null));
        }
        Some(items.iter().filter_map(Value::as_str).collect())
    }
}
