//! Living tables: users in a table that another application owns and goes on using.

mod address;
mod beside;
mod connection;
mod dialect;
mod driver;
mod error;
pub mod frameworks;
mod mapping;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod reading;
mod schema;
mod spread;
mod sqlite;
mod statements;
mod users;

pub use address::Address;
#[cfg(test)]
pub(crate) use beside::STEPS;
pub use dialect::Dialect;
pub use error::ForeignError;
pub use mapping::{LoginMatch, Mapping, ScopeSource};
pub use schema::{Column, Schema};
pub use users::{Findings, ForeignUsers, Stage, Unused};
