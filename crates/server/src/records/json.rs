//! Users as JSON objects: an object a line, an array of them, or the array `users` of a document.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::field::Field;
use super::fields::Reading;
use super::text::Meter;
use super::{Fault, Record, Row, Sink, Stopped};

pub(super) const NO_OBJECT: &str = "it is no JSON object";

/// How deep objects within objects are looked into.
const DEPTH: usize = 6;

/// The members of an object, or something else.
pub(super) enum Element {
    Object(Vec<(String, Value)>),
    /// It has this member twice: which one is meant, nobody knows.
    Doubled(String),
    Other,
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

struct ElementVisitor;

macro_rules! others {
    ($($visit:ident: $kind:ty),*) => {$(
        fn $visit<E>(self, _: $kind) -> Result<Element, E> {
            Ok(Element::Other)
        }
    )*};
}

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    others!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Element, E> {
        Ok(Element::Other)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Element, S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Element::Other)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Element, M::Error> {
        let (mut members, mut doubled) = (Vec::<(String, Value)>::new(), None);
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value()?;
            if members.iter().any(|(known, _)| *known == name) {
                doubled.get_or_insert(name);
            } else {
                members.push((name, value));
            }
        }
        Ok(doubled.map_or(Element::Object(members), Element::Doubled))
    }
}

/// A member as a column has it.
struct Cell {
    name: String,
    text: String,
    /// Whether it is a text, a number, a truth or a list of texts.
    is_plain: bool,
}

/// The user of an object; nothing if it is something else that such files hold.
pub(super) fn row(line: u64, element: Element, sink: &mut Sink<'_>) -> Option<Row> {
    let members = match element {
        Element::Object(members) => members,
        Element::Doubled(name) => return Some(Err(Fault::new(line, format!("it has the member {name} twice")))),
        Element::Other => return Some(Err(Fault::new(line, NO_OBJECT))),
    };
    let (model, members) = fixture(members);
    let mut cells = Vec::new();
    for (name, value) in members {
        flatten(name, value, DEPTH, &|name| sink.plan.names(name), &mut cells);
    }
    let fields = sink.plan.chosen(cells.iter().map(|cell| cell.name.as_str()));
    if let Some(model) = model
        && !fields.contains(&Some(Field::Hash))
    {
        sink.other(&format!("entries of the model {model}"));
        return None;
    }
    Some(taken(line, &cells, &fields, sink))
}

fn taken(line: u64, cells: &[Cell], fields: &[Option<Field>], sink: &mut Sink<'_>) -> Row {
    let mut reading = Reading::default();
    let mut wrong = None;
    for (cell, field) in cells.iter().zip(fields) {
        let Some(field) = field else {
            sink.unused(&cell.name, &cell.text);
            continue;
        };
        sink.used(&cell.name);
        let took = match cell.is_plain || *field == Field::Logins {
            true => reading.take(*field, &cell.name, &cell.text, sink.plan),
            false => Err(format!("the member {} is no text", cell.name)),
        };
        wrong = wrong.or(took.err());
    }
    match wrong {
        Some(reason) => Err(Fault::new(line, reason)),
        None => Ok(Record {
            line,
            fields: reading.end(sink.plan),
        }),
    }
}

/// Of an entry of Django's `dumpdata` its model and what stands one level deeper.
fn fixture(members: Vec<(String, Value)>) -> (Option<String>, Vec<(String, Value)>) {
    let model = members.iter().find(|(name, _)| name == "model");
    let model = model.and_then(|(_, value)| value.as_str().map(str::to_owned));
    let fields = members
        .iter()
        .any(|(name, value)| name == "fields" && value.is_object());
    if model.is_none() || !fields {
        return (None, members);
    }
    let inner = members
        .into_iter()
        .filter(|(name, _)| name != "model")
        .flat_map(|(name, value)| match value {
            Value::Object(fields) if name == "fields" => fields.into_iter().collect(),
            value => vec![(name, value)],
        });
    (model, inner.collect())
}

/// Objects within objects as columns of dotted names; MongoDB's `{"$date": …}` as what it stands for.
fn flatten(name: String, value: Value, depth: usize, is_field: &dyn Fn(&str) -> bool, cells: &mut Vec<Cell>) {
    let text = |text: String, is_plain: bool| Cell {
        name: name.clone(),
        text,
        is_plain,
    };
    match value {
        Value::Object(mut object) => {
            let wrapped = object.keys().next().filter(|key| key.starts_with('$')).cloned();
            if let Some(inner) = wrapped
                .filter(|_| object.len() == 1)
                .and_then(|key| object.remove(&key))
            {
                return flatten(name, inner, depth.saturating_sub(1), is_field, cells);
            }
            if depth == 0 || is_field(&name) {
                return cells.push(text(Value::Object(object).to_string(), false));
            }
            for (inner, value) in object {
                flatten(
                    format!("{name}.{inner}"),
                    value,
                    depth.saturating_sub(1),
                    is_field,
                    cells,
                );
            }
        }
        Value::Null => cells.push(text(String::new(), true)),
        Value::String(value) => cells.push(text(value, true)),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            cells.push(text(values.join(" "), true));
        }
        Value::Array(values) => cells.push(text(Value::Array(values).to_string(), false)),
        Value::Bool(_) | Value::Number(_) => cells.push(text(value.to_string(), true)),
    }
}

/// Reads one document: an array of users, or an object whose member `users` is one.
pub(super) fn read(input: impl Read, sink: &mut Sink<'_>) -> Result<(), Stopped> {
    each_user(input, sink, row)
}

/// Hands each user of a document to `read`; the rest of it is passed over, and nothing may stand behind it.
pub(super) fn each_user<'p>(
    input: impl Read,
    sink: &mut Sink<'p>,
    mut read: impl FnMut(u64, Element, &mut Sink<'p>) -> Option<Row>,
) -> Result<(), Stopped> {
    let (mut stopped, mut count, meter) = (None, 0_u64, sink.meter.clone());
    let mut take = |element: Element| {
        count = count.saturating_add(1);
        let pushed = match read(count, element, sink) {
            Some(row) => sink.push(row),
            None => Ok(()),
        };
        sink.meter.record();
        let go_on = pushed.is_ok();
        stopped = pushed.err();
        go_on
    };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let document = Document { take: &mut take, meter };
    let read = deserializer.deserialize_any(document).and_then(|()| deserializer.end());
    match (stopped, read) {
        (Some(stopped), _) => Err(stopped),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(unreadable(&error)),
    }
}

/// Where a document cannot be read further, and why.
pub(super) fn unreadable(error: &serde_json::Error) -> Stopped {
    let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
    let reason = match error.classify() {
        // Other words would quote a value.
        serde_json::error::Category::Data => {
            let place = format!("line {} column {}", error.line(), error.column());
            format!("the file cannot be read further: no user of such an export stands at {place}")
        }
        _ => format!("the file cannot be read further: {error}"),
    };
    Stopped::Unreadable(Fault::last(line, reason))
}

struct Document<'a> {
    take: &'a mut dyn FnMut(Element) -> bool,
    meter: Meter,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users, or an object with an array `users`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let take = self.take;
        while let Some(name) = map.next_key::<String>()? {
            if name == "users" {
                self.meter.record();
                map.next_value_seed(Users { take: &mut *take })?;
            } else {
                self.meter.skipped();
                map.next_value::<IgnoredAny>()?;
            }
            self.meter.record();
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, users: S) -> Result<(), S::Error> {
        Users { take: self.take }.visit_seq(users)
    }
}

/// An array of users.
pub(super) struct Users<'a> {
    pub(super) take: &'a mut dyn FnMut(Element) -> bool,
}

impl<'de> DeserializeSeed<'de> for Users<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut users: S) -> Result<(), S::Error> {
        while let Some(user) = users.next_element::<Element>()? {
            if !(self.take)(user) {
                return Err(serde::de::Error::custom("nobody listens"));
            }
        }
        Ok(())
    }
}
