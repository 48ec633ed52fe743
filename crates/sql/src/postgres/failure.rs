//! What can go wrong with one statement, and what it is to a store's caller.

use std::num::TryFromIntError;

use portcullis_core::StoreError;
use tokio_postgres::error::SqlState;

use crate::links::Why;
use crate::own::row::Unreadable;

/// Why a statement or an act failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the server or the way to it says.
    Said(tokio_postgres::Error),
    /// There is no link.
    NoLink(Why),
    /// A row holds what no table of ours does.
    Row(Unreadable),
    /// A number is beyond a column's.
    Beyond(TryFromIntError),
}

impl Failure {
    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) => error.code(),
            _ => None,
        }
    }

    /// Whether another act came in between, so that this one did nothing and may be done again.
    pub(super) fn is_conflict(&self) -> bool {
        let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| conflicts.contains(code))
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Said(error)
    }
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::Row(error)
    }
}

impl From<TryFromIntError> for Failure {
    fn from(error: TryFromIntError) -> Self {
        Self::Beyond(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let class = failure.code().and_then(|code| code.code().get(..2)).map(str::to_owned);
        match (failure, class.as_deref()) {
            (Failure::Said(error), _) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Self::Taken,
            // What a row holds or is given, a constraint, a statement that the tables do not fit.
            (Failure::Said(error), Some("22" | "23" | "42" | "XX")) => Self::corrupt(error),
            (Failure::Said(error), _) => Self::unavailable(error),
            (Failure::NoLink(why), _) => Self::unavailable(why),
            (Failure::Row(error), _) => Self::corrupt(error),
            (Failure::Beyond(error), _) => Self::corrupt(error),
        }
    }
}
