//! Whether what is acknowledged is on a standby too.

use std::fmt;

use portcullis_core::StoreError;

use super::lanes::Lanes;
use crate::own::row::{Row, Unreadable};

const LOOK: &str = "SELECT current_setting('synchronous_standby_names'), current_setting('synchronous_commit'), \
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')), \
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL)";

/// Whether a commit that is acknowledged is on the disk of a standby too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replication {
    /// It is.
    Synchronous,
    /// No standby is waited for (`synchronous_standby_names` is empty).
    NoNames,
    /// Commits do not wait (`synchronous_commit` is neither `on` nor `remote_apply`).
    NotAwaited,
    /// None of those that are waited for is there.
    NoStandby,
    /// Our role may not look.
    Unseen,
}

impl fmt::Display for Replication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Synchronous => "what is acknowledged is on a standby too",
            Self::NoNames => "no standby is waited for: set synchronous_standby_names",
            Self::NotAwaited => "commits do not wait for a standby: set synchronous_commit to on",
            Self::NoStandby => "no synchronous standby is connected",
            Self::Unseen => "whether there is a synchronous standby cannot be seen: GRANT pg_monitor to this role",
        })
    }
}

impl Replication {
    fn of(row: &dyn Row) -> Result<Self, Unreadable> {
        Ok(match (row.text(0)?, row.text(1)?, row.count(2)?, row.count(3)?) {
            ("", ..) => Self::NoNames,
            (_, commit, ..) if !["on", "remote_apply"].contains(&commit) => Self::NotAwaited,
            (_, _, 1.., _) => Self::Synchronous,
            (_, _, 0, 1..) => Self::Unseen,
            (_, _, 0, 0) => Self::NoStandby,
        })
    }

    /// What the database says of itself.
    pub(super) async fn look(lanes: &Lanes) -> Result<Self, StoreError> {
        let found = lanes.feed(LOOK, &[], Self::of).await?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::unavailable("the database does not say how it is replicated"))
    }
}
