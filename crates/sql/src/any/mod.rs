//! Our tables in either database: of each kind of store one type that is in an SQLite file or in a PostgreSQL database, for
//! programs that learn at their start which it is.

mod api_keys;
mod audit;
mod clients;
mod database;
mod either;
mod error;
mod keys;
mod secrets;
mod sessions;
mod throttle;
mod users;

pub use api_keys::AnyApiKeys;
pub use audit::AnyAudit;
pub use clients::AnyClients;
pub use database::AnyDatabase;
pub use error::AnyError;
pub use keys::AnyKeys;
pub use secrets::AnySecrets;
pub use sessions::AnySessions;
pub use throttle::AnyThrottle;
pub use users::AnyUsers;
