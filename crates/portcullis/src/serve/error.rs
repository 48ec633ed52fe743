//! Why serving could not begin.

use std::fmt;
use std::io;

/// Why serving could not begin.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is not ours, is taken, or is none.
    Bind {
        /// The address as it was given.
        addr: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The signals that end a server could not be listened to.
    Signal(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { addr, .. } => write!(f, "cannot listen on {addr}"),
            Self::Signal(_) => f.write_str("cannot listen to the signals that end the server"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. } | Self::Signal(source) => Some(source),
        }
    }
}
