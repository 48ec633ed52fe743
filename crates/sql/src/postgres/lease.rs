//! What one node does for all, as long as it lives.

use std::fmt;
use std::time::Duration;

use portcullis_core::StoreError;

use super::act::{Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::value::Value;

/// The name that the steps below are remembered under.
const STEPS_OF: &str = "portcullis_leases";

pub(super) const STEPS: &[&str] = &[include_str!("lease/1_leases.sql")];

/// Takes what nobody holds any more, or keeps what one holds. The database's clock alone decides.
const HOLD: &str = "INSERT INTO portcullis_leases AS lease (name, holder, until, fence) \
    VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $3, 1) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, \
        fence = CASE WHEN lease.holder = excluded.holder THEN lease.fence ELSE lease.fence + 1 END \
    WHERE lease.holder = excluded.holder OR lease.until <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint \
    RETURNING fence";

const GIVE_UP: &str = "UPDATE portcullis_leases SET until = 0 WHERE name = $1 AND holder = $2";

/// The right to do something that one of several nodes does for all: it is asked for before each round of the work, and
/// lasts for a while. A node that died loses it when that time has passed.
///
/// ```no_run
/// # async fn example(database: portcullis_sql::PostgresDatabase) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use portcullis_sql::PostgresLease;
///
/// let janitor = PostgresLease::on(database, "janitor", Duration::from_secs(60)).await?;
/// if janitor.hold().await?.is_some() {
///     // Sweeps, for less than a minute.
/// }
/// # Ok(())
/// # }
/// ```
pub struct PostgresLease {
    database: PostgresDatabase,
    name: &'static str,
    /// Random; of this value alone.
    holder: [u8; 16],
    lasts: Duration,
}

impl fmt::Debug for PostgresLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLease")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PostgresLease {
    /// The lease of this name in a database, which lasts this long (milliseconds; finer parts are dropped). Each value is a
    /// holder of its own; nobody holds it yet. Our table is `portcullis_leases`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase, name: &'static str, lasts: Duration) -> Result<Self, PostgresError> {
        database.migrate(STEPS_OF, STEPS).await?;
        let holder = database.random_id(STEPS_OF)?;
        Ok(Self {
            database,
            name,
            holder,
            lasts,
        })
    }

    /// Takes it if nobody holds it, or keeps it: from the moment that this is called, for as long as it lasts. What is given
    /// counts up with every other holder, so that what two of them write can be told apart. `None`: another one holds it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: whether it is held is not known, so nothing is to be done.
    pub async fn hold(&self) -> Result<Option<u64>, StoreError> {
        let lasts = Value::count(u64::try_from(self.lasts.as_millis()).unwrap_or(u64::MAX));
        let values = [self.name.into(), self.holder.as_slice().into(), lasts];
        let fence = |row: &dyn crate::own::row::Row| row.count(0);
        act!(self.database, Isolation::ReadCommitted, act => act.first(HOLD, &values, fence))
    }

    /// Gives it up, if it is held: the next one need not wait.
    ///
    /// # Errors
    /// What the store says; then it ends by itself.
    pub async fn give_up(&self) -> Result<(), StoreError> {
        let values = [self.name.into(), self.holder.as_slice().into()];
        self.database.write(GIVE_UP, &values).await.map(drop)
    }
}
