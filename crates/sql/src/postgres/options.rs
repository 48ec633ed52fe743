//! What can be chosen when a database is opened.

use std::fmt;
use std::sync::Arc;

use portcullis_core::password::{OsRandom, Random};

use super::clock::{Monotonic, monotonic};

/// The few choices of a PostgreSQL database.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// How long one waits before one tries again is a little random, so that nodes do not come back together. Default: the
    /// system's randomness.
    pub random: Arc<dyn Random>,
    /// A time that only goes on, since a moment of its own: what the database's clock is read against. Default: the
    /// machine's, which no change of its clock moves.
    pub monotonic: Monotonic,
    /// Whether steps are carried out too that older versions of the program do not live with, so that none may be running.
    /// Default: no.
    pub contract: bool,
    /// Whether only what is on a synchronous standby too is acknowledged: without one the database is not opened, and after a
    /// failover writes are unavailable until the new server was seen to have one. It takes the server's settings
    /// `synchronous_standby_names` and `synchronous_commit`, and a role in `pg_monitor`, and no pooler in between. Default: no.
    pub replicated: bool,
    /// Whether no pooler may be in between, such as PgBouncer, which may lead each transaction to another session and another
    /// server. Where only what is replicated is acknowledged none may be anyway. Default: no.
    pub direct: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            random: Arc::new(OsRandom),
            monotonic: monotonic(),
            contract: false,
            replicated: false,
            direct: false,
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").finish_non_exhaustive()
    }
}
