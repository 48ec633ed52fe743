//! Why a foreign table cannot be used.

use std::error::Error;
use std::fmt;

use portcullis_core::StoreError;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a foreign table cannot be used. Neither text nor cause holds the password of a URL or a stored hash.
#[derive(Debug)]
#[non_exhaustive]
pub enum ForeignError {
    /// No URL of a database; the sentence says what one looks like.
    Url(&'static str),
    /// A kind of database that this build does not read.
    NotBuilt {
        /// The cargo feature that it is behind.
        feature: &'static str,
    },
    /// The database cannot be reached or opened, at present or ever.
    Unreachable {
        /// The database, without user and password.
        database: String,
        /// Why not.
        cause: Cause,
    },
    /// There is no such table.
    NoTable {
        /// The table that was asked for.
        table: String,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// The table has no such column.
    NoColumn {
        /// The table.
        table: String,
        /// The column that was asked for.
        column: String,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// The database refuses what the mapping says of `active` or `scopes`.
    Expression {
        /// Which of them.
        what: &'static str,
        /// What the database says.
        cause: Cause,
    },
    /// The database refused a statement: an expression or query of the mapping, or a schema that changed.
    Statement(Cause),
    /// A row holds what it should not; the sentence names the row and column.
    Row(String),
    /// What is kept beside the foreign table, in a database of our own, cannot be had.
    Beside(Cause),
}

impl fmt::Display for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let like = |nearest: &Option<String>| match nearest {
            Some(nearest) => format!("; the nearest is {nearest}"),
            None => String::new(),
        };
        match self {
            Self::Url(sentence) => f.write_str(sentence),
            Self::NotBuilt { feature } => {
                write!(
                    f,
                    "this build does not read such databases: it was made without the feature {feature}"
                )
            }
            Self::Unreachable { database, .. } => write!(f, "{database} cannot be opened"),
            Self::NoTable { table, nearest } => write!(f, "there is no table {table}{}", like(nearest)),
            Self::NoColumn { table, column, nearest } => {
                write!(f, "the table {table} has no column {column}{}", like(nearest))
            }
            Self::Expression { what, .. } => write!(f, "the database refuses the expression or query for `{what}`"),
            Self::Statement(_) => f.write_str("the database refuses a statement"),
            Self::Row(sentence) => f.write_str(sentence),
            Self::Beside(_) => f.write_str("what is kept beside the foreign table cannot be had"),
        }
    }
}

impl Error for ForeignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable { cause, .. }
            | Self::Expression { cause, .. }
            | Self::Statement(cause)
            | Self::Beside(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

impl From<ForeignError> for StoreError {
    fn from(error: ForeignError) -> Self {
        match error {
            ForeignError::Unreachable { .. } | ForeignError::Beside(_) => Self::unavailable(error),
            _ => Self::corrupt(error),
        }
    }
}
