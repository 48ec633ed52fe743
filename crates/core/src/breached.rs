//! Passwords that stand in a breached set: a file that [`BreachedBuilder`] makes of the public list, asked without the network.

mod build;
mod error;
mod file;
mod layout;
mod passwords;
mod watch;

pub use build::{BreachedBuilder, LineError};
pub use error::BreachedError;
pub use passwords::BreachedPasswords;
pub(crate) use watch::BreachedWatch;

#[cfg(test)]
mod tests;
