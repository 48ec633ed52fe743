//! The choices about what ends before its time.

use std::sync::Arc;

use super::AuthBuilder;
use crate::revocation::{RevocationStore, StaleFeed};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Refuses tokens that were ended before their time, in this store: by [`Auth::revoke`](crate::Auth::revoke), here or in
    /// another process. It is read on and on, from now on or as soon as there is a tokio runtime.
    #[must_use]
    pub fn revocations(mut self, store: impl RevocationStore) -> Self {
        self.kept.revocations = Some(Arc::new(store));
        self
    }

    /// What becomes of good tokens while it is not known what was ended just now; they are taken by default.
    #[must_use]
    pub fn stale_revocations(mut self, stale: StaleFeed) -> Self {
        self.kept.stale = stale;
        self
    }
}
