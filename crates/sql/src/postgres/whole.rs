//! A database as a whole, in one transaction on a link of its own: for moving all that it holds.

use portcullis_core::StoreError;
use portcullis_core::password::{OsRandom, Random as _};

use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::setup::PostgresSetup;
use super::statement;
use crate::links::Link;
use crate::own::value::Value;
use crate::own::whole::{self, Owned};

/// What the connections of one who moves are called, so that those of servers can be told from them.
pub(crate) const MOVER: &str = "portcullis-move";

/// Everything is of one moment, and no server starts meanwhile: it reads that table first.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '5s'; \
    LOCK TABLE portcullis_setup IN ACCESS EXCLUSIVE MODE";

const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '5s'";

/// Connections of programs called `$1`.
const SERVERS: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()";

/// It counts as set up, once this is committed; waits for whoever sets it up at the moment.
const TAKE: &str = "INSERT INTO portcullis_setup (only_one, holder, begun, finished) \
    SELECT 1, $1, now.ms, now.ms FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) AS now \
    ON CONFLICT (only_one) DO NOTHING";

/// No server starts on it any more.
const LEAVE: &str = "UPDATE portcullis_setup SET moved = (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// The last position and seal that were ever given.
const GIVEN: &str = "SELECT position, seal FROM portcullis_audit_given";

const GIVE: &str = "UPDATE portcullis_audit_given SET position = $1, seal = $2";

/// What the connections of a server with this URL are called.
pub(crate) fn name_of(url: &str) -> String {
    let config = url.parse::<tokio_postgres::Config>().ok();
    let name = config.as_ref().and_then(tokio_postgres::Config::get_application_name);
    name.unwrap_or("portcullis").to_owned()
}

/// A database and its transaction, which is undone when this is dropped.
pub(crate) struct WholePostgres {
    link: Link,
}

impl WholePostgres {
    /// Reads all of it, if no server of this name (`application_name`) is at work.
    pub(crate) async fn to_read(database: &PostgresDatabase, servers: &str) -> Result<Option<Self>, StoreError> {
        let whole = Self::begun(database, READ).await?;
        let count = whole.look(SERVERS, &[servers.into()], |row| row.count(0)).await?;
        Ok((count.first() == Some(&0)).then_some(whole))
    }

    /// Writes all of it, if it was never set up.
    pub(crate) async fn to_write(database: &PostgresDatabase) -> Result<Option<Self>, StoreError> {
        PostgresSetup::make_table(database)
            .await
            .map_err(StoreError::unavailable)?;
        let whole = Self::begun(database, WRITE).await?;
        let mut holder = [0; 16];
        OsRandom.fill(&mut holder).map_err(StoreError::unavailable)?;
        let taken = whole.execute(TAKE, &[holder.as_slice().into()]).await?;
        Ok((taken == 1).then_some(whole))
    }

    async fn begun(database: &PostgresDatabase, begin: &str) -> Result<Self, StoreError> {
        let link = database.alone().await;
        let link = link.map_err(|error: PostgresError| StoreError::unavailable(error))?;
        let begun = link.client().batch_execute(begin).await;
        begun.map_err(|error| StoreError::from(Failure::from(error)))?;
        Ok(Self { link })
    }

    /// A page of a table.
    pub(crate) async fn rows(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Vec<Owned>>, StoreError> {
        self.look(sql, values, whole::row).await
    }

    /// Adds rows by one statement each.
    pub(crate) async fn add(&self, sql: &'static str, rows: &[Vec<Owned>]) -> Result<(), StoreError> {
        for row in rows {
            let values: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
            self.execute(sql, &values).await?;
        }
        Ok(())
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
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = self.link.client().batch_execute("COMMIT").await;
        done.map_err(|error| Failure::from(error).into())
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
