//! Why keys and policy cannot be used together.

use std::error::Error;
use std::fmt;

/// Why keys and policy cannot be used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A set without keys.
    NoKey,
    /// A set of more than 64 keys.
    TooManyKeys,
    /// Several keys, and one of them has no id.
    KeyWithoutId,
    /// Two keys have the same id.
    KeyIdTwice,
    /// Shared secrets beside public keys.
    MixedKeys,
    /// A leeway beyond [`MAX_LEEWAY`](crate::MAX_LEEWAY).
    LeewayTooLong,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "a key set needs a key",
            Self::TooManyKeys => "a key set has at most 64 keys",
            Self::KeyWithoutId => "where there are several keys, each needs an id",
            Self::KeyIdTwice => "two keys have the same id",
            Self::MixedKeys => "shared secrets and public keys do not go into one set",
            Self::LeewayTooLong => "a leeway is at most 300 seconds",
        })
    }
}

impl Error for PolicyError {}
