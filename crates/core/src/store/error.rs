//! Why a store could not answer.

use std::error::Error;
use std::fmt;

use crate::condition::Unmet;

/// Why a store could not answer. "There is no such user" is not an error, it is `None`.
///
/// The text is for the log; a client is told one fixed sentence.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or is busy now; the same question may be answered later.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// The store answered with something that is not a user (a schema that changed, a broken row).
    Corrupt(Box<dyn Error + Send + Sync>),
    /// A new account takes a name that is taken already.
    Taken,
    /// The store takes no such change, ever or at present (a table that another application owns, say); the sentence
    /// says where the change is made instead. It is told to administrators.
    Unsupported(&'static str),
    /// The condition of a change does not hold, and nothing was changed.
    Unmet(Unmet),
}

impl StoreError {
    /// Wraps the cause of a store that cannot be reached.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Wraps the cause of an answer that makes no sense.
    pub fn corrupt(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt(cause.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(_) => f.write_str("the store cannot be reached"),
            Self::Corrupt(_) => f.write_str("the store gave an answer that makes no sense"),
            Self::Taken => f.write_str("one of that name exists already"),
            Self::Unsupported(sentence) => f.write_str(sentence),
            Self::Unmet(unmet) => unmet.fmt(f),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(cause) | Self::Corrupt(cause) => Some(cause.as_ref()),
            Self::Taken | Self::Unsupported(_) | Self::Unmet(_) => None,
        }
    }
}
