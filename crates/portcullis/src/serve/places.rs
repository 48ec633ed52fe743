//! Places for connections, and which connection makes room when there are none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::watch::Watch;

/// What a semaphore of which all places are taken at once can count.
const MOST: usize = 1 << 20;

/// How long a connection that was asked to go has for it, before another one is asked.
const PATIENCE: Duration = Duration::from_millis(50);

/// All places of a server.
pub(super) struct Places {
    free: Arc<Semaphore>,
    count: u32,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    /// By their age.
    connections: BTreeMap<u64, Arc<Watch>>,
    next: u64,
}

/// The place of one connection, given back when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(count: usize) -> Arc<Self> {
        let count = count.clamp(1, MOST);
        Arc::new(Self {
            free: Arc::new(Semaphore::new(count)),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            taken: Mutex::default(),
        })
    }

    /// A place for a connection that was accepted. Where there is none, the one that has been idle for longest goes.
    pub(super) async fn take(self: &Arc<Self>, watch: &Arc<Watch>) -> Option<Place> {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                break permit;
            }
            self.make_room();
            if let Ok(permit) = timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await {
                break permit.ok()?;
            }
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let number = taken.next;
        taken.next = number.wrapping_add(1);
        taken.connections.insert(number, Arc::clone(watch));
        drop(taken);
        Some(Place {
            places: Arc::clone(self),
            number,
            _permit: permit,
        })
    }

    /// Asks the connection that has been idle for longest to go, if there is one; then one that does not send the
    /// request that it began.
    pub(super) fn make_room(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several the first: the oldest.
        let longest = taken
            .connections
            .values()
            .filter_map(|watch| Some((watch.spare()?, watch)));
        let longest = longest.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((_, watch)) = longest {
            watch.send_away();
        }
    }

    /// Ready when all places are free.
    pub(super) async fn all_free(&self) {
        // It fails only when it is closed, which nobody does.
        let _ = self.free.acquire_many(self.count).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.connections.remove(&self.number);
    }
}
