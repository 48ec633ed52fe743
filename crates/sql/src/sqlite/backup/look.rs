//! What is in a file, and whether it is whole.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::sqlite::error::{BackupError, OpenError};

/// What a whole database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Its tables and how many rows each has; without SQLite's own and without virtual ones.
    pub tables: BTreeMap<String, u64>,
    /// Rows that refer to rows which are not there, against a foreign key. SQLite lets programs store such.
    pub orphans: u64,
}

/// Opens a file that nobody uses, and writes nothing.
pub(super) fn still(path: &Path) -> Result<Connection, BackupError> {
    let absolute = path
        .canonicalize()
        .map_err(|error| BackupError::Source(OpenError::of_io(path, error)))?;
    if !absolute.is_file() {
        return Err(BackupError::Source(OpenError::NotAFile(path.to_owned())));
    }
    for log in ["-wal", "-journal"] {
        let mut beside = absolute.clone().into_os_string();
        beside.push(log);
        if std::fs::metadata(beside).is_ok_and(|log| log.len() > 0) {
            return Err(BackupError::InUse(path.to_owned()));
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(&absolute), flags).map_err(|error| unreadable(path, error))?;
    let first = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    first.map_err(|error| unreadable(path, error))?;
    Ok(connection)
}

/// A path as SQLite takes it for a file that never changes (<https://www.sqlite.org/uri.html>).
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

/// Fails where SQLite finds the file damaged.
pub(super) fn sound(connection: &Connection, path: &Path) -> Result<(), BackupError> {
    let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    match verdict.map_err(|error| unreadable(path, error))? {
        verdict if verdict == "ok" => Ok(()),
        verdict => Err(BackupError::Damaged(path.to_owned(), verdict)),
    }
}

pub(super) fn contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
        AND sql NOT LIKE 'CREATE VIRTUAL %'";
    let names: rusqlite::Result<Vec<String>> = connection.prepare(names)?.query_map([], |row| row.get(0))?.collect();
    let rows = |sql: &str| {
        let rows = connection.query_row(sql, [], |row| row.get::<_, i64>(0))?;
        Ok::<_, rusqlite::Error>(u64::try_from(rows).unwrap_or(0))
    };
    let mut contents = Contents::default();
    for name in names? {
        let count = rows(&format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\"")))?;
        contents.tables.insert(name, count);
    }
    // SQLite refuses to look where an application declared a key that cannot be one.
    contents.orphans = rows("SELECT count(*) FROM pragma_foreign_key_check").unwrap_or(0);
    Ok(contents)
}

pub(super) fn unreadable(path: &Path, error: rusqlite::Error) -> BackupError {
    BackupError::Source(OpenError::of(path, error))
}
