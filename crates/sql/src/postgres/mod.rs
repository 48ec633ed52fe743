//! PostgreSQL for tables of ours: looks over a few links that many share, acts over links of their own.

mod act;
mod audit;
mod database;
mod error;
mod failure;
mod foreign_epochs;
mod keys;
mod migrate;
mod note;
mod revocations;
mod secrets;
mod sessions;
mod setup;
mod statement;
mod users;
mod whole;

pub use audit::PostgresAudit;
pub use database::PostgresDatabase;
pub use error::PostgresError;
pub(crate) use foreign_epochs::PostgresForeignEpochs;
pub use keys::PostgresKeys;
pub use secrets::PostgresSecrets;
pub use sessions::PostgresSessions;
pub use setup::{PostgresSetup, SetUp, SetupError};
pub use users::PostgresUsers;
pub(crate) use whole::{MOVER, WholePostgres, name_of};
