//! Why a file of breached passwords cannot be asked.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file of breached passwords cannot be asked. It names the file.
#[derive(Debug)]
pub struct BreachedError {
    path: PathBuf,
    kind: Kind,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Kind {
    /// It cannot be read, or is not there.
    Io(io::Error),
    /// It is something else.
    Other,
    /// Another version of us made it.
    Version(u32),
    /// It is shorter or longer than it says.
    Length { expected: u64, found: u64 },
    /// Its beginning is not what was written.
    Damaged,
}

impl BreachedError {
    pub(super) fn new(path: PathBuf, kind: Kind) -> Self {
        Self { path, kind }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for BreachedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file of breached passwords {} ", self.path.display())?;
        match &self.kind {
            Kind::Io(_) => f.write_str("cannot be read"),
            Kind::Other => f.write_str("is none: `hash breached build` did not make it"),
            Kind::Version(version) => write!(f, "is of version {version}, which is not read here"),
            Kind::Length { expected, found } if found < expected => {
                write!(f, "is cut off: it has {found} of {expected} bytes")
            }
            Kind::Length { expected, found } => write!(f, "has {found} bytes where it says {expected}"),
            Kind::Damaged => f.write_str("is damaged: its checksum is another"),
        }
    }
}

impl Error for BreachedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for Kind {
    fn from(cause: io::Error) -> Self {
        match cause.kind() {
            // It ends before its own head does.
            io::ErrorKind::UnexpectedEof => Self::Other,
            _ => Self::Io(cause),
        }
    }
}
