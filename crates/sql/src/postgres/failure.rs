//! What can go wrong with one statement, and what it is to a store's caller.

use std::error::Error;
use std::num::TryFromIntError;

use portcullis_core::StoreError;
use tokio::time::error::Elapsed;
use tokio_postgres::error::SqlState;

use crate::links::{Fault, Why};
use crate::own::row::Unreadable;

/// Why a statement or an act failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the server or the way to it says.
    Said(tokio_postgres::Error),
    /// The same of what was only prepared: nothing was carried out.
    Unprepared(tokio_postgres::Error),
    /// There is no answer in time.
    Late(Elapsed),
    /// Whether it was carried out is not known: it was sent, and there is no answer.
    Unknown(Box<Self>),
    /// It was carried out, and whether the standby has it is not known.
    Alone,
    /// Nothing was asked: it would not be on a standby too.
    Unreplicated,
    /// There is no link.
    NoLink(Why),
    /// A row holds what no table of ours does.
    Row(Unreadable),
    /// A number is beyond a column's.
    Beyond(TryFromIntError),
}

impl Failure {
    /// The server's word for it.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) | Self::Unprepared(error) => error.code(),
            _ => None,
        }
    }

    /// What it asks for.
    pub(super) fn next(&self) -> Next {
        let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        let ended = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::DATABASE_DROPPED,
            SqlState::IDLE_SESSION_TIMEOUT,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ];
        let (Self::Said(error) | Self::Unprepared(error)) = self else {
            return match self {
                Self::Late(_) => Next::Late,
                _ => Next::Told,
            };
        };
        match error.code() {
            Some(code) if conflicts.contains(code) => Next::Again,
            // The server's own word that the statement was not carried out; a crash has none.
            Some(code) if ended.contains(code) => Next::Elsewhere,
            Some(code) if *code == SqlState::CRASH_SHUTDOWN || code.code().starts_with("08") => self.lost(),
            _ => match Fault::of(error) {
                Fault::Lost => self.lost(),
                Fault::Stale => Next::Prepare,
                Fault::Refused | Fault::Statement => Next::Told,
            },
        }
    }

    fn lost(&self) -> Next {
        match self {
            Self::Unprepared(_) => Next::Elsewhere,
            _ => Next::Lost,
        }
    }
}

/// What a failure asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing was carried out, for others came in between: the same once more.
    Again,
    /// Nothing was carried out, for what is prepared is outdated: the same, prepared anew.
    Prepare,
    /// Nothing was carried out, and over no link of this time: over another, perhaps at another host.
    Elsewhere,
    /// The link is gone, and what became of it is not known.
    Lost,
    /// The time is up, and what becomes of it is not known.
    Late,
    /// It is the answer.
    Told,
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
            (Failure::Said(error) | Failure::Unprepared(error), Some("22" | "23" | "42" | "XX")) => {
                Self::corrupt(said(error))
            }
            (Failure::Said(error) | Failure::Unprepared(error), _) => Self::unavailable(said(error)),
            (Failure::Late(elapsed), _) => Self::unavailable(elapsed),
            (Failure::Unknown(failure), _) => Self::unavailable(Sent(Self::from(*failure).into())),
            (Failure::Alone, _) => {
                Self::unavailable("it is stored, and the wait for a standby to store it too was cancelled")
            }
            (Failure::NoLink(why), _) => Self::unavailable(why),
            (Failure::Unreplicated, _) => Self::unavailable("no standby was seen that would store it too"),
            (Failure::Row(error), _) => Self::corrupt(error),
            (Failure::Beyond(error), _) => Self::corrupt(error),
        }
    }
}

/// What a server says, without what it adds to that: a row, perhaps, with all that it holds.
fn said(error: tokio_postgres::Error) -> Box<dyn Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => format!("{}: {} ({})", said.severity(), said.message(), said.code().code()).into(),
        None => error.into(),
    }
}

/// What was sent and is not answered.
#[derive(Debug)]
struct Sent(Box<dyn Error + Send + Sync>);

impl std::fmt::Display for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("whether it was carried out is not known")
    }
}

impl Error for Sent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
