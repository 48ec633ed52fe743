//! User stores on databases: SQLite.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::{Database, MigrateError, OpenError, SqliteOptions, SqliteUsers};
