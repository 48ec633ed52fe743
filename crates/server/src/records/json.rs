//! Users as JSON objects: an object a line, an array of them, or the array `users` of a document.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::field::Field;
use super::fields::Reading;
use super::flat::{Cell, flatten};
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
    let (mut wrong, mut seen) = (None, Vec::new());
    for (cell, field) in cells.iter().zip(fields) {
        let Some(field) = field else {
            match seen.iter().find(|(name, _)| *name == cell.name) {
                // Of objects in an array several may have it.
                Some((name, Field::Hash | Field::Salt | Field::Username)) => {
                    wrong = wrong.or_else(|| Some(format!("it has {name} more than once")));
                }
                Some((name, _)) => sink.unused(&format!("{name} (further values)"), &cell.text),
                None => sink.unused(&cell.name, &cell.text),
            }
            continue;
        };
        sink.used(&cell.name);
        if !field.is_state() {
            seen.push((cell.name.as_str(), *field));
        }
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
        serde_json::error::Category::Data if error.to_string().starts_with(USERS_TWICE) => error.to_string(),
        // Other words would quote a value.
        serde_json::error::Category::Data => {
            let place = format!("line {} column {}", error.line(), error.column());
            format!("the file cannot be read further: no user of such an export stands at {place}")
        }
        _ => format!("the file cannot be read further: {error}"),
    };
    Stopped::Unreadable(Fault::last(line, reason))
}

/// What is said of a document with two arrays of users: which one is meant, nobody knows.
const USERS_TWICE: &str = "it has the member users twice";

/// Marks that the users of a document or a realm have come.
///
/// # Errors
/// They had come before.
pub(super) fn once<E: serde::de::Error>(has_users: &mut bool) -> Result<(), E> {
    match std::mem::replace(has_users, true) {
        true => Err(E::custom(USERS_TWICE)),
        false => Ok(()),
    }
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
        let mut has_users = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "users" {
                once(&mut has_users)?;
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
