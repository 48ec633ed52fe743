//! What a file of users is, by what stands in it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field::Field;
use super::fields::Plan;
use super::text::{Meter, Text};
use super::{Format, Preset, csv};
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
    let known = |names: &[String]| {
        let fields = plan.chosen(names.iter().map(String::as_str));
        fields
            .into_iter()
            .flatten()
            .any(|field| matches!(field, Field::Username | Field::Email | Field::Hash))
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

/// The names of members, as far as the beginning of a document tells.
#[derive(Default)]
struct Seen {
    is_array: bool,
    /// Of the document, or of the first element of the array that it is.
    first: Vec<String>,
    /// Of the first element of its array `users`.
    users: Vec<String>,
    in_users: bool,
}

impl Seen {
    fn of(head: &[u8]) -> Self {
        let mut seen = Self::default();
        // It is cut somewhere: what came before that was seen.
        let _ = serde_json::Deserializer::from_slice(head).deserialize_any(&mut seen);
        seen
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

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        if !self.in_users {
            self.is_array = true;
        }
        seq.next_element_seed(&mut *self)?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let is_users = name == "users" && !self.in_users;
            if self.in_users {
                self.users.push(name);
            } else {
                self.first.push(name);
            }
            if is_users {
                self.in_users = true;
                map.next_value_seed(&mut *self)?;
                self.in_users = false;
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
