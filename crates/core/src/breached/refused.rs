//! Why a list of breached passwords, or a line of it, cannot be taken.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a line cannot be taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum LineError {
    /// It is not a SHA-1 in hexadecimal digits with a count behind a colon.
    Unreadable,
    /// It has only the end of a hash, as a file of one prefix has.
    Part,
    /// It has no count, and only those seen often enough are to be kept.
    Uncounted,
    /// Its hash comes before that of the line above.
    Order,
    /// More hashes begin alike than SHA-1 would have.
    Uneven,
    /// More than 4,294,967,295 entries.
    TooMany,
    /// The file could not be written.
    Io(io::Error),
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it is no SHA-1 of 40 hexadecimal digits with a count, such as 00000…:3",
            Self::Part => "it has only the last 35 digits of a hash",
            Self::Uncounted => "it has no count",
            Self::Order => "its hash comes before that of the line above",
            Self::Uneven => "too many hashes begin alike: they are no SHA-1 of passwords",
            Self::TooMany => "there are more than 4294967295 entries",
            Self::Io(_) => "the new file could not be written",
        })
    }
}

impl Error for LineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Why no file is made of a list, though each line of it could be taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListError {
    /// Nothing is left of it: it has no line, or none that was seen often enough.
    Empty,
    /// A part of it is missing. The hashes of passwords lie evenly, and here is a gap that cannot be by chance.
    Hole {
        /// The first 32 bits of the last hash before it; 0: of none.
        after: u32,
        /// How many hashes should stand there, about.
        missing: u64,
    },
    /// The file could not be written.
    Io(io::Error),
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the list has no password that is to be kept"),
            Self::Hole { after, missing } => write!(
                f,
                "a part of the list is missing: behind the hash {after:08X}… about {missing} others should stand"
            ),
            Self::Io(_) => f.write_str("the new file could not be written"),
        }
    }
}

impl Error for ListError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for ListError {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}
