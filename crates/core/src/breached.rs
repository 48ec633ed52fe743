//! Passwords that stand in a breached set: a file that [`BreachedBuilder`] makes of the public list, asked without the network.

mod build;
mod error;
mod file;
mod layout;
mod passwords;
mod refused;
mod spread;
mod watch;

pub use build::BreachedBuilder;
pub use error::BreachedError;
pub use passwords::BreachedPasswords;
pub use refused::{LineError, ListError};
pub(crate) use watch::BreachedWatch;

#[cfg(test)]
mod tests;
