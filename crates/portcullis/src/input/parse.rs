//! JSON as a value in which no name stands twice, and why a text is none.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::InputRefusal;
use super::body::unparsable;
use super::serde_error::told;
use super::shape::Shape;
use super::syntax;
use crate::detail::{FieldError, Loc};

/// The value that a body holds. A member that comes twice is refused: another reader of the same body could take the
/// other one.
pub(super) fn parse(bytes: &[u8], shape: &Shape) -> Result<Value, InputRefusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let refused = match serde_path_to_error::deserialize::<_, Unique>(&mut reader) {
        Ok(Unique(value)) => return reader.end().map(|()| value).map_err(|error| no_json(bytes, &error)),
        Err(refused) => refused,
    };
    if refused.inner().is_data() {
        Err(told(refused.path(), refused.inner(), shape, "body").into())
    } else {
        Err(no_json(bytes, refused.inner()))
    }
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

/// A value in which no object has two members of one name.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            let Unique(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}
