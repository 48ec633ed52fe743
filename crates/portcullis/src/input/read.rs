//! serde reads, the schema explains.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use super::InputRefusal;
use super::body::{Body, unparsable};
use super::check::{Check, Look};
use super::echo::{ECHO_MAX, echo};
use super::shape::Shape;
use super::syntax;
use crate::detail::{FieldError, Loc};

/// Up to how many bytes a body that serde refused is held against its schema. Beyond, serde's own error is told.
const EXPLAINED_MAX: usize = 64 << 10;

/// A `T` out of a body.
pub(super) fn body<T: DeserializeOwned + JsonSchema + 'static>(body: &Body) -> Result<T, InputRefusal> {
    let bytes = body.bytes.as_ref();
    if bytes.is_empty() {
        return Err(FieldError::missing(["body"], Value::Null).into());
    }
    let shape = Shape::of::<T>();
    if !body.is_json {
        return Err(not_json(bytes, &shape).into());
    }
    match serde_json::from_slice::<T>(bytes) {
        Ok(read) if !shape.constrained => Ok(read),
        Ok(read) => {
            let mut value = parse(bytes)?;
            let mut check = Check::new(&shape, Look::Constraints, "body");
            check.value(shape.root(), &mut value);
            if check.errors.is_empty() {
                Ok(read)
            } else {
                Err(check.errors.into())
            }
        }
        Err(_) if bytes.len() > EXPLAINED_MAX => first_error(bytes, &shape),
        Err(_) => {
            let mut value = parse(bytes)?;
            let mut check = Check::new(&shape, Look::Everything, "body");
            check.value(shape.root(), &mut value);
            match check {
                Check { errors, .. } if !errors.is_empty() => Err(errors.into()),
                Check { changed: true, .. } => convert(value, &shape, "body"),
                _ => first_error(bytes, &shape),
            }
        }
    }
}

/// A `T` out of a value whose texts were converted.
pub(super) fn convert<T: DeserializeOwned>(
    value: Value,
    shape: &Shape,
    place: &'static str,
) -> Result<T, InputRefusal> {
    serde_path_to_error::deserialize(value).map_err(|error| told(error.path(), error.inner(), shape, place).into())
}

/// The first error that serde finds in a body.
fn first_error<T: DeserializeOwned>(bytes: &[u8], shape: &Shape) -> Result<T, InputRefusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let error = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(read) => match reader.end() {
            Ok(()) => return Ok(read),
            Err(error) => return Err(no_json(bytes, &error)),
        },
        Err(error) => error,
    };
    if error.inner().is_data() {
        Err(told(error.path(), error.inner(), shape, "body").into())
    } else {
        Err(no_json(bytes, error.inner()))
    }
}

fn parse(bytes: &[u8]) -> Result<Value, InputRefusal> {
    serde_json::from_slice(bytes).map_err(|error| no_json(bytes, &error))
}

/// The error of Python's `json`, or the place of serde's where Python's grammar is content: beyond a depth of 128, and
/// for numbers and escapes that stand for nothing.
fn no_json(bytes: &[u8], error: &serde_json::Error) -> InputRefusal {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return unparsable();
    };
    let (reason, place) = syntax::broken(text).unwrap_or_else(|| ("Not readable as JSON", place(text, error)));
    let loc: [Loc; 2] = ["body".into(), place.into()];
    FieldError::new("json_invalid", loc, "JSON decode error", json!({}))
        .with_ctx("error", reason)
        .into()
}

/// Line and column as characters from the start.
fn place(text: &str, error: &serde_json::Error) -> usize {
    let before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let before: usize = before.map(|line| line.chars().count()).sum();
    before.saturating_add(error.column().saturating_sub(1))
}

/// A body that does not claim to be JSON is to FastAPI a text in the place of the value.
fn not_json(bytes: &[u8], shape: &Shape) -> Vec<FieldError> {
    let text = bytes
        .get(..bytes.len().min(ECHO_MAX.saturating_add(4)))
        .unwrap_or_default();
    let mut value = Value::from(String::from_utf8_lossy(text));
    let sent = value.clone();
    let mut check = Check::new(shape, Look::Everything, "body");
    check.value(shape.root(), &mut value);
    if check.errors.is_empty() {
        let msg = "Value error, the Content-Type is not that of JSON";
        let sent = if shape.secret { Value::Null } else { echo(&sent, &[]) };
        check.errors.push(FieldError::new("value_error", ["body"], msg, sent));
    }
    check.errors
}

/// serde's error. Its sentence may repeat a value, so it is told only where there are no secrets.
fn told(path: &Path, error: &serde_json::Error, shape: &Shape, place: &'static str) -> FieldError {
    let mut loc = vec![Loc::from(place)];
    loc.extend(path.iter().filter_map(|step| match step {
        Segment::Seq { index } => Some(Loc::from(*index)),
        Segment::Map { key } => Some(key.clone().into()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }));
    let said = error.to_string();
    let said = match said.rfind(" at line ") {
        Some(end) => said.get(..end).unwrap_or_default(),
        None => said.as_str(),
    };
    if let Some(name) = said
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        loc.push(name.to_owned().into());
        return FieldError::missing(loc, Value::Null);
    }
    let told = match echo(&Value::from(said), &loc) {
        Value::String(said) if !shape.secret => said,
        _ => "this is not valid".to_owned(),
    };
    FieldError::new("value_error", loc, format!("Value error, {told}"), Value::Null)
}
