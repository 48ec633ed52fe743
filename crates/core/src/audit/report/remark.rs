//! What is no tampering and should be known.

use std::fmt;

use crate::audit::row::Position;

/// What is no tampering and should be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Rows were sealed late: the process that wrote them was killed, or could not seal.
    SealedLate {
        /// The seal.
        seal: u64,
        /// How many rows it binds.
        rows: u64,
        /// How much later than the first of them it was made, in milliseconds.
        after: u64,
    },
    /// Rows that no seal binds: the youngest, or what a killed process left behind.
    Unsealed {
        /// How many.
        rows: u64,
        /// When the first was written, in milliseconds since 1970.
        since: u64,
    },
    /// From this seal on the database is an older copy that was brought back.
    Restored {
        /// The seal.
        seal: u64,
        /// When it was made, in milliseconds since 1970.
        at: u64,
    },
    /// The anchor has seals of a time before the database was brought back from an older copy.
    LeftBehind {
        /// The last of them.
        anchored: u64,
    },
    /// A line of the anchor is none: it was cut off when it was written, or somebody was at it.
    AnchorTorn {
        /// Its number, from 1.
        line: usize,
    },
    /// The secrets that vouched for rows up to here were wiped: the chain of seals alone tells what those were then.
    Reset {
        /// The last of them.
        upto: Position,
        /// When, in milliseconds since 1970.
        at: u64,
    },
    /// Rows up to here were removed when they were old enough.
    Pruned {
        /// The last of them.
        upto: Position,
    },
    /// A row is more than an hour older than one before it: a clock was set, or an old row was put in again.
    OutOfTime {
        /// Where it stands.
        position: Position,
    },
}

impl Remark {
    /// A name for programs, which never changes.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SealedLate { .. } => "sealed_late",
            Self::Unsealed { .. } => "unsealed",
            Self::Restored { .. } => "restored",
            Self::LeftBehind { .. } => "left_behind",
            Self::AnchorTorn { .. } => "anchor_torn",
            Self::Reset { .. } => "reset",
            Self::Pruned { .. } => "pruned",
            Self::OutOfTime { .. } => "out_of_time",
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SealedLate { seal, rows, after } => write!(
                f,
                "seal {seal} was made {} s after the first of its {rows} rows: a server was killed, or could not seal",
                after / 1_000
            ),
            Self::Unsealed { rows, since } => write!(
                f,
                "{rows} rows are not sealed yet, the first of {}",
                crate::date::rfc3339(since / 1_000)
            ),
            Self::Restored { seal, at } => write!(
                f,
                "from seal {seal} of {} on the database is a copy that was brought back",
                crate::date::rfc3339(at / 1_000)
            ),
            Self::LeftBehind { anchored } => write!(
                f,
                "the anchor has seals up to {anchored} of before the database was brought back from a copy"
            ),
            Self::AnchorTorn { line } => write!(
                f,
                "line {line} of the anchor is none: it was cut off when it was written, or somebody was at it"
            ),
            Self::Reset { upto, at } => write!(
                f,
                "the secrets of rows up to {upto} were wiped on {}: the chain of seals alone tells that they are what they \
                 were then",
                crate::date::rfc3339(at / 1_000)
            ),
            Self::Pruned { upto } => write!(f, "rows up to {upto} were removed when they were old enough"),
            Self::OutOfTime { position } => write!(
                f,
                "row {position} is much older than one before it: a clock was set, or an old row was put in again"
            ),
        }
    }
}
