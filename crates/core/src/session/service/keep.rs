//! What is done from time to time: uses are written, and what is over is removed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Inner, Sessions};
use crate::cause::Cause;
use crate::revocation::Unhurried;
use crate::session::store::Ending;
use crate::store::StoreError;

/// How often it is looked at the clock: a longer time would be taken for a jump of it.
const LOOK_EVERY: Duration = Duration::from_millis(2_500);

/// After how many looks uses are written: every ten seconds.
const FLUSH_EVERY: u32 = 4;

/// After how many what is over is removed: hourly.
const TIDY_EVERY: u32 = 1_440;

/// For how long what is over is kept, in days: for whoever asks what became of it.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many rows are written or removed in one step.
const AT_ONCE: usize = 1_000;

/// Between two such steps.
const PAUSE: Duration = Duration::from_millis(50);

/// What is done until they are gone.
async fn keep_often(kept: Weak<Inner>) {
    // What is over by a clock that was set wrong for a while is not over.
    let mut clock = Unhurried::default();
    for round in 1_u32.. {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(inner) = kept.upgrade() else {
            return;
        };
        let sessions = Sessions {
            inner,
            cause: Cause::default(),
        };
        let now = clock.look(sessions.inner.now());
        if let Err(error) = sessions.end_again().await {
            tracing::warn!(%error, "sessions whose end the store has lost could not be ended again");
        }
        if round.checked_rem(FLUSH_EVERY) == Some(0) {
            sessions.flush().await;
        }
        if round.checked_rem(TIDY_EVERY) == Some(FLUSH_EVERY)
            && let Err(error) = sessions.remove_over(now).await
        {
            tracing::warn!(%error, "sessions that are over could not be removed");
        }
    }
}

impl Sessions {
    /// Sees to it that somebody does what is done from time to time, if there is a runtime to do it in.
    pub(super) fn keep(&self) {
        self.inner.keeper.keep(|| keep_often(Arc::downgrade(&self.inner)));
    }

    /// Writes when sessions were used last. What cannot be written is lost, and the log says so.
    pub async fn flush(&self) {
        let inner = &*self.inner;
        // Whoever comes meanwhile waits: what it has to know may be on its way.
        let _turn = inner.flushing.lock().await;
        let used = inner.activities.take(inner.now());
        for batch in used.chunks(AT_ONCE) {
            if let Err(error) = inner.store.touch(batch).await {
                tracing::warn!(%error, sessions = used.len(), "when sessions were used last could not be written");
                break;
            }
        }
        let dropped = inner.activities.dropped();
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "too many sessions were used at once: when, was not noted of all"
            );
        }
    }

    /// Removes sessions that have been over for a week, a thousand at a time with a pause between; how many.
    ///
    /// # Errors
    /// The store fails.
    pub async fn tidy(&self) -> Result<usize, StoreError> {
        self.remove_over(self.inner.now()).await
    }

    /// Ends again what ended of late, if the store has lost something since; more at the next look where it fails.
    async fn end_again(&self) -> Result<(), StoreError> {
        let losses = (self.inner.parts.losses)();
        let lost = self.inner.lately.lost(losses);
        for (id, why) in lost {
            self.end(&Ending::Session(id), why, &[]).await?;
        }
        self.inner.lately.mend(losses);
        Ok(())
    }

    async fn remove_over(&self, now: Duration) -> Result<usize, StoreError> {
        let before = super::millis(now.saturating_sub(KEPT));
        let mut removed = 0_usize;
        loop {
            let gone = self.inner.store.purge(before, AT_ONCE).await?;
            removed = removed.saturating_add(gone);
            if gone < AT_ONCE {
                return Ok(removed);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
