//! PostgreSQL for tables of ours: looks over a few links that many share, acts over links of their own.

mod act;
mod api_keys;
mod audit;
mod clients;
mod clock;
mod database;
mod error;
mod failure;
mod foreign_epochs;
#[cfg(test)]
mod installed;
mod keys;
mod lanes;
mod lease;
mod looks;
mod migrate;
mod node;
mod nodes;
mod note;
mod options;
mod pulse;
mod replication;
mod report;
mod revocations;
mod secrets;
mod sessions;
mod setup;
mod statement;
mod survey;
mod throttle;
mod together;
mod users;
mod whole;

pub use api_keys::PostgresApiKeys;
pub use audit::PostgresAudit;
pub use clients::PostgresClients;
pub use clock::{Monotonic, PostgresClock};
pub use database::PostgresDatabase;
pub use error::PostgresError;
pub(crate) use foreign_epochs::PostgresForeignEpochs;
pub use keys::PostgresKeys;
pub use lease::PostgresLease;
pub use node::{PostgresLevel, PostgresNode};
pub use nodes::PostgresNodes;
pub use options::PostgresOptions;
pub use replication::Replication;
pub use secrets::PostgresSecrets;
pub use sessions::PostgresSessions;
pub use setup::{PostgresSetup, SetUp, SetupError};
pub use survey::{PostgresStandby, PostgresSurvey};
pub use throttle::PostgresThrottle;
pub use users::PostgresUsers;
pub(crate) use whole::{MOVER, Uncommitted, WholePostgres};

#[cfg(test)]
mod tests;

/// The steps of tables that only PostgreSQL has.
#[cfg(test)]
pub(crate) mod steps {
    pub(crate) const FOREIGN_EPOCHS: &[&str] = super::foreign_epochs::STEPS;
    pub(crate) const LEASE: &[&str] = super::lease::STEPS;
    pub(crate) const NODES: &[&str] = super::nodes::STEPS;
    pub(crate) const SETUP: &[&str] = super::setup::STEPS;
}
