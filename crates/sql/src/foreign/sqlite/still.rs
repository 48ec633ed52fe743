//! A file beside which nothing can be written. A file in WAL mode cannot be read then in the usual way unless its owner has it
//! open, because its index stands beside it; SQLite can read it all the same as one that nobody writes (`immutable`). That
//! is safe only while nobody does: so the log must be empty, and each answer is thrown away if the file changed meanwhile.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// What tells whether a file was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    file: u64,
}

impl Stamp {
    /// Of a file whose log and journal are empty.
    ///
    /// # Errors
    /// The sentence that says why it cannot be read as one that nobody writes.
    pub(super) fn of(path: &Path) -> Result<Self, String> {
        for (ending, what) in [
            ("-wal", "its write-ahead log holds what the file does not"),
            ("-journal", "its last transaction was cut off and has to be rolled back"),
        ] {
            let beside = beside(path, ending);
            match std::fs::metadata(&beside) {
                Ok(found) if found.len() > 0 => {
                    return Err(format!(
                        "{what} ({}), and this user cannot write beside it: let the other application open it, or give this \
                         user the right to write in its folder",
                        beside.display()
                    ));
                }
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.to_string()),
                _ => {}
            }
        }
        let found = File::open(path).and_then(|file| file.metadata());
        found.map(|found| Self::from(&found)).map_err(|error| error.to_string())
    }
}

impl From<&Metadata> for Stamp {
    fn from(found: &Metadata) -> Self {
        Self {
            length: found.len(),
            modified: found.modified().ok(),
            #[cfg(unix)]
            file: std::os::unix::fs::MetadataExt::ino(found),
        }
    }
}

/// Whether SQLite says so of a file beside which it cannot write.
pub(super) fn is_told_by(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

/// A connection to a file that nobody writes.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
