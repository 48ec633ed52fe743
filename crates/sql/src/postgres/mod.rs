//! PostgreSQL for tables of ours: looks over a few links that many share, acts over links of their own.

mod act;
mod database;
mod error;
mod failure;
mod migrate;
mod statement;
mod users;

pub use database::PostgresDatabase;
pub use error::PostgresError;
pub use users::PostgresUsers;
