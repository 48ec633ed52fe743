//! Why a database could not be opened, whichever it is.

use std::error::Error;
use std::fmt;

use crate::postgres::PostgresError;
use crate::sqlite::OpenError;

/// Why a database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyError {
    /// An SQLite file.
    Sqlite(OpenError),
    /// A PostgreSQL database.
    Postgres(PostgresError),
}

impl fmt::Display for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Postgres(error) => error.fmt(f),
        }
    }
}

impl Error for AnyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Sqlite(error) => error.source(),
            Self::Postgres(error) => error.source(),
        }
    }
}

impl From<OpenError> for AnyError {
    fn from(error: OpenError) -> Self {
        Self::Sqlite(error)
    }
}

impl From<PostgresError> for AnyError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}
