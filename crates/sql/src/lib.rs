//! Users, signing keys, sessions and clients on databases: SQLite for our own, and tables that another application owns in
//! SQLite, PostgreSQL and MySQL (feature `foreign` and one for each database).

#[cfg(feature = "foreign")]
pub mod foreign;
#[cfg(feature = "sqlite")]
mod own;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use own::insertion::Inserted;
#[cfg(feature = "sqlite")]
pub use own::keys::UnreadableKey;
#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::backup;
#[cfg(feature = "sqlite")]
pub use sqlite::{
    Database, MigrateError, OpenError, SqliteApiKeys, SqliteAudit, SqliteClients, SqliteKeys, SqliteOptions,
    SqliteSecrets, SqliteSessions, SqliteThrottle, SqliteUsers,
};
