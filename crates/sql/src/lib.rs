//! Users, signing keys, sessions and clients on databases: our own tables in SQLite or PostgreSQL, and tables that another
//! application owns in SQLite, PostgreSQL and MySQL (feature `foreign` and one for each database).

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "postgres")]
mod any;
#[cfg(feature = "foreign")]
pub mod foreign;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod host;
#[cfg(feature = "postgres")]
mod links;
#[cfg(feature = "postgres")]
pub mod moving;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod own;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod phase;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(all(test, feature = "sqlite"))]
mod released;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub use any::{
    AnyApiKeys, AnyAudit, AnyClients, AnyDatabase, AnyError, AnyKeys, AnySecrets, AnySessions, AnyThrottle, AnyUsers,
};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use own::insertion::Inserted;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use own::keys::UnreadableKey;
#[cfg(feature = "postgres")]
pub use postgres::{
    Monotonic, PostgresClock, PostgresLease, PostgresLevel, PostgresNode, PostgresNodes, PostgresOptions, Replication,
};
#[cfg(feature = "postgres")]
pub use postgres::{
    PostgresApiKeys, PostgresAudit, PostgresClients, PostgresDatabase, PostgresError, PostgresKeys, PostgresSecrets,
    PostgresSessions, PostgresStandby, PostgresSurvey, PostgresThrottle, PostgresUsers,
};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresSetup, SetUp, SetupError};
#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::backup;
#[cfg(feature = "sqlite")]
pub use sqlite::{
    Database, MigrateError, OpenError, SqliteApiKeys, SqliteAudit, SqliteClients, SqliteKeys, SqliteOptions,
    SqliteSecrets, SqliteSessions, SqliteThrottle, SqliteUsers,
};

/// The README's program, compiled.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
