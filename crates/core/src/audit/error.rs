//! What can go wrong with the trail.

use std::error::Error;
use std::fmt;

use super::seal::Seal;
use crate::keyed::Unusable;
use crate::store::StoreError;

/// Why the trail could not be opened, sealed or looked through.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuditError {
    /// The store cannot answer.
    Store(StoreError),
    /// The secret cannot be used.
    Unusable,
    /// This process knows of a seal that is not in the store any more: somebody cut the chain, and it is not gone on
    /// with.
    Cut {
        /// The last seal that this process knows of.
        known: u64,
        /// The last one in the store.
        found: u64,
    },
    /// Other processes seal faster, again and again.
    Busy,
}

impl AuditError {
    pub(super) fn cut(known: &Seal, found: Option<&Seal>) -> Self {
        Self::Cut {
            known: known.number,
            found: found.map_or(0, |seal| seal.number),
        }
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the audit trail cannot be read or written"),
            Self::Unusable => f.write_str("the secret of the audit trail cannot be used"),
            Self::Cut { known, found } => write!(
                f,
                "the audit trail was cut: seal {known} was there, and now the last is {found}, or another one; \
                 nothing is sealed until the server starts anew"
            ),
            Self::Busy => f.write_str("other processes seal the audit trail"),
        }
    }
}

impl Error for AuditError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<StoreError> for AuditError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<Unusable> for AuditError {
    fn from(Unusable: Unusable) -> Self {
        Self::Unusable
    }
}
