//! What can go wrong, each with a sentence that says what to do.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use portcullis_core::StoreError;
use rusqlite::{ErrorCode, ffi};

/// Why a database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the file does not exist.
    NoFolder(PathBuf),
    /// The file, or its folder, cannot be written.
    ReadOnly(PathBuf),
    /// Another program holds the file locked.
    Locked(PathBuf),
    /// The path leads to a folder or a device.
    NotAFile(PathBuf),
    /// The file is something else than an SQLite database.
    NotADatabase(PathBuf),
    /// The file is an SQLite database and damaged.
    Damaged(PathBuf),
    /// The file system cannot hold a write-ahead log (a network share, say).
    NoLog(PathBuf),
    /// The disk is full.
    DiskFull(PathBuf),
    /// The tables could not be brought up to date.
    Migrate(PathBuf, MigrateError),
    /// Something else.
    Other(PathBuf, Box<dyn Error + Send + Sync>),
}

impl OpenError {
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        Self::of_file(path, &error).unwrap_or_else(|| Self::Other(path.to_owned(), error.into()))
    }

    /// The error if it is the file's, whatever was done with it.
    pub(super) fn of_file(path: &Path, error: &rusqlite::Error) -> Option<Self> {
        let path = path.to_owned();
        match error.sqlite_error_code()? {
            // SQLITE_CANTOPEN: the file exists by then, so this user may not open it or make its log beside it.
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Some(Self::ReadOnly(path)),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Self::Locked(path)),
            ErrorCode::NotADatabase => Some(Self::NotADatabase(path)),
            ErrorCode::DatabaseCorrupt => Some(Self::Damaged(path)),
            ErrorCode::DiskFull => Some(Self::DiskFull(path)),
            _ => None,
        }
    }

    /// What the operating system says about the file.
    pub(super) fn of_io(path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::NoFolder(path),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::Other(path, error.into()),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFolder(path) => write!(
                f,
                "{} does not exist, or its folder: look at the name, or make the folder first",
                path.display()
            ),
            Self::ReadOnly(path) => {
                write!(
                    f,
                    "{} cannot be read and written; check the owner and mode of the file and its folder",
                    path.display()
                )
            }
            Self::Locked(path) => {
                write!(
                    f,
                    "{} is locked by another program; end that program and try again",
                    path.display()
                )
            }
            Self::NotAFile(path) => write!(f, "{} is not a file; name a file", path.display()),
            Self::NotADatabase(path) => {
                write!(
                    f,
                    "{} is not an SQLite database; move it away or name another file",
                    path.display()
                )
            }
            Self::Damaged(path) => {
                write!(
                    f,
                    "{} is damaged; bring back a copy, or try .recover of sqlite3",
                    path.display()
                )
            }
            Self::NoLog(path) => write!(
                f,
                "the file system of {} cannot hold a write-ahead log; put the database on a local disk",
                path.display()
            ),
            Self::DiskFull(path) => write!(f, "the disk of {} is full; make room and try again", path.display()),
            Self::Migrate(path, cause) => write!(f, "{}: {cause}", path.display()),
            Self::Other(path, cause) => write!(f, "{} cannot be opened: {cause}", path.display()),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Migrate(_, cause) => cause.source(),
            Self::Other(_, cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

/// Why tables could not be brought up to date.
#[derive(Debug)]
#[non_exhaustive]
pub enum MigrateError {
    /// A newer version of the program made them.
    Newer {
        /// Whose tables.
        name: String,
        /// The step they are at.
        found: u32,
        /// The last step that is known here.
        known: u32,
    },
    /// A step that was carried out is not the step that is known here.
    Changed {
        /// Whose tables.
        name: String,
        /// Which step, from 1.
        step: u32,
    },
    /// The database could not be copied before the step, which was therefore not begun.
    NotCopied {
        /// Whose tables.
        name: String,
        /// Which step, from 1.
        step: u32,
        /// Why not.
        cause: Box<BackupError>,
    },
    /// A step failed; nothing of it was kept.
    Failed {
        /// Whose tables.
        name: String,
        /// Which step, from 1; 0 before the first.
        step: u32,
        /// SQLite's reason.
        cause: rusqlite::Error,
    },
}

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { name, found, known } => write!(
                f,
                "the tables of {name} were made by a newer version (step {found}, known here up to {known}); \
                 use that version"
            ),
            Self::Changed { name, step } => write!(f, "step {step} of {name} is not the one that was carried out here"),
            Self::NotCopied { name, step, cause } => write!(
                f,
                "step {step} of {name} was not begun, because the copy before it could not be made: {cause}"
            ),
            Self::Failed { name, step, cause } => write!(f, "step {step} of {name} failed: {cause}"),
        }
    }
}

impl Error for MigrateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotCopied { cause, .. } => Some(cause.as_ref()),
            Self::Failed { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// Why a copy could not be made, or is not whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackupError {
    /// What is to be copied or looked at cannot be opened or read.
    Source(OpenError),
    /// The copy cannot be written.
    Target(PathBuf, Box<dyn Error + Send + Sync>),
    /// A log with writes that the file does not have stands beside it: it is in use, or was copied by hand.
    InUse(PathBuf),
    /// SQLite's own check found damage; its first sentence.
    Damaged(PathBuf, String),
    /// A table of the copy has another number of rows than the original.
    Differs {
        /// The table.
        table: String,
        /// Rows of the original.
        original: u64,
        /// Rows of the copy.
        copy: u64,
    },
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(cause) => cause.fmt(f),
            Self::Target(path, cause) => write!(f, "{} cannot be written: {cause}", path.display()),
            Self::InUse(path) => write!(
                f,
                "{} has a write-ahead log beside it: it is in use, or was copied while it was",
                path.display()
            ),
            Self::Damaged(path, what) => write!(f, "{} is damaged: {what}", path.display()),
            Self::Differs { table, original, copy } => {
                write!(f, "the table {table} has {original} rows and its copy {copy}")
            }
        }
    }
}

impl Error for BackupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Source(cause) => cause.source(),
            Self::Target(_, cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

/// What an SQLite error is to a store's caller.
pub(super) fn store_error(error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::SqliteFailure(failure, _) => match (failure.code, failure.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => StoreError::Taken,
            (ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation, _) => {
                StoreError::corrupt(error)
            }
            _ => StoreError::unavailable(error),
        },
        rusqlite::Error::UnwindingPanic => StoreError::unavailable(error),
        _ => StoreError::corrupt(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn what_sqlite_says_of_a_file_has_a_sentence_of_its_own() {
        for (code, says) in [
            (ffi::SQLITE_FULL, "is full; make room"),
            (ffi::SQLITE_READONLY, "check the owner and mode"),
            (ffi::SQLITE_CANTOPEN, "check the owner and mode"),
            (ffi::SQLITE_BUSY_RECOVERY, "locked by another program"),
            (ffi::SQLITE_NOTADB, "not an SQLite database"),
            (ffi::SQLITE_CORRUPT_INDEX, "is damaged"),
            (ffi::SQLITE_IOERR, "cannot be opened"),
        ] {
            let error = OpenError::of(Path::new("app.db"), failure(code)).to_string();
            assert!(error.contains("app.db") && error.contains(says), "{code}: {error}");
        }
    }

    #[test]
    fn what_the_system_says_of_a_file_has_the_same_sentences() {
        use std::io::ErrorKind;
        for (kind, says) in [
            (ErrorKind::StorageFull, "is full; make room"),
            (ErrorKind::ReadOnlyFilesystem, "check the owner and mode"),
            (ErrorKind::NotFound, "does not exist, or its folder"),
            (ErrorKind::InvalidInput, "cannot be opened"),
        ] {
            let error = OpenError::of_io(Path::new("app.db"), kind.into()).to_string();
            assert!(error.contains("app.db") && error.contains(says), "{kind}: {error}");
        }
    }

    #[test]
    fn only_a_unique_key_means_taken() {
        assert!(matches!(
            store_error(failure(ffi::SQLITE_CONSTRAINT_UNIQUE)),
            StoreError::Taken
        ));
        assert!(matches!(
            store_error(failure(ffi::SQLITE_CONSTRAINT_PRIMARYKEY)),
            StoreError::Taken
        ));
        assert!(matches!(
            store_error(failure(ffi::SQLITE_CONSTRAINT_CHECK)),
            StoreError::Corrupt(_)
        ));
        assert!(matches!(
            store_error(failure(ffi::SQLITE_BUSY)),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            store_error(failure(ffi::SQLITE_CORRUPT)),
            StoreError::Corrupt(_)
        ));
    }
}
