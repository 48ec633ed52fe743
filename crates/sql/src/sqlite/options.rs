//! What can be chosen when a file is opened.

use std::time::Duration;

/// The few choices of an SQLite database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How long to wait for another process that writes. Default 5 s. A read on the calling thread waits a quarter of a
    /// second at most, because other tasks wait with it.
    pub busy_timeout: Duration,
    /// How many writes may wait before a further one waits to be queued. Default 1,024.
    pub queue: usize,
    /// The page cache of each connection, in KiB. Default 2,048.
    pub cache_kib: u32,
    /// Whether steps are carried out too that older versions of the program do not live with, so that none may be running.
    /// Default: no.
    pub contract: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            queue: 1_024,
            cache_kib: 2_048,
            contract: false,
        }
    }
}
