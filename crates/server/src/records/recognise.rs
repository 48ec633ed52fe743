//! What a file of users is, by what stands in it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;

use super::Format;
use super::fields::Columns;

/// How much of a file is looked at, in bytes.
const HEAD: u64 = 64 * 1024;

/// Why a file is not one of users that can be read.
#[derive(Debug)]
pub(crate) enum Unrecognised {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is a folder.
    Folder,
    /// Nothing stands in it.
    Empty,
    /// It is a database and no export.
    Sqlite,
    /// It is one JSON array.
    Array,
    /// It is none of the formats.
    Unknown,
}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable(_) => "cannot be read",
            Self::Folder => "is a folder",
            Self::Empty => "is empty",
            Self::Sqlite => "is a database and no export",
            Self::Array => "is one JSON array, which is not read",
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

/// The format of the file at `path`.
///
/// # Errors
/// It cannot be read, or is nothing that is known.
pub(crate) fn recognise(path: &Path) -> Result<Format, Unrecognised> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
        true => Ok(None),
        false => file.take(HEAD).read_to_end(&mut bytes).map(Some),
    });
    match read.map_err(Unrecognised::Unreadable)? {
        None => return Err(Unrecognised::Folder),
        Some(0) => return Err(Unrecognised::Empty),
        Some(_) => {}
    }
    if bytes.starts_with(b"SQLite format 3\0") {
        return Err(Unrecognised::Sqlite);
    }
    let head = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // The end may cut a character.
        Err(error) => std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
    };
    match head.trim_start().chars().next() {
        None if bytes.iter().all(u8::is_ascii_whitespace) => Err(Unrecognised::Empty),
        Some('[') => Err(Unrecognised::Array),
        Some('{') => of_json(head).ok_or(Unrecognised::Unknown),
        _ => of_lines(head, path).ok_or(Unrecognised::Unknown),
    }
}

/// An object a line, or one document whose users have what only one application writes.
fn of_json(head: &str) -> Option<Format> {
    let lines = head.lines().filter(|line| !line.trim().is_empty());
    let first: Option<Value> = lines.clone().next().and_then(|line| serde_json::from_str(line).ok());
    let has = |name: &str| head.contains(&format!("\"{name}\""));
    match first {
        Some(Value::Object(object)) if !object.contains_key("users") && !object.contains_key("realm") => {
            let columns = Columns::default().chosen(object.keys().map(String::as_str));
            columns.iter().any(Option::is_some).then_some(Format::Jsonl)
        }
        _ if has("localId") => Some(Format::Firebase),
        _ if has("realm") || (has("users") && has("credentials")) => Some(Format::Keycloak),
        _ => None,
    }
}

/// Named columns, or `user:hash`.
fn of_lines(head: &str, path: &Path) -> Option<Format> {
    let by_name = Format::of(path) == Format::Csv;
    let first = head
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let separator = if by_name && first.contains('\t') { '\t' } else { ',' };
    let names = first.split(separator).map(|name| name.trim_matches('"'));
    let known = Columns::default().chosen(names).iter().flatten().count();
    if known > 1 || (by_name && known > 0) {
        return Some(Format::Csv);
    }
    let (user, hash) = first.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && !text.contains([' ', '\t']);
    (plain(user) && plain(hash) && !by_name).then_some(Format::Htpasswd)
}
