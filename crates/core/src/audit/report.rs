//! What a look through the trail found.

use std::fmt;

use super::row::Position;

/// How many findings, and how many remarks, are told one by one.
const TOLD_AT_MOST: usize = 1_000;

/// What the rows and seals of a database are, held against each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditReport {
    /// How many rows were looked at.
    pub rows: u64,
    /// How many seals.
    pub seals: u64,
    /// How many rows no seal binds yet.
    pub unsealed: u64,
    /// What was tampered with; the first thousand.
    pub findings: Vec<Finding>,
    /// What is no tampering and should be known; the first thousand.
    pub remarks: Vec<Remark>,
    /// How much more there is of either.
    pub more: u64,
}

impl AuditReport {
    /// Whether nothing was tampered with.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < TOLD_AT_MOST {
            self.findings.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(super) fn remark(&mut self, remark: Remark) {
        if self.remarks.len() < TOLD_AT_MOST {
            self.remarks.push(remark);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// A tampering. Ranges are from the first to the last, both of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A row is not what it was when it was sealed.
    RowAltered {
        /// Where it stands.
        position: Position,
        /// The seal that binds it.
        seal: u64,
    },
    /// A row was not written by a server that has the secret: put in, or altered before it was sealed.
    RowInserted {
        /// Where it stands.
        position: Position,
    },
    /// Rows are gone.
    RowsDeleted {
        /// From here.
        first: Position,
        /// To here.
        last: Position,
    },
    /// Every row is ours, but they are not those that were sealed, or stand otherwise.
    RowsSwapped {
        /// The seal that binds them.
        seal: u64,
        /// From here.
        first: Position,
        /// To here.
        last: Position,
    },
    /// The last rows are gone.
    RowsCut {
        /// From here.
        first: Position,
        /// To here.
        last: Position,
    },
    /// Seals between others are gone.
    SealsMissing {
        /// From here.
        first: u64,
        /// To here.
        last: u64,
    },
    /// The last seals are gone.
    SealsCut {
        /// From here.
        first: u64,
        /// To here.
        last: u64,
    },
    /// A seal is not what it was when it was signed.
    SealAltered {
        /// Its number.
        number: u64,
    },
    /// A seal was made after another one than the one that stands before it.
    SealUnlinked {
        /// Its number.
        number: u64,
    },
    /// The anchor has a seal that is not here any more: rows and seals behind a point are gone.
    AnchorMissing {
        /// The last seal that is here.
        newest: u64,
        /// The one of the anchor.
        anchored: u64,
        /// When that was made, in milliseconds since 1970.
        at: u64,
    },
    /// The seal of this number is another one than the anchor has.
    AnchorDiffers {
        /// Its number.
        number: u64,
    },
    /// What was written with this secret cannot be checked: it is not here.
    KeyMissing {
        /// Its number.
        number: u8,
    },
}

impl Finding {
    /// A name for programs, which never changes.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RowAltered { .. } => "row_altered",
            Self::RowInserted { .. } => "row_inserted",
            Self::RowsDeleted { .. } => "rows_deleted",
            Self::RowsSwapped { .. } => "rows_swapped",
            Self::RowsCut { .. } => "rows_cut",
            Self::SealsMissing { .. } => "seals_missing",
            Self::SealsCut { .. } => "seals_cut",
            Self::SealAltered { .. } => "seal_altered",
            Self::SealUnlinked { .. } => "seal_unlinked",
            Self::AnchorMissing { .. } => "anchor_missing",
            Self::AnchorDiffers { .. } => "anchor_differs",
            Self::KeyMissing { .. } => "key_missing",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowAltered { position, seal } => write!(f, "row {position} was altered after seal {seal}"),
            Self::RowInserted { position } => write!(
                f,
                "row {position} was put in by somebody without the secret, or altered before it was sealed"
            ),
            Self::RowsDeleted { first, last } => write!(f, "{} deleted", rows(*first, *last)),
            Self::RowsSwapped { seal, first, last } => write!(
                f,
                "{} not those, or not where, seal {seal} binds them: swapped",
                rows(*first, *last).replace(" was", " is").replace(" were", " are")
            ),
            Self::RowsCut { first, last } => write!(f, "{} cut off at the end", rows(*first, *last)),
            Self::SealsMissing { first, last } => write!(f, "{} dropped", seals(*first, *last)),
            Self::SealsCut { first, last } => write!(f, "{} cut off at the end", seals(*first, *last)),
            Self::SealAltered { number } => write!(f, "seal {number} was altered: its signature is wrong"),
            Self::SealUnlinked { number } => write!(f, "seal {number} does not follow the one before it"),
            Self::AnchorMissing { newest, anchored, .. } => write!(
                f,
                "the anchor has seal {anchored}, and here the last is {newest}: rows and seals were cut off at the end"
            ),
            Self::AnchorDiffers { number } => write!(f, "seal {number} is another one than the anchor has"),
            Self::KeyMissing { number } => write!(
                f,
                "the secret number {number} is not here: what it vouches for is unknown"
            ),
        }
    }
}

fn rows(first: u64, last: u64) -> String {
    several("row", first, last)
}

fn seals(first: u64, last: u64) -> String {
    several("seal", first, last)
}

fn several(what: &str, first: u64, last: u64) -> String {
    match first == last {
        true => format!("{what} {first} was"),
        false => format!("{what}s {first} to {last} were"),
    }
}

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
            Self::Pruned { upto } => write!(f, "rows up to {upto} were removed when they were old enough"),
            Self::OutOfTime { position } => write!(
                f,
                "row {position} is much older than one before it: a clock was set, or an old row was put in again"
            ),
        }
    }
}
