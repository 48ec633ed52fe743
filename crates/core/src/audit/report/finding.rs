//! What was tampered with.

use std::fmt;

use crate::audit::row::Position;

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
    /// Rows or seals stand where no server puts any: before the first, or at no place.
    Astray {
        /// How many.
        count: u64,
    },
    /// Rows are gone.
    RowsDeleted {
        /// From here.
        first: Position,
        /// To here.
        last: Position,
    },
    /// Every row is ours, as far as anybody can tell, but they are not those that were sealed, or stand otherwise.
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
    /// A seal is not what it was when it was signed, or not the one that was there when its secret was wiped.
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
            Self::Astray { .. } => "astray",
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
            Self::Astray { count } => write!(
                f,
                "somebody put in {count} rows or seals where no server puts any: before the first, or at no place"
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
            Self::SealAltered { number } => write!(f, "seal {number} was altered"),
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
