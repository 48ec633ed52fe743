//! That a database of several nodes is set up once: by whoever comes first, and not by halves.
//!
//! One row says who sets it up and whether that has ended. Times are the database's, so that nobody's clock decides who was
//! first.

use std::fmt;

use portcullis_core::StoreError;
use portcullis_core::password::{OsRandom, Random as _, RandomError};

use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::value::Value;

const STEPS_OF: &str = "portcullis_setup";

pub(super) const STEPS: &[&str] = &[include_str!("../own/setup/postgres/1_setup.sql")];

/// After this long, in milliseconds, a setup that did not end is taken for one that was killed.
const GIVEN_UP: i64 = 60_000;

/// The table `$1`, if it is there.
const THERE: &str = "SELECT to_regclass($1)::text";

/// When it was finished, and when all of it was moved away, if it was.
const STATE: &str = "SELECT finished, moved FROM portcullis_setup";

/// Those who are there already: at most two.
const SOME: &str = "SELECT 1::bigint FROM portcullis_accounts LIMIT 2";

/// Takes the turn for `$1`, if nobody has it or whoever had it was killed.
const BEGIN: &str = "INSERT INTO portcullis_setup AS there (only_one, holder, begun) \
    VALUES (1, $1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) \
    ON CONFLICT (only_one) DO UPDATE SET holder = excluded.holder, begun = excluded.begun \
    WHERE there.finished IS NULL AND there.begun < excluded.begun - $2";

/// Ends the turn of `$1`, if it still has it.
const FINISH: &str = "UPDATE portcullis_setup SET finished = (extract(epoch FROM clock_timestamp()) * 1000)::bigint \
    WHERE holder = $1 AND finished IS NULL";

/// Whether the turn of `$1` was ended by it.
const FINISHED: &str = "SELECT 1::bigint FROM portcullis_setup WHERE holder = $1 AND finished IS NOT NULL";

/// What a setup that was killed left: nobody ever knew those passwords.
const CLEAR: &str = "DELETE FROM portcullis_accounts";

/// How far a database is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// Nobody has begun.
    Not,
    /// Somebody has begun and not ended: they are at work, or were killed.
    Begun,
    /// It is.
    Done,
    /// It was, and all that it holds was moved into another.
    Moved,
}

/// Why a database cannot be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// It is.
    Done,
    /// Somebody is at work there, or was killed less than a minute ago.
    Busy,
    /// It has users of ours: an application keeps them there, or they were moved away.
    Used,
    /// Its tables cannot be made.
    Tables(PostgresError),
    /// It does not answer.
    Store(StoreError),
    /// There is no randomness.
    Random(RandomError),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "the database is set up already",
            Self::Busy => "another setup of the database is at work, or was interrupted a moment ago",
            Self::Used => "the database has users already",
            Self::Tables(_) => "the tables cannot be made",
            Self::Store(_) => "the database does not answer",
            Self::Random(_) => "there is no randomness",
        })
    }
}

impl std::error::Error for SetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Done | Self::Busy | Self::Used => None,
            Self::Tables(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            Self::Random(cause) => Some(cause),
        }
    }
}

/// The turn of one who sets a database up. Dropped before its end, it may be taken over after a minute.
#[derive(Debug)]
pub struct PostgresSetup {
    database: PostgresDatabase,
    holder: [u8; 16],
}

impl PostgresSetup {
    /// How far a database is set up; nothing is written.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn state(database: &PostgresDatabase) -> Result<SetUp, StoreError> {
        if !is_there(database, "portcullis_setup").await? {
            return Ok(SetUp::Not);
        }
        let state = database
            .look(STATE, &[], |row| Ok((row.integer_or_null(0)?, row.integer_or_null(1)?)))
            .await?;
        Ok(match state.first() {
            None => SetUp::Not,
            Some((_, Some(_))) => SetUp::Moved,
            Some((None, None)) => SetUp::Begun,
            Some((Some(_), None)) => SetUp::Done,
        })
    }

    /// Makes the table in which it is said.
    pub(super) async fn make_table(database: &PostgresDatabase) -> Result<(), PostgresError> {
        database.migrate(STEPS_OF, STEPS).await
    }

    /// Takes the turn. Of several at once one has it; what one that was killed left of users goes.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn begin(database: PostgresDatabase) -> Result<Self, SetupError> {
        let state = Self::state(&database).await.map_err(SetupError::Store)?;
        match state {
            SetUp::Not | SetUp::Begun => {}
            SetUp::Done => return Err(SetupError::Done),
            SetUp::Moved => return Err(SetupError::Used),
        }
        let has_accounts = is_there(&database, "portcullis_accounts").await;
        let has_accounts = has_accounts.map_err(SetupError::Store)?;
        if has_accounts {
            let some = database.look(SOME, &[], |row| row.integer(0)).await;
            // A setup that was killed left its administrator at most; more are an application's.
            let own = usize::from(state == SetUp::Begun);
            if some.map_err(SetupError::Store)?.len() > own {
                return Err(SetupError::Used);
            }
        }
        Self::make_table(&database).await.map_err(SetupError::Tables)?;
        let mut holder = [0; 16];
        OsRandom.fill(&mut holder).map_err(SetupError::Random)?;
        let values = [holder.as_slice().into(), Value::Integer(GIVEN_UP)];
        let begun = database.write(BEGIN, &values).await.map_err(SetupError::Store)?;
        if begun == 0 {
            let state = Self::state(&database).await.map_err(SetupError::Store)?;
            return Err(match state {
                SetUp::Done => SetupError::Done,
                _ => SetupError::Busy,
            });
        }
        if state == SetUp::Begun && has_accounts {
            database.write(CLEAR, &[]).await.map_err(SetupError::Store)?;
        }
        Ok(Self { database, holder })
    }

    /// From here on the database counts as set up.
    ///
    /// # Errors
    /// [`SetupError::Busy`]: it took so long that another took it over.
    pub async fn finish(self) -> Result<(), SetupError> {
        let own = [self.holder.as_slice().into()];
        let finished = match self.database.write(FINISH, &own).await {
            Ok(rows) => rows == 1,
            // It may hold all the same.
            Err(unknown) => {
                let found = self.database.look(FINISHED, &own, |row| row.integer(0)).await;
                match found.map(|found| !found.is_empty()) {
                    Ok(true) => true,
                    _ => return Err(SetupError::Store(unknown)),
                }
            }
        };
        match finished {
            true => Ok(()),
            false => Err(SetupError::Busy),
        }
    }
}

/// Whether a table is there.
async fn is_there(database: &PostgresDatabase, table: &'static str) -> Result<bool, StoreError> {
    let there = database
        .look(THERE, &[table.into()], |row| Ok(row.text_or_null(0)?.is_some()))
        .await?;
    Ok(there.into_iter().next().unwrap_or(false))
}
