//! What a file of users is, by what stands in it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::classify::leaf;
use super::field::Field;
use super::fields::Plan;
use super::names::usual;
use super::text::{Meter, Text};
use super::{Format, Preset, csv, firebase};
use crate::failure::Failure;

/// How much of a file is looked at, in bytes.
const HEAD: u64 = 64 * 1024;

/// Why a file is not one of users that can be read.
#[derive(Debug)]
pub(crate) enum Unrecognised {
    /// It cannot be read.
    Unreadable(io::Error),
    /// Nothing stands in it.
    Empty,
    /// It is a database and no export.
    Sqlite,
    /// It is none of the formats.
    Unknown,
}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::IsADirectory => "is a folder",
            Self::Unreadable(_) => "cannot be read",
            Self::Empty => "is empty",
            Self::Sqlite => "is a database and no export",
            Self::Unknown => "is no file of users in a format that is known",
        })
    }
}

impl std::error::Error for Unrecognised {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl Unrecognised {
    /// What is said of the file at `path`.
    pub(crate) fn failure(self, path: &Path) -> Failure {
        let place = path.display().to_string();
        let remedy = match &self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::IsADirectory => {
                "Name the file in it; of a Keycloak export one with the users.".to_owned()
            }
            Self::Unreadable(_) => "Look at its name and mode.".to_owned(),
            Self::Empty => "Export the users again.".to_owned(),
            Self::Sqlite => format!("Look at it with: portcullis adopt sqlite:{place}"),
            Self::Unknown => {
                "Known are Keycloak's realm export, Firebase's auth:export, CSV whose first line names its columns, JSON with \
                 an object a line or in an array, LDIF and htpasswd. With --format and --column, `portcullis user import \
                 --dry-run` reads others."
                    .to_owned()
            }
        };
        let what = format!("{place} {self}");
        match self {
            Self::Unreadable(error) if error.kind() != io::ErrorKind::IsADirectory => {
                Failure::new(what, remedy).because(error)
            }
            _ => Failure::new(what, remedy),
        }
    }
}

/// The beginning of a file, as text.
pub(super) fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut again = file.try_clone()?;
    again.rewind()?;
    let mut bytes = Vec::new();
    Text::new(again, Meter::new()).take(HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The format of the file at `path` that begins so.
///
/// # Errors
/// It is nothing that is known.
pub(super) fn recognise(bytes: &[u8], path: &Path, plan: &Plan) -> Result<Format, Unrecognised> {
    if bytes.starts_with(b"SQLite format 3\0") {
        return Err(Unrecognised::Sqlite);
    }
    let head = String::from_utf8_lossy(bytes);
    match head.trim_start().chars().next() {
        None => Err(Unrecognised::Empty),
        Some('{' | '[') => of_json(bytes, plan).ok_or(Unrecognised::Unknown),
        _ => of_lines(&head, path, plan).ok_or(Unrecognised::Unknown),
    }
}

/// An object a line, or one document whose users have what only one application writes.
fn of_json(head: &[u8], plan: &Plan) -> Option<Format> {
    let seen = Seen::of(head);
    let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
    let tells = |field: &Field| matches!(field, Field::Username | Field::Email | Field::Hash);
    // Of objects within objects the last part of a name tells too, also of one that the plan does not take.
    let inner = |name: &String| name.contains('.') && usual(leaf(name)).is_some_and(|(field, _)| tells(&field));
    let known = |names: &[String]| {
        let fields = plan.chosen(names.iter().map(String::as_str));
        fields.iter().flatten().any(tells) || names.iter().any(inner)
    };
    if has(&seen.users, "localId") || seen.is_array && has(&seen.first, "localId") {
        return Some(Format::Firebase);
    }
    if has(&seen.first, "realm") || has(&seen.users, "credentials") {
        return Some(Format::Keycloak);
    }
    if has(&seen.first, "users") {
        return known(&seen.users).then_some(Format::Json);
    }
    let fixture = has(&seen.first, "model") && has(&seen.first, "fields");
    match seen.is_array {
        true => (known(&seen.first) || fixture).then_some(Format::Json),
        false => ((known(&seen.first) || fixture) && is_one_line(head)).then_some(Format::Jsonl),
    }
}

/// The names of members, as far as the beginning of a document tells; those of objects within objects as columns have them.
#[derive(Default)]
struct Seen {
    is_array: bool,
    /// Of the documents, or of the elements of the array that the first one is.
    first: Vec<String>,
    /// Of the elements of its array `users`.
    users: Vec<String>,
    in_users: bool,
    /// The objects that lead to the one that is read.
    within: Vec<String>,
}

/// How deep it is looked, and how many names are kept.
const DEPTH: usize = 6;
const NAMES: usize = 2000;

impl Seen {
    fn of(head: &[u8]) -> Self {
        let mut seen = Self::default();
        let mut deserializer = serde_json::Deserializer::from_slice(head);
        // It is cut somewhere: what came before that was seen.
        while deserializer.deserialize_any(&mut seen).is_ok() {}
        seen
    }

    fn saw(&mut self, name: &str) {
        let name = match self.within.is_empty() {
            true => name.to_owned(),
            false => format!("{}.{name}", self.within.join(".")),
        };
        let names = if self.in_users {
            &mut self.users
        } else {
            &mut self.first
        };
        if names.len() < NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
}

/// Whether the first line is a whole value.
fn is_one_line(head: &[u8]) -> bool {
    serde_json::from_str::<IgnoredAny>(&csv::first_line(head)).is_ok()
}

impl<'de> DeserializeSeed<'de> for &mut Seen {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Seen {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        if !self.in_users && self.within.is_empty() && self.first.is_empty() {
            self.is_array = true;
        }
        while seq.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.saw(&name);
            if name == "users" && !self.in_users && self.within.is_empty() {
                self.in_users = true;
                map.next_value_seed(&mut *self)?;
                self.in_users = false;
            } else if self.within.len() < DEPTH {
                self.within.push(name);
                map.next_value_seed(&mut *self)?;
                self.within.pop();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Named columns, entries of a directory, or `user:hash`.
fn of_lines(head: &str, path: &Path, plan: &Plan) -> Option<Format> {
    let by_name = Format::of(path) == Format::Csv;
    let first = head
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    if first.starts_with("dn:") || first.starts_with("version:") && head.contains("\ndn:") {
        return Some(Format::Ldif);
    }
    let names = csv::names(head.as_bytes(), plan);
    if firebase::is_csv(first) {
        return Some(Format::Firebase);
    }
    let known = plan.chosen(names.iter().map(String::as_str)).iter().flatten().count();
    if known > 1 || (by_name && known > 0) {
        return Some(Format::Csv);
    }
    let (user, hash) = first.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && !text.contains([' ', '\t']);
    (plain(user) && plain(hash) && !by_name).then_some(Format::Htpasswd)
}

impl Preset {
    /// The one whose columns or members a file has that begins so.
    pub(super) fn of(head: &[u8], format: Format, plan: &Plan) -> Option<&'static Self> {
        let names = match format {
            Format::Csv => csv::names(head, plan),
            _ => {
                let seen = Seen::of(head);
                if seen.users.is_empty() { seen.first } else { seen.users }
            }
        };
        Self::recognised(names.iter().map(String::as_str))
    }
}
