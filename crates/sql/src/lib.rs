//! Users and signing keys on databases: SQLite.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::{Database, MigrateError, OpenError, SqliteKeys, SqliteOptions, SqliteUsers};
