//! What is done from time to time: what need not be remembered is removed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Inner, Throttle};
use crate::store::StoreError;
use crate::throttle::budgets::DAY;
use crate::throttle::known;
use crate::throttle::store::Dispensable;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// How many sides of accounts are remembered at most. To have one forgotten that a guesser would like to be forgotten, so
/// many others must be tried more often, and each try costs a hash.
pub const ROWS_AT_MOST: u64 = 2_000_000;

/// Then nothing is known any more that counts: the longest row of wrong passwords is forgotten.
const IDLE: u64 = 32 * DAY;

/// How many rows go in one step, and what is between two.
const AT_ONCE: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(50);

/// What is done until it is gone.
async fn tidy_often(throttle: Weak<Inner>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(inner) = throttle.upgrade() else {
            return;
        };
        if let Err(error) = (Throttle { inner }).tidy().await {
            tracing::warn!(%error, "what was tried long ago could not be removed");
        }
    }
}

impl Throttle {
    /// Sees to it that somebody does it, if there is a runtime to do it in.
    pub(super) fn keep(&self) {
        self.inner.keeper.keep(|| tidy_often(Arc::downgrade(&self.inner)));
    }

    /// Removes what need not be remembered, a thousand at a time with a pause between: what was not touched for a month, and
    /// what is beyond [`ROWS_AT_MOST`]; how many.
    ///
    /// # Errors
    /// The store fails.
    pub async fn tidy(&self) -> Result<usize, StoreError> {
        let inner = &*self.inner;
        let now = inner.now();
        let what = Dispensable {
            touched_before: now.millis.saturating_sub(IDLE),
            seen_before: now.day.saturating_sub(known::DAYS),
            beyond: ROWS_AT_MOST,
        };
        let mut removed = 0_usize;
        loop {
            let now = inner.store.tidy(&what, AT_ONCE).await?;
            removed = removed.saturating_add(now);
            if now < AT_ONCE {
                return Ok(removed);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
