//! Links that one act has for itself, so many at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::link::Link;

/// A lane. Whoever wants to use it waits for a turn; a link that is given back is the next one's.
pub(crate) struct Lane {
    width: usize,
    /// At which server, by its number.
    turns: Mutex<(u64, Arc<Semaphore>)>,
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
    /// Of at most this many links to one server.
    pub(crate) fn of(width: usize) -> Self {
        Self {
            width,
            turns: Mutex::new((0, Arc::new(Semaphore::new(width)))),
            idle: Arc::default(),
        }
    }

    /// Whether whoever comes now has to wait.
    pub(crate) fn is_full(&self) -> bool {
        lock(&self.turns).1.available_permits() == 0
    }

    /// Waits for a turn at the server of this number. `None`: another server is the one that lets write by now. Links that
    /// are parked at the one of before do not count at the new one.
    pub(crate) async fn turn(&self, place: u64) -> Option<Turn> {
        let turns = {
            let mut turns = lock(&self.turns);
            if turns.0 < place {
                turns.1.close();
                *turns = (place, Arc::new(Semaphore::new(self.width)));
            }
            turns.1.clone()
        };
        let permit = turns.acquire_owned().await.ok()?;
        let idle = self.idle.clone();
        Some(Turn { permit, idle })
    }
}

impl Turn {
    /// A link that nobody has at the moment, and that is good; those that are not end.
    pub(crate) fn idle(&self, is_good: impl Fn(&Link) -> bool) -> Option<Arc<Link>> {
        let mut idle = lock(&self.idle);
        idle.retain(|link| is_good(link));
        idle.pop()
    }

    /// With this link.
    pub(crate) fn with(self, link: impl Into<Arc<Link>>) -> Held {
        Held {
            link: link.into(),
            turn: Some(self),
        }
    }

    /// Gives the link to the next one.
    pub(crate) fn put_back(self, link: Arc<Link>) {
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
