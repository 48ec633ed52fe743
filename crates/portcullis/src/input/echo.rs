//! How much of the input an error repeats.

use serde_json::{Map, Value};

use crate::detail::Loc;

/// The most that is repeated of one value, in bytes of JSON.
pub(super) const ECHO_MAX: usize = 1024;

/// What stands for a secret: pydantic's own stars.
const STARS: &str = "**********";

/// Words that say of a name that its value is nobody's business.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "token",
    "api_key",
    "apikey",
    "private_key",
];

/// Whether a name says that its value is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The value as an error at `loc` repeats it: members with secret names hidden, long texts cut, `null` for all else
/// that is too large, and for a value that itself is a secret.
pub(super) fn echo(value: &Value, loc: &[Loc]) -> Value {
    let named = |step: &Loc| matches!(step, Loc::Name(name) if is_secret(name));
    if loc.iter().any(named) {
        return Value::Null;
    }
    bounded(value, ECHO_MAX).map_or(Value::Null, |(echo, _)| echo)
}

/// A copy of at most about `room` bytes and what room is left, or `None`.
fn bounded(value: &Value, room: usize) -> Option<(Value, usize)> {
    match value {
        Value::String(text) if room == ECHO_MAX && text.len() > room => {
            let end = (0..=room).rev().find(|end| text.is_char_boundary(*end))?;
            Some((format!("{}…", text.get(..end)?).into(), 0))
        }
        Value::String(text) => Some((value.clone(), room.checked_sub(text.len())?)),
        Value::Array(items) => {
            let (mut copy, mut room) = (Vec::new(), room);
            for item in items {
                let (item, left) = bounded(item, room.checked_sub(1)?)?;
                copy.push(item);
                room = left;
            }
            Some((copy.into(), room))
        }
        Value::Object(members) => {
            let (mut copy, mut room) = (Map::new(), room);
            for (name, member) in members {
                room = room.checked_sub(name.len().saturating_add(1))?;
                if is_secret(name) {
                    copy.insert(name.clone(), STARS.into());
                    continue;
                }
                let (member, left) = bounded(member, room)?;
                copy.insert(name.clone(), member);
                room = left;
            }
            Some((copy.into(), room))
        }
        scalar => Some((scalar.clone(), room.checked_sub(8)?)),
    }
}
