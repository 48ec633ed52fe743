//! What can go wrong with copies.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use crate::sqlite::error::OpenError;

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
