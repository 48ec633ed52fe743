//! What is done from time to time: uses are written, and what the store has lost ends again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{ApiKeys, Inner};
use crate::api_key::error::ApiKeyError;
use crate::cause::Cause;

/// How often it is looked whether the store has lost something.
const LOOK_EVERY: Duration = Duration::from_millis(2_500);

/// After how many looks uses are written: every ten seconds.
const FLUSH_EVERY: u32 = 4;

/// How many are written in one step.
const AT_ONCE: usize = 1_000;

/// What is done until they are gone.
async fn keep_often(kept: Weak<Inner>) {
    for round in 1_u32.. {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(inner) = kept.upgrade() else {
            return;
        };
        let keys = ApiKeys {
            inner,
            within: None,
            cause: Cause::default(),
        };
        if let Err(error) = keys.end_again().await {
            tracing::warn!(%error, "API keys whose end the store has lost could not be ended again");
        }
        if round.checked_rem(FLUSH_EVERY) == Some(0) {
            keys.flush().await;
        }
    }
}

impl Inner {
    async fn flush(&self) {
        let used = self.uses.take();
        for batch in used.chunks(AT_ONCE) {
            if let Err(error) = self.store.touch_api_keys(batch).await {
                tracing::warn!(%error, keys = used.len(), "when API keys were used last could not be written");
                return;
            }
        }
    }
}

impl ApiKeys {
    /// Sees to it that somebody does what is done from time to time, if there is a runtime to do it in.
    pub(super) fn keep(&self) {
        self.inner.keeper.keep(|| keep_often(Arc::downgrade(&self.inner)));
    }

    /// Ends again what ended of late, if the store has lost something since; more at the next look where it fails.
    pub(super) async fn end_again(&self) -> Result<(), ApiKeyError> {
        let losses = (self.inner.parts.losses)();
        for (id, user) in self.inner.lately.lost(losses) {
            match self.end(id, &user).await {
                Ok(()) | Err(ApiKeyError::Unknown) => {}
                Err(error) => return Err(error),
            }
        }
        self.inner.lately.mend(losses);
        Ok(())
    }

    /// Writes when keys were used last, which is done every ten seconds otherwise. What cannot be written is lost, and the log
    /// says so.
    pub async fn flush(&self) {
        self.inner.flush().await;
    }
}
