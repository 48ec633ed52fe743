//! Why something was not moved.

use std::error::Error;
use std::fmt;

use portcullis_core::StoreError;

use crate::any::AnyError;

/// Why nothing was moved, or may not have been.
#[derive(Debug)]
#[non_exhaustive]
pub enum MoveError {
    /// A database cannot be opened, or its tables cannot be brought up to date.
    Tables(AnyError),
    /// The one that is moved cannot be read.
    From(StoreError),
    /// The other one cannot be written or read.
    To(StoreError),
    /// A row of this table cannot be stored there.
    Store(&'static str, StoreError),
    /// A server, or another program, uses the one that is moved; by what they call themselves.
    Served(Vec<String>),
    /// Whether the other one holds it all is not known: the answer was lost.
    Unknown(StoreError),
    /// The other one was set up before, or is being set up.
    SetUp,
    /// The other one holds something in this table.
    NotEmpty(&'static str),
    /// After copying, both say something else of a table.
    Differs {
        /// Its name.
        table: &'static str,
        /// How many rows it has where it came from.
        from: u64,
        /// And in the other.
        to: u64,
    },
}

impl fmt::Display for MoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables(_) => f.write_str("the database cannot be opened"),
            Self::From(_) => f.write_str("the database that is moved cannot be read"),
            Self::To(_) => f.write_str("the other database cannot be written"),
            Self::Store(table, _) => write!(f, "a row of {table} cannot be stored in the other database"),
            Self::Served(by) => write!(f, "the database that is moved is in use by {}", by.join(", ")),
            Self::Unknown(_) => f.write_str("the other database did not answer at the end"),
            Self::SetUp => f.write_str("the other database is set up already, or is being set up"),
            Self::NotEmpty(table) => write!(f, "the other database is not empty: {table} has rows"),
            Self::Differs { table, from, to } => {
                write!(f, "the two do not agree on {table}: {from} rows here, {to} there")
            }
        }
    }
}

impl Error for MoveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Tables(cause) => Some(cause),
            Self::From(cause) | Self::To(cause) | Self::Unknown(cause) | Self::Store(_, cause) => Some(cause),
            _ => None,
        }
    }
}
