//! Following a store: a task looks for news in it for as long as anybody wants to know.

use std::error::Error as _;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

use super::entry::Entry;
use super::erased::ErasedRevocations;
use super::freshness::LOOK_EVERY;
use super::ledger::Ledger;
use super::store::{Batch, Cursor};
use crate::store::StoreError;

/// For how long a store is waited for that is asked what is new.
const NEWS_WITHIN: Duration = Duration::from_secs(5);

/// And one that is asked for everything.
const ALL_WITHIN: Duration = Duration::from_secs(60);

/// How many rows are dropped at a look.
const FORGET_AT_ONCE: usize = 1_000;

/// How many entries a store is given back at a look.
const GIVE_BACK_AT_ONCE: usize = 1_000;

/// How often, at most, trouble is told.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// A store that is read, and how far.
pub(super) struct Reader {
    pub(super) store: Arc<dyn ErasedRevocations>,
    state: Mutex<State>,
    /// Whether a task looks.
    running: AtomicBool,
    /// Whether anybody has looked yet.
    looked: AtomicBool,
}

#[derive(Default)]
struct State {
    cursor: Option<Cursor>,
    /// What was over before this moment, in milliseconds since 1970, is still to be dropped.
    over: Option<u64>,
    /// What the store has lost, and is still to be given back; the newest last.
    lost: Vec<Entry>,
    /// Since when there is trouble that was told.
    told: Option<Duration>,
}

/// That a task looks; it ends with the task, or with its runtime.
struct Running(Arc<Reader>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

impl Reader {
    pub(super) fn new(store: Arc<dyn ErasedRevocations>) -> Self {
        Self {
            store,
            state: Mutex::default(),
            running: AtomicBool::new(false),
            looked: AtomicBool::new(false),
        }
    }

    /// Has a task look for news from now on, if there is a runtime for it; whether one does.
    pub(super) fn run(self: &Arc<Self>, ledger: &Arc<Ledger>) -> bool {
        if self.running.load(Ordering::Acquire) {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        if !self.running.swap(true, Ordering::SeqCst) {
            let (running, ledger) = (Running(self.clone()), Arc::downgrade(ledger));
            runtime.spawn(async move { running.0.look_on(&ledger).await });
        }
        true
    }

    /// Nobody looks as long as this is held.
    #[cfg(test)]
    pub(super) async fn asleep(&self) -> impl Drop + '_ {
        self.state.lock().await
    }

    /// A store that cannot be written may be read all the same: what is to be written there holds up no look.
    async fn look_on(&self, ledger: &Weak<Ledger>) {
        let looks = async {
            while let Some(ledger) = ledger.upgrade() {
                self.look(&ledger, self.state.lock().await).await;
                drop(ledger);
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let writes = async {
            while ledger.strong_count() > 0 {
                self.mend().await;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::join!(looks, writes);
    }

    /// Waits until somebody has looked once; without a task, looks.
    pub(super) async fn look_first(&self, ledger: &Ledger) {
        if self.looked.load(Ordering::Acquire) && self.running.load(Ordering::Acquire) {
            return;
        }
        let state = self.state.lock().await;
        if self.looked.load(Ordering::Acquire) && self.running.load(Ordering::Acquire) {
            return;
        }
        self.look(ledger, state).await;
        if !self.running.load(Ordering::Acquire) {
            self.mend().await;
        }
    }

    async fn look(&self, ledger: &Ledger, mut state: MutexGuard<'_, State>) {
        let begun = ledger.now();
        let limit = match &state.cursor {
            Some(_) => NEWS_WITHIN,
            None => ALL_WITHIN,
        };
        match within(limit, self.store.since(state.cursor.as_ref())).await {
            Ok(batch) => {
                if batch.full && state.cursor.is_some() {
                    // It is another store than the one that was read, or an older state of it: a standby that lagged behind,
                    // a copy that was brought back. What it has lost was acknowledged.
                    state.lost = ledger.lacking(&batch);
                    ledger.lose();
                }
                ledger.load(&batch, begun);
                state.read(batch);
            }
            Err(error) => {
                ledger.fail();
                state.tell(&error, begun);
            }
        }
        self.looked.store(true, Ordering::Release);
        if let Some(over) = ledger.tidy() {
            state.over = Some(over);
        }
    }

    /// Writes what is to be written: what the store has lost, and that what is over may go.
    async fn mend(&self) {
        if self.state.lock().await.cursor.is_some() {
            self.give_back().await;
            self.forget().await;
        }
    }

    /// Gives back what was lost, a part at a time, the newest first: it is the likeliest to be missing elsewhere.
    async fn give_back(&self) {
        let part = self.state.lock().await.newest_lost();
        if part.is_empty() {
            return;
        }
        match within(NEWS_WITHIN, self.store.revoke(&part)).await {
            Ok(()) => {
                let left = self.state.lock().await.gave_back(&part);
                tracing::warn!(
                    given = part.len(),
                    left,
                    "revocations that the store had lost were given back"
                );
            }
            // Again at the next look.
            Err(error) => tracing::debug!(%error, "revocations that the store has lost could not be given back"),
        }
    }

    /// Drops what is over, a part at a time.
    async fn forget(&self) {
        let Some(over) = self.state.lock().await.over.take() else {
            return;
        };
        match within(NEWS_WITHIN, self.store.forget(over, FORGET_AT_ONCE)).await {
            // More at the next look.
            Ok(FORGET_AT_ONCE..) => {
                self.state.lock().await.over.get_or_insert(over);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "revocations that are over could not be dropped");
            }
        }
    }
}

impl State {
    /// The newest of what was lost.
    fn newest_lost(&self) -> Vec<Entry> {
        let first = self.lost.len().saturating_sub(GIVE_BACK_AT_ONCE);
        self.lost.get(first..).unwrap_or_default().to_vec()
    }

    /// This part was given back; how much is left. Where more was lost meanwhile, all of that goes once more.
    fn gave_back(&mut self, part: &[Entry]) -> usize {
        if self.lost.ends_with(part) {
            self.lost.truncate(self.lost.len().saturating_sub(part.len()));
        }
        self.lost.len()
    }

    fn read(&mut self, batch: Batch) {
        self.cursor = Some(batch.next);
        if self.told.take().is_some() {
            tracing::info!("revocations are known again");
        }
    }

    fn tell(&mut self, error: &StoreError, now: Duration) {
        let due = |told: Duration| now < told || now >= told.saturating_add(TELL_EVERY);
        if self.told.is_none_or(due) {
            self.told = Some(now);
            let cause = error.source().map(ToString::to_string);
            tracing::error!(%error, cause, "it cannot be looked for revocations");
        }
    }
}

/// What a store answers within a time; without a runtime, whenever it does.
async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    if Handle::try_current().is_err() {
        return answer.await;
    }
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(StoreError::unavailable(elapsed)),
    }
}
