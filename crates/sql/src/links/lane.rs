//! Links that one act has for itself, so many at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::link::Link;

/// A lane. Whoever wants to use it waits for a turn; a link that is given back is the next one's.
pub(crate) struct Lane {
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Arc<Link>>>>,
}

/// The right to one link of a lane.
pub(crate) struct Turn {
    permit: OwnedSemaphorePermit,
    idle: Arc<Mutex<Vec<Arc<Link>>>>,
}

/// A link that somebody has for themselves. One that is dropped and not given back is *parked*: it counts until the server
/// has answered what it was asked, or its socket is dead. So an act that was given up is undone, a commit that waits for a
/// standby goes on waiting, and a server that is slow gets no more links than the lane is wide.
pub(crate) struct Held {
    link: Arc<Link>,
    /// Until it is given back.
    turn: Option<Turn>,
}

impl Lane {
    /// Of at most this many links.
    pub(crate) fn of(width: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(width)),
            idle: Arc::default(),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, AcquireError> {
        let permit = self.turns.clone().acquire_owned().await?;
        let idle = self.idle.clone();
        Ok(Turn { permit, idle })
    }

    /// Links that nobody has are used no more.
    pub(crate) fn forget_idle(&self) {
        lock(&self.idle).clear();
    }
}

impl Turn {
    /// A link that nobody has at the moment.
    pub(crate) fn idle(&self) -> Option<Arc<Link>> {
        let mut idle = lock(&self.idle);
        while let Some(link) = idle.pop() {
            if link.is_up() {
                return Some(link);
            }
        }
        None
    }

    /// With this link.
    pub(crate) fn with(self, link: impl Into<Arc<Link>>) -> Held {
        Held {
            link: link.into(),
            turn: Some(self),
        }
    }

    fn put_back(self, link: Arc<Link>) {
        if link.is_up() {
            lock(&self.idle).push(link);
        }
        drop(self.permit);
    }
}

impl Held {
    /// The link.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Gives it to the next one.
    pub(crate) fn put_back(mut self) {
        if let Some(turn) = self.turn.take() {
            turn.put_back(self.link.clone());
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let link = self.link.clone();
        // Where no runtime is left to wait on, the process ends.
        if let (true, Ok(runtime)) = (link.is_up(), Handle::try_current()) {
            runtime.spawn(async move {
                // Answered after everything that was asked before.
                if link.client().batch_execute("ROLLBACK").await.is_ok() {
                    turn.put_back(link);
                }
            });
        }
    }
}

fn lock<T>(idle: &Mutex<T>) -> MutexGuard<'_, T> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
