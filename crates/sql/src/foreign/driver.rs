//! What the drivers of three databases have in common: text in, rows of texts out.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use std::time::Duration;

/// A row: each column as text, or NULL.
pub(super) type Row = Vec<Option<String>>;

/// Whether anything is ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The database itself refuses what would write.
    ReadOnly,
    ReadWrite,
}

/// Who waits for whom: questions of one lane never wait for those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Users of tokens, by key; every guarded request asks.
    Tokens,
    /// What strangers may ask: a login without an index looks through the whole table.
    Logins,
    /// Whole tables, and writes.
    Longer,
}

impl Lane {
    /// How many connections to a server it has at most.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(super) fn width(self) -> usize {
        match self {
            Self::Tokens | Self::Logins => 4,
            Self::Longer => 2,
        }
    }
}

/// How long a server may take to answer, with everything that is waited for on the way.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection is silent before the system asks whether the other side is still there.
#[cfg(feature = "mysql")]
pub(super) const KEEPALIVE: Duration = Duration::from_secs(30);
