//! Why an attempt goes no further.

use portcullis_password::RandomError;

use super::refusal::Throttled;
use crate::store::StoreError;

/// Why an attempt goes no further.
#[derive(Debug)]
pub(crate) enum ThrottleError {
    /// It may not be made now.
    Throttled(Throttled),
    /// The store could not answer.
    Store(StoreError),
    /// There is no randomness.
    Random(RandomError),
}

impl From<Throttled> for ThrottleError {
    fn from(cause: Throttled) -> Self {
        Self::Throttled(cause)
    }
}

impl From<StoreError> for ThrottleError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<RandomError> for ThrottleError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}
