//! Where salts come from.

use std::fmt;

use crate::error::RandomError;

/// A source of unpredictable bytes, handed in so that tests can use their own.
///
/// ```
/// use portcullis_password::{Random, RandomError};
///
/// /// For tests only: every byte the same.
/// struct Fixed(u8);
///
/// impl Random for Fixed {
///     fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
///         dest.fill(self.0);
///         Ok(())
///     }
/// }
/// ```
pub trait Random: Send + Sync {
    /// Fills all of `dest`.
    ///
    /// # Errors
    /// The source failed; what stands in `dest` is not to be used.
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's random source (`getrandom`).
#[derive(Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(dest).map_err(|cause| RandomError::new(cause.to_string()))
    }
}

impl fmt::Debug for OsRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OsRandom")
    }
}
