//! What a server of PostgreSQL tells an operator of itself.

use std::time::Duration;

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use crate::own::row::{Row, Unreadable};

/// Settings by their numbers, in the unit that each has. Not every engine has each.
const SERVER: &str = "SELECT current_setting('server_version'), quote_ident(current_user::text), \
    (SELECT setting::bigint FROM pg_settings WHERE name = 'checkpoint_timeout'), \
    (SELECT setting FROM pg_settings WHERE name = 'wal_compression'), \
    (SELECT setting::bigint FROM pg_settings WHERE name = 'max_wal_size'), \
    (SELECT setting::bigint FROM pg_settings WHERE name = 'max_connections'), \
    (SELECT coalesce(sum(setting::bigint), 0)::bigint FROM pg_settings \
        WHERE name IN ('superuser_reserved_connections', 'reserved_connections'))";

const STANDBYS: &str =
    "SELECT application_name, state, sync_state FROM pg_stat_replication ORDER BY application_name, pid";

/// A server that copies the one that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresStandby {
    /// As it calls itself (`application_name`).
    pub name: String,
    /// Its `state` and `sync_state`, such as `streaming` and `sync`; `None`: our role may not see them.
    pub state: Option<(String, String)>,
}

/// What a server of PostgreSQL says of itself. A setting that the engine does not have is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresSurvey {
    /// Its version, such as `15.8`.
    pub version: String,
    /// Our role, as SQL spells it.
    pub role: String,
    /// `checkpoint_timeout`.
    pub checkpoint_timeout: Option<Duration>,
    /// `wal_compression`, such as `off` or `lz4`.
    pub wal_compression: Option<String>,
    /// `max_wal_size` in MiB.
    pub max_wal_size_mib: Option<u64>,
    /// `max_connections`.
    pub max_connections: Option<u64>,
    /// How many of these are kept for administrators.
    pub reserved_connections: u64,
    /// Who copies it, by their names.
    pub standbys: Vec<PostgresStandby>,
}

impl PostgresSurvey {
    /// Asks the server that is written to; nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it does not answer.
    pub async fn of(database: &PostgresDatabase) -> Result<Self, StoreError> {
        let server = database.look(SERVER, &[], Self::read).await?;
        let server = server.into_iter().next();
        let server = server.ok_or_else(|| StoreError::corrupt("the database says nothing of itself"))?;
        let standbys = database.look(STANDBYS, &[], standby).await?;
        Ok(Self { standbys, ..server })
    }

    fn read(row: &dyn Row) -> Result<Self, Unreadable> {
        Ok(Self {
            version: row.text(0)?.to_owned(),
            role: row.text(1)?.to_owned(),
            checkpoint_timeout: row.count_or_null(2)?.map(Duration::from_secs),
            wal_compression: row.text_or_null(3)?.map(str::to_owned),
            max_wal_size_mib: row.count_or_null(4)?,
            max_connections: row.count_or_null(5)?,
            reserved_connections: row.count(6)?,
            standbys: Vec::new(),
        })
    }
}

fn standby(row: &dyn Row) -> Result<PostgresStandby, Unreadable> {
    let (state, sync) = (row.text_or_null(1)?, row.text_or_null(2)?);
    Ok(PostgresStandby {
        name: row.text_or_null(0)?.unwrap_or_default().to_owned(),
        state: state.zip(sync).map(|(state, sync)| (state.to_owned(), sync.to_owned())),
    })
}
