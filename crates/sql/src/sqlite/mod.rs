//! SQLite: reads on the calling thread, writes through one thread that commits in groups.

pub mod backup;
mod database;
mod error;
mod keys;
mod migrate;
mod open;
mod options;
mod statement;
mod users;
mod writer;

pub use database::Database;
pub use error::{MigrateError, OpenError};
pub use keys::SqliteKeys;
pub use options::SqliteOptions;
pub use users::SqliteUsers;
