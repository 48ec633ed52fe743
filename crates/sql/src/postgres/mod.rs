//! PostgreSQL for tables of ours: looks over a few links that many share, acts over links of their own.

mod act;
mod audit;
mod database;
mod error;
mod failure;
mod keys;
mod migrate;
mod note;
mod revocations;
mod secrets;
mod sessions;
mod statement;
mod users;

pub use audit::PostgresAudit;
pub use database::PostgresDatabase;
pub use error::PostgresError;
pub use keys::PostgresKeys;
pub use secrets::PostgresSecrets;
pub use sessions::PostgresSessions;
pub use users::PostgresUsers;
