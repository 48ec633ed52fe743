//! The trail of a store: written, sealed, looked through, cut at its old end.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_password::{OsRandom, Random};

use super::error::AuditError;
use super::event::{AuditEvent, cut};
use super::keys::AuditKeys;
use super::row::{AuditRow, MAC_LEN, Position, StoredRow};
use super::seal::Seal;
use super::store::{AuditFilter, AuditStore, ErasedAudit};
use crate::clock::{Clock, SystemClock};
use crate::secrets::Secrets;
use crate::store::StoreError;

mod check;
mod queue;
mod sealing;

use queue::Queue;

/// Of which refreshes a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshRows {
    /// Of each.
    #[default]
    All,
    /// Of the first of a session on a day (UTC) on which it did not begin.
    Daily,
    /// Of none; what is wrong with a refresh token is written all the same.
    Off,
}

/// The trail of a store. Cheap to clone; all clones are one.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_core::{Audit, AuditEvent, AuditKind, Cause, MemoryAudit, Secrets};
/// let audit = Audit::new(MemoryAudit::new(), &Secrets::of_one([7; 32]))?;
/// audit.record(AuditEvent::new(AuditKind::UserAdded, Cause::command("root")).of("alice")).await?;
/// audit.seal().await?;
/// assert!(audit.verify(&[]).await?.is_whole());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Audit {
    inner: Arc<Inner>,
    refreshes: RefreshRows,
}

struct Inner {
    store: Arc<dyn ErasedAudit>,
    keys: AuditKeys,
    clock: Arc<dyn Clock>,
    node: u32,
    /// What makes ids of this process its own.
    started: u64,
    count: AtomicU64,
    queue: Queue,
    /// The last seal that this process saw.
    seen: Mutex<Option<Seal>>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit")
            .field("node", &self.inner.node)
            .field("refreshes", &self.refreshes)
            .finish_non_exhaustive()
    }
}

impl Audit {
    /// The trail of this store. Rows and seals are vouched for with keys that come from `secrets`.
    ///
    /// # Errors
    /// No randomness, or the primitive failed.
    pub fn new(store: impl AuditStore, secrets: &Secrets) -> Result<Self, AuditError> {
        Self::by_clock(store, secrets, Arc::new(SystemClock))
    }

    /// The same, stamped by this clock: of several processes that write into one trail all go by one.
    ///
    /// # Errors
    /// As for [`Audit::new`].
    pub fn by_clock(store: impl AuditStore, secrets: &Secrets, clock: Arc<dyn Clock>) -> Result<Self, AuditError> {
        Self::over(Arc::new(store), secrets, (clock, &OsRandom))
    }

    pub(crate) fn over(
        store: Arc<dyn ErasedAudit>,
        secrets: &Secrets,
        surroundings: (Arc<dyn Clock>, &dyn Random),
    ) -> Result<Self, AuditError> {
        Self::of_keys(store, AuditKeys::of(secrets)?, surroundings)
    }

    fn of_keys(
        store: Arc<dyn ErasedAudit>,
        keys: AuditKeys,
        (clock, random): (Arc<dyn Clock>, &dyn Random),
    ) -> Result<Self, AuditError> {
        let (mut node, mut started) = ([0; 4], [0; 8]);
        let filled = random.fill(&mut node).and_then(|()| random.fill(&mut started));
        filled.map_err(|_| AuditError::Unusable)?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                keys,
                clock,
                node: u32::from_be_bytes(node),
                started: u64::from_be_bytes(started),
                count: AtomicU64::new(0),
                queue: Queue::default(),
                seen: Mutex::default(),
            }),
            refreshes: RefreshRows::default(),
        })
    }

    /// Of which refreshes a row is written; of each by default.
    #[must_use]
    pub fn refreshes(mut self, refreshes: RefreshRows) -> Self {
        self.refreshes = refreshes;
        self
    }

    /// Writes this, and comes back when it is stored.
    ///
    /// # Errors
    /// The store fails.
    pub async fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.inner.store.append(&[self.row(event)]).await
    }

    /// Writes this soon, with whatever else is told meanwhile: for what has no act of its own. Within a tokio runtime a
    /// task does it; [`Audit::flush`] before the end of a program loses nothing. Where the store is away rows wait, as
    /// many as there is room for; how many were lost is written then.
    pub fn tell(&self, event: AuditEvent) {
        self.add(self.row(event));
    }

    /// At most `limit` of the rows that are asked for behind a position, in their order.
    ///
    /// # Errors
    /// The store fails.
    pub async fn find(
        &self,
        filter: &AuditFilter,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        self.inner.store.find(filter, after, limit).await
    }

    /// The last `limit` rows of those that are asked for, in their order.
    ///
    /// # Errors
    /// The store fails.
    pub async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        self.inner.store.last(filter, limit).await
    }

    /// What a text is known by that must not stand in a row (a URL with its password, say): 16 hexadecimal digits, the same
    /// for the same text in one trail, and nothing to guess by without its secrets.
    pub fn fingerprint(&self, text: &str) -> String {
        self.inner.keys.fingerprint(text)
    }

    /// Whether a row is told of a refresh of a session whose last one (or whose beginning) was at `before`.
    pub(crate) fn tells_refresh(&self, before: u64, now: u64) -> bool {
        const DAY: u64 = 24 * 60 * 60 * 1_000;
        match self.refreshes {
            RefreshRows::All => true,
            RefreshRows::Daily => before / DAY != now / DAY,
            RefreshRows::Off => false,
        }
    }

    /// Whether rows are told of each answer to a refresh.
    pub(crate) fn tells_all_refreshes(&self) -> bool {
        self.refreshes == RefreshRows::All
    }

    /// The row of something that happens now, vouched for.
    pub(crate) fn row(&self, event: AuditEvent) -> AuditRow {
        let inner = &*self.inner;
        let at = self.now();
        let text = |text: &Option<Arc<str>>| text.as_deref().map(|text| cut(text).to_owned());
        let cause = &event.cause;
        let mut row = AuditRow {
            id: inner.id(at),
            at,
            kind: event.kind.number(),
            node: inner.node,
            actor: text(&cause.actor),
            subject: text(&event.subject),
            client: text(&cause.client),
            session: event.session.map(|session| *session.as_bytes()),
            peer: cause.attempt.peer.map(|peer| peer.to_string()),
            agent: text(&cause.attempt.agent),
            detail: event.detail_text(),
            key: 0,
            mac: [0; MAC_LEN],
        };
        inner.keys.vouch(&mut row);
        row
    }

    fn now(&self) -> u64 {
        u64::try_from(self.inner.clock.now().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Inner {
    /// 48 bits of time, so that new rows stand beside each other, and 80 that no other row has.
    fn id(&self, at: u64) -> [u8; 16] {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let unique = self.keys.unique(self.node, self.started, count);
        let [_, _, time @ ..] = at.to_be_bytes();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(time.into_iter().chain(unique)) {
            *to = from;
        }
        id
    }

    fn seen(&self) -> Option<Seal> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn saw(&self, seal: Option<&Seal>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seal.cloned();
    }
}

#[cfg(test)]
mod tests;
