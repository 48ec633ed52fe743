//! SQLite: reads on the calling thread, writes through one thread that commits in groups.

mod api_keys;
mod audit;
pub mod backup;
mod clients;
mod database;
mod ending;
mod error;
mod keys;
mod migrate;
mod note;
mod open;
mod options;
mod revocations;
mod secrets;
mod sessions;
mod statement;
mod throttle;
mod users;
#[cfg(feature = "postgres")]
mod whole;
mod writer;

pub use api_keys::SqliteApiKeys;
pub use audit::SqliteAudit;
pub use clients::SqliteClients;
pub use database::Database;
pub use error::{MigrateError, OpenError};
pub use keys::SqliteKeys;
pub use options::SqliteOptions;
pub use secrets::SqliteSecrets;
pub use sessions::SqliteSessions;
pub use throttle::SqliteThrottle;
pub use users::SqliteUsers;
