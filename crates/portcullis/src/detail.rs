//! FastAPI's list of what is wrong with a request's fields: `{"detail":[{type, loc, msg, input, ctx}]}`.

use std::borrow::Cow;
use std::fmt;

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ours::OurError;

/// One step of the way to a field: a name, or a place in a list (counted from 0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Loc {
    /// `"body"`, `"query"`, `"path"`, or the name of a member.
    Name(Cow<'static, str>),
    /// The place in a list, from 0.
    Index(usize),
}

impl From<&'static str> for Loc {
    fn from(name: &'static str) -> Self {
        Self::Name(Cow::Borrowed(name))
    }
}

impl From<String> for Loc {
    fn from(name: String) -> Self {
        Self::Name(Cow::Owned(name))
    }
}

impl From<usize> for Loc {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// One thing wrong with one field, in the words of FastAPI (pydantic 2).
///
/// `Debug` leaves the input out: it may be a password. The answer repeats it to the client who sent it, as FastAPI does.
#[derive(Clone, PartialEq, Serialize)]
pub struct FieldError {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    loc: Vec<Loc>,
    msg: Cow<'static, str>,
    input: Value,
    #[serde(skip_serializing_if = "Map::is_empty")]
    ctx: Map<String, Value>,
}

impl FieldError {
    /// An error of a `kind` (`string_type`, `int_parsing`, …) at `loc` (`["body", "username"]`), with its sentence and
    /// the value that was sent.
    pub fn new(
        kind: impl Into<Cow<'static, str>>,
        loc: impl IntoIterator<Item = impl Into<Loc>>,
        msg: impl Into<Cow<'static, str>>,
        input: impl Into<Value>,
    ) -> Self {
        let loc = loc.into_iter().map(Into::into).collect();
        Self {
            kind: kind.into(),
            loc,
            msg: msg.into(),
            input: input.into(),
            ctx: Map::new(),
        }
    }

    /// A required field that is absent: `missing`, "Field required". `input` is `null` for a form, and for a JSON body
    /// the object in which the member was looked for.
    pub fn missing(loc: impl IntoIterator<Item = impl Into<Loc>>, input: impl Into<Value>) -> Self {
        Self::new("missing", loc, "Field required", input)
    }

    /// A text that does not match a pattern: `string_pattern_mismatch`, with the pattern in `ctx`.
    pub fn pattern(loc: impl IntoIterator<Item = impl Into<Loc>>, pattern: &str, input: impl Into<Value>) -> Self {
        let msg = format!("String should match pattern '{pattern}'");
        Self::new("string_pattern_mismatch", loc, msg, input).with_ctx("pattern", pattern)
    }

    /// The same with one more member of `ctx`, the values that the sentence speaks of.
    #[must_use]
    pub fn with_ctx(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.ctx.insert(name.into(), value.into());
        self
    }

    /// The kind of the error, `type` in the answer.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The way to the field.
    pub fn loc(&self) -> &[Loc] {
        &self.loc
    }

    /// The sentence.
    pub fn msg(&self) -> &str {
        &self.msg
    }

    /// The value that was sent.
    pub fn input(&self) -> &Value {
        &self.input
    }

    /// The field's own name: the last name on the way to it, `None` where the error is about the whole body.
    pub fn field(&self) -> Option<&str> {
        self.loc.iter().skip(1).rev().find_map(|step| match step {
            Loc::Name(name) => Some(name.as_ref()),
            Loc::Index(_) => None,
        })
    }
}

impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldError")
            .field("kind", &self.kind)
            .field("loc", &self.loc)
            .finish_non_exhaustive()
    }
}

/// The whole body of FastAPI's 422: `{"detail":[…]}`. As a response it has that status.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValidationErrors {
    detail: Vec<FieldError>,
}

impl ValidationErrors {
    /// The errors in the order in which they are answered.
    pub fn new(errors: Vec<FieldError>) -> Self {
        Self { detail: errors }
    }

    /// The errors.
    pub fn errors(&self) -> &[FieldError] {
        &self.detail
    }

    /// The errors, owned.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.detail
    }
}

/// An error that is answered here with one sentence, as FastAPI answers an `HTTPException`.
pub(crate) fn told(status: StatusCode, sentence: &str) -> Response {
    let body = axum::Json(json!({ "detail": sentence }));
    (status, Extension(OurError), body).into_response()
}

impl From<FieldError> for ValidationErrors {
    fn from(error: FieldError) -> Self {
        Self::new(vec![error])
    }
}

impl IntoResponse for ValidationErrors {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self) {
            Ok(body) => {
                let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
                (StatusCode::UNPROCESSABLE_ENTITY, Extension(OurError), json, body).into_response()
            }
            // Names and values only: this cannot fail, and if it did nothing of the input may leak.
            Err(_) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_field_reads_as_in_fastapi_and_has_no_ctx() {
        let errors = ValidationErrors::from(FieldError::missing(["body", "username"], Value::Null));
        let text = serde_json::to_string(&errors).unwrap();
        assert_eq!(
            text,
            r#"{"detail":[{"type":"missing","loc":["body","username"],"msg":"Field required","input":null}]}"#
        );
    }

    #[test]
    fn a_pattern_mismatch_names_the_pattern_twice() {
        let error = FieldError::pattern(["body", "grant_type"], "^password$", "x");
        assert_eq!(
            json!(error),
            json!({"type": "string_pattern_mismatch", "loc": ["body", "grant_type"],
                   "msg": "String should match pattern '^password$'", "input": "x", "ctx": {"pattern": "^password$"}})
        );
    }

    #[test]
    fn the_field_is_the_last_name_and_places_in_lists_are_numbers() {
        let loc: Vec<Loc> = vec!["body".into(), "scopes".into(), 3_usize.into()];
        let error = FieldError::new("string_type", loc, "Input should be a valid string", 7);
        assert_eq!(error.field(), Some("scopes"));
        assert_eq!(json!(error)["loc"], json!(["body", "scopes", 3]));
        assert_eq!(FieldError::missing(["body"], Value::Null).field(), None);
    }

    #[test]
    fn debug_never_shows_the_input() {
        let error = FieldError::new("string_too_long", ["body", "password"], "too long", "hunter2");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
