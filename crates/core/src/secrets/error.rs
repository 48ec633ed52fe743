//! Why secrets cannot be had. Nothing of them is told.

use std::error::Error;
use std::fmt;

use crate::signing_keys::MasterKeyError;
use crate::store::StoreError;

/// Why the secrets cannot be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretsError {
    /// The store failed.
    Store(StoreError),
    /// A stored secret cannot be decrypted, or a new one not encrypted.
    Master {
        /// Its number.
        number: u8,
        /// Why.
        cause: MasterKeyError,
    },
    /// No number is left for another one.
    TooMany,
    /// Other processes changed the secrets all the time.
    Busy,
}

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the secrets cannot be read or stored"),
            Self::Master { number, .. } => write!(f, "the secret number {number} cannot be encrypted or decrypted"),
            Self::TooMany => f.write_str("there were 255 secrets, and no number is left for another one"),
            Self::Busy => f.write_str("other processes are changing the secrets"),
        }
    }
}

impl Error for SecretsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(cause) => Some(cause),
            Self::Master { cause, .. } => Some(cause),
            Self::TooMany | Self::Busy => None,
        }
    }
}

impl From<StoreError> for SecretsError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}
