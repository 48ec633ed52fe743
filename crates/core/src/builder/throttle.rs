//! The choice to slow guessing.

use std::sync::Arc;

use portcullis_password::Random;

use super::AuthBuilder;
use super::error::BuildError;
use crate::clock::Clock;
use crate::keyed::Unusable;
use crate::secrets::Secrets;
use crate::throttle::{ErasedThrottle, Throttle, ThrottleParts, ThrottleStore};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Slows guessing: what is tried on accounts is remembered in this store, and what is too much is refused
    /// ([`LoginError::Throttled`](crate::LoginError::Throttled)) before a password is looked at. Whoever logged in before, on
    /// the same device ([`Granted::device`](crate::Granted::device)) or from the same network, cannot be locked out by
    /// others. Without it guessing costs time alone.
    ///
    /// It wants to know from where logins come ([`Auth::log_in_for`](crate::Auth::log_in_for)): those without an address are
    /// all of one network.
    #[must_use]
    pub fn throttle(mut self, store: impl ThrottleStore) -> Self {
        self.kept.throttle = Some(Arc::new(store));
        self
    }
}

/// A throttle over a store.
pub(super) fn throttle(
    store: Arc<dyn ErasedThrottle>,
    secrets: Secrets,
    (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
) -> Result<Throttle, BuildError> {
    let parts = ThrottleParts { secrets, clock, random };
    Throttle::new(store, parts).map_err(|Unusable| BuildError::Throttle)
}
