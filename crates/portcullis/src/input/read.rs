//! Parsed once, held against the schema, then read by serde: it sees nothing that was not checked.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::InputRefusal;
use super::body::Body;
use super::check::Check;
use super::echo::{ECHO_MAX, echo};
use super::parse::parse;
use super::serde_error::told;
use super::shape::Shape;
use crate::detail::FieldError;
use crate::refusal::Refusal;

/// A `T` out of a body.
pub(super) fn body<T: DeserializeOwned + JsonSchema + 'static>(body: &Body) -> Result<T, InputRefusal> {
    let bytes = body.bytes.as_slice();
    if bytes.is_empty() {
        return Err(FieldError::missing(["body"], Value::Null).into());
    }
    let shape = Shape::of::<T>();
    if !body.is_json {
        return Err(not_json(bytes, &shape).into());
    }
    // Before the text a byte order mark may stand (RFC 8259 §8.1), as Python reads it.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut value = parse(bytes, &shape)?;
    let mut check = Check::new(&shape, "body");
    check.value(&[shape.root()], &mut value);
    checked(check, value, "body")
}

/// A `T` out of a value that was held against its schema.
pub(super) fn checked<T: DeserializeOwned>(
    check: Check<'_>,
    value: Value,
    place: &'static str,
) -> Result<T, InputRefusal> {
    let Check {
        shape,
        errors,
        undecided,
        ..
    } = check;
    if let Some(unkept) = &shape.unkept {
        tracing::error!(%unkept, "a type that cannot be checked is not read");
        return Err(InputRefusal::Unread(Refusal::Failed));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    match (serde_path_to_error::deserialize(value), undecided) {
        (Ok(read), None) => Ok(read),
        (Ok(_), Some(loc)) => {
            let msg = "Value error, this is none of the kinds that are documented";
            Err(FieldError::new("value_error", loc, msg, Value::Null).into())
        }
        (Err(error), _) => Err(told(error.path(), error.inner(), shape, place).into()),
    }
}

/// What the schema of `T` promises and cannot be kept.
pub(super) fn unkept<T: JsonSchema>() -> Option<String> {
    Shape::made::<T>().unkept
}

/// A body that does not claim to be JSON is to FastAPI a text in the place of the value.
fn not_json(bytes: &[u8], shape: &Shape) -> Vec<FieldError> {
    let text = bytes
        .get(..bytes.len().min(ECHO_MAX.saturating_add(4)))
        .unwrap_or_default();
    let mut value = Value::from(String::from_utf8_lossy(text));
    let sent = value.clone();
    let mut check = Check::new(shape, "body");
    check.value(&[shape.root()], &mut value);
    if check.errors.is_empty() {
        let msg = "Value error, the Content-Type is not that of JSON";
        let sent = if shape.secret { Value::Null } else { echo(&sent, &[]) };
        check.errors.push(FieldError::new("value_error", ["body"], msg, sent));
    }
    check.errors
}
