//! Secrets that digests of refresh tokens and of clients are made with: numbered, and kept encrypted under the master key.
//!
//! They are not derived from the master key, so that another master key ([`Secrets::rewrap`]) leaves every digest readable.

pub mod contract;
mod error;
mod memory;
mod service;
mod store;

pub use error::SecretsError;
pub use memory::MemorySecrets;
pub use service::{SECRET_LEN, SecretNumber, Secrets};
pub use store::{SecretRecord, SecretStore};
