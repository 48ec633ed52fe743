//! What is done from time to time: uses are written.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{ApiKeys, Inner};

/// How often uses are written.
const FLUSH_EVERY: Duration = Duration::from_secs(10);

/// How many are written in one step.
const AT_ONCE: usize = 1_000;

/// What is done until they are gone.
async fn flush_often(keys: Weak<Inner>) {
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        let Some(inner) = keys.upgrade() else {
            return;
        };
        inner.flush().await;
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
        self.inner.keeper.keep(|| flush_often(Arc::downgrade(&self.inner)));
    }

    /// Writes when keys were used last, which is done every ten seconds otherwise. What cannot be written is lost, and the log
    /// says so.
    pub async fn flush(&self) {
        self.inner.flush().await;
    }
}
