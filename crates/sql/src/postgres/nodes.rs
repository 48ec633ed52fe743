//! Which servers are at work on a database.

use std::fmt;

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::node::{ALL, PostgresLevel, PostgresNode, THERE};

const STEPS_OF: &str = "portcullis_nodes";

pub(super) const STEPS: &[&str] = &[include_str!("../own/nodes/postgres/1_nodes.sql")];

/// The longest name of a host, in characters.
const HOST_MAX: usize = 253;

/// The node `$1` of the host `$2`, the version `$3` and the level `$4` is at work. Those of whom nobody heard for a day go.
/// The database's clock alone counts: a node whose own is wrong is neither taken for dead nor kept.
const TELL: &str = "WITH over AS (DELETE FROM portcullis_nodes \
        WHERE id <> $1 AND seen < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 86400000) \
    INSERT INTO portcullis_nodes (id, host, version, level, started, seen) \
    SELECT $1, $2, $3, $4, now.ms, now.ms FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) AS now \
    ON CONFLICT (id) DO UPDATE SET level = excluded.level, seen = excluded.seen";

const LEAVE: &str = "DELETE FROM portcullis_nodes WHERE id = $1";

/// Every step that was carried out, and what a version must know that does not know it.
const STEPS_THERE: &str = "SELECT m.name, m.step, coalesce(f.floor, m.step) FROM portcullis_migrations AS m \
    LEFT JOIN portcullis_floors AS f ON f.name = m.name AND f.step = m.step";

/// The last step of each group of tables.
const LEVEL: &str = "SELECT name, max(step) FROM portcullis_migrations GROUP BY name";

/// One server among those that share a database: it says from time to time that it is at work, and what it knows. So what
/// older servers would not live with ([`PostgresOptions::contract`](crate::PostgresOptions::contract)) is not carried out
/// while one of them was heard of within a minute. Each value is a server of its own.
///
/// ```no_run
/// # async fn example(database: portcullis_sql::PostgresDatabase) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use portcullis_sql::PostgresNodes;
///
/// let node = PostgresNodes::on(database, "host-a", env!("CARGO_PKG_VERSION")).await?;
/// for _ in 0..3 {
///     if let Some(newer) = node.tell().await? {
///         return Err(newer.into());
///     }
///     tokio::time::sleep(Duration::from_secs(15)).await;
/// }
/// node.leave().await?;
/// # Ok(())
/// # }
/// ```
pub struct PostgresNodes {
    database: PostgresDatabase,
    /// Random; of this value alone.
    id: [u8; 16],
    host: String,
    version: String,
}

impl fmt::Debug for PostgresNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresNodes")
            .field("host", &self.host)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl PostgresNodes {
    /// A server on this machine, of this version of its program; it is not at work yet. Our table is `portcullis_nodes`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase, host: &str, version: &str) -> Result<Self, PostgresError> {
        database.migrate(STEPS_OF, STEPS).await?;
        let id = database.random_id(STEPS_OF)?;
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(HOST_MAX).collect();
        Ok(Self {
            database,
            id,
            host: plain(host),
            version: plain(version),
        })
    }

    /// It is at work: to be said each quarter of a minute. What is given is [`PostgresError::Newer`] where a step was carried
    /// out since that this program does not live with, as while it was stopped or cut off: then it should end. What it knows
    /// are the tables that were opened before, with the same [`PostgresDatabase`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nobody knows whether it was heard.
    pub async fn tell(&self) -> Result<Option<PostgresError>, StoreError> {
        let known = self.database.known();
        let level = known
            .iter()
            .map(|(name, step)| (*name, *step))
            .collect::<PostgresLevel>()
            .to_string();
        let values = [
            self.id.as_slice().into(),
            self.host.as_str().into(),
            self.version.as_str().into(),
            level.as_str().into(),
        ];
        self.database.write_soft(TELL, &values).await?;
        // Looked at after it was told: whoever carries out a step meanwhile waits for one of both.
        let step = |row: &dyn crate::own::row::Row| {
            let (name, step, floor) = (row.text(0)?.to_owned(), row.number(1)?, row.number(2)?);
            Ok((name, step, floor))
        };
        let there: Vec<(String, u32, u32)> = self.database.look(STEPS_THERE, &[], step).await?;
        let newer = there.iter().find_map(|(name, found, floor)| {
            let (name, known) = known.get_key_value(name.as_str())?;
            (found > known && floor > known).then_some(PostgresError::Newer {
                name,
                found: *found,
                known: *known,
            })
        });
        Ok(newer)
    }

    /// It is at work no more.
    ///
    /// # Errors
    /// What the store says; then it is forgotten within a day, and counts for a minute.
    pub async fn leave(&self) -> Result<(), StoreError> {
        let values = [self.id.as_slice().into()];
        self.database.write_soft(LEAVE, &values).await.map(drop)
    }

    /// Every server of whom was heard within a day and who did not leave, by its host.
    ///
    /// # Errors
    /// What the store says.
    pub async fn all(database: &PostgresDatabase) -> Result<Vec<PostgresNode>, StoreError> {
        let there = database
            .look(THERE, &[], |row| Ok(row.text_or_null(0)?.is_some()))
            .await?;
        match there.first() {
            Some(true) => database.look(ALL, &[], PostgresNode::of).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Which steps were carried out in a database.
    ///
    /// # Errors
    /// What the store says.
    pub async fn level_of(database: &PostgresDatabase) -> Result<PostgresLevel, StoreError> {
        let read = |row: &dyn crate::own::row::Row| Ok((row.text(0)?.to_owned(), row.number(1)?));
        let steps: Vec<(String, u32)> = database.look(LEVEL, &[], read).await?;
        Ok(steps.iter().map(|(name, step)| (name.as_str(), *step)).collect())
    }
}
