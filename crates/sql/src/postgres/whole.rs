//! A database as a whole, in one transaction on a link of its own: for moving all that it holds.

use std::time::Duration;

use portcullis_core::StoreError;
use portcullis_core::password::{OsRandom, Random as _};

use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::{Failure, Next};
use super::setup::PostgresSetup;
use super::statement;
use super::together::together;
use crate::links::Link;
use crate::own::audit_numbers;
use crate::own::value::Value;
use crate::own::whole::{self, Owned};

/// What the connections of one who moves are called, so that those of servers can be told from them.
pub(crate) const MOVER: &str = "portcullis-move";

/// No server starts meanwhile: it reads that table first. What is read is of the moment of the first look behind this. However
/// long it takes, whatever else is set for role and database: the other side is filled and compared meanwhile.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE portcullis_setup IN ACCESS EXCLUSIVE MODE";

const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// The same for what PostgreSQL 17 knows first.
const NO_LIMIT: &str = "SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'";

/// Whoever else uses the database, by what they call themselves; those called `$1` are who moves.
const OTHERS: &str = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() \
    AND usesysid IS NOT NULL AND pid <> pg_backend_pid() AND application_name <> $1 ORDER BY 1";

/// How often it is looked for them, with a pause in between.
const LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// It counts as set up, once this is committed; waits for whoever sets it up at the moment.
const TAKE: &str = "INSERT INTO portcullis_setup (only_one, holder, begun, finished) \
    SELECT 1, $1, now.ms, now.ms FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) AS now \
    ON CONFLICT (only_one) DO NOTHING";

/// No server starts on it any more.
const LEAVE: &str = "UPDATE portcullis_setup SET moved = (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// The last position and seal that were ever given.
const GIVEN: &str = "SELECT position, seal FROM portcullis_audit_given";

const GIVE: &str = "UPDATE portcullis_audit_given SET position = $1, seal = $2";

/// Whether this transaction, which took it, was committed.
const TAKEN: &str = "SELECT 1::bigint FROM portcullis_setup WHERE holder = $1 AND finished IS NOT NULL";

/// A database and its transaction, which is undone when this is dropped.
pub(crate) struct WholePostgres {
    database: PostgresDatabase,
    link: Link,
    /// By what it is known that it was filled.
    holder: Option<[u8; 16]>,
}

/// Why a transaction was not committed.
pub(crate) enum Uncommitted {
    /// It did nothing.
    Undone(StoreError),
    /// It may have, and may yet.
    Unknown(StoreError),
}

impl From<Uncommitted> for StoreError {
    fn from(why: Uncommitted) -> Self {
        match why {
            Uncommitted::Undone(cause) | Uncommitted::Unknown(cause) => cause,
        }
    }
}

impl WholePostgres {
    /// Reads all of it as it is now, if nobody else uses it; who does otherwise.
    pub(crate) async fn to_read(database: &PostgresDatabase) -> Result<Result<Self, Vec<String>>, StoreError> {
        let whole = Self::begun(database, READ).await?;
        // Before anything is read: whoever came before the lock and is gone now has written what is read.
        for _ in 0..LOOKS {
            let others = whole.others().await?;
            if others.is_empty() {
                whole.without_limit().await?;
                return Ok(Ok(whole));
            }
            // One that has just ended is gone in a moment.
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Err(whole.others().await?))
    }

    /// Who else uses it, by what they call themselves.
    pub(crate) async fn others(&self) -> Result<Vec<String>, StoreError> {
        // Not over its own link: within a transaction the answer stays the same.
        self.database
            .look(OTHERS, &[MOVER.into()], |row| row.text(0).map(str::to_owned))
            .await
    }

    /// Whether a row of the audit trail has no position yet.
    pub(crate) async fn has_unnumbered(&self) -> Result<bool, StoreError> {
        let waiting = self.look(audit_numbers::WAITING, &[], |row| row.integer(0)).await?;
        Ok(!waiting.is_empty())
    }

    /// Writes all of it, if it was never set up.
    pub(crate) async fn to_write(database: &PostgresDatabase) -> Result<Option<Self>, StoreError> {
        PostgresSetup::make_table(database)
            .await
            .map_err(StoreError::unavailable)?;
        let mut whole = Self::begun(database, WRITE).await?;
        whole.without_limit().await?;
        let mut holder = [0; 16];
        OsRandom.fill(&mut holder).map_err(StoreError::unavailable)?;
        let taken = whole.execute(TAKE, &[holder.as_slice().into()]).await?;
        whole.holder = Some(holder);
        Ok((taken == 1).then_some(whole))
    }

    async fn without_limit(&self) -> Result<(), StoreError> {
        self.look(NO_LIMIT, &[], |row| row.text(0).map(drop)).await.map(drop)
    }

    async fn begun(database: &PostgresDatabase, begin: &str) -> Result<Self, StoreError> {
        let link = database.alone().await;
        let link = link.map_err(|error: PostgresError| StoreError::unavailable(error))?;
        let begun = link.client().batch_execute(begin).await;
        begun.map_err(|error| StoreError::from(Failure::from(error)))?;
        Ok(Self {
            database: database.clone(),
            link,
            holder: None,
        })
    }

    /// A page of a table.
    pub(crate) async fn rows(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Vec<Owned>>, StoreError> {
        self.look(sql, values, whole::row).await
    }

    /// Adds rows by one statement each.
    pub(crate) async fn add(&self, sql: &'static str, rows: &[Vec<Owned>]) -> Result<(), StoreError> {
        let Some((first, others)) = rows.split_first() else {
            return Ok(());
        };
        // From then on it is prepared, and the others follow without waiting for each answer.
        self.add_one(sql, first).await?;
        together(others.iter().map(|row| self.add_one(sql, row))).await?;
        Ok(())
    }

    async fn add_one(&self, sql: &'static str, row: &[Owned]) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
        self.execute(sql, &values).await.map(drop)
    }

    /// The last position and seal of the audit trail that were ever given.
    pub(crate) async fn given(&self) -> Result<(i64, i64), StoreError> {
        let given = self
            .look(GIVEN, &[], |row| Ok((row.integer(0)?, row.integer(1)?)))
            .await?;
        Ok(given.first().copied().unwrap_or_default())
    }

    /// Goes on behind them.
    pub(crate) async fn give(&self, (position, seal): (i64, i64)) -> Result<(), StoreError> {
        let values = [Value::Integer(position), Value::Integer(seal)];
        self.execute(GIVE, &values).await.map(drop)
    }

    /// From here on no server starts on it.
    pub(crate) async fn leave(&self) -> Result<(), StoreError> {
        self.execute(LEAVE, &[]).await.map(drop)
    }

    /// All of it holds.
    pub(crate) async fn commit(self) -> Result<(), Uncommitted> {
        let Err(error) = self.link.client().batch_execute("COMMIT").await else {
            return Ok(());
        };
        let failure = Failure::from(error);
        if failure.next() != Next::Lost {
            return Err(Uncommitted::Undone(failure.into()));
        }
        let unknown = Uncommitted::Unknown(Failure::Unknown(failure.into()).into());
        let Some(holder) = self.holder else {
            return Err(unknown);
        };
        // What waits for a standby may still come about.
        let taken = self
            .database
            .look(TAKEN, &[holder.as_slice().into()], |row| row.integer(0))
            .await;
        match taken.is_ok_and(|taken| !taken.is_empty()) {
            true => Ok(()),
            false => Err(unknown),
        }
    }

    async fn look<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: crate::own::row::Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(statement::all(&self.link, sql, values, read).await?)
    }

    async fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        Ok(statement::execute(&self.link, sql, values).await?)
    }
}
