//! What serde says of an input, as a client is told.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::echo::echo;
use super::shape::Shape;
use crate::detail::{FieldError, Loc};

/// The error at this path. serde's sentence may repeat a value, so it is told only where there are no secrets.
pub(super) fn told(path: &Path, error: &serde_json::Error, shape: &Shape, place: &'static str) -> FieldError {
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
