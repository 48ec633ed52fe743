//! Links that many share, to look over.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::links::{Link, Shared};

/// A lane whose links many share.
pub(super) struct Looks {
    pub(super) places: Vec<Shared<Link>>,
    /// As many links again may be parked: given to nobody any more, and not answered yet. When there is no room, whoever
    /// looks waits at those that there are.
    parking: Arc<Semaphore>,
    /// How long one waits for one answer, and all in all.
    pub(super) patience: (Duration, Duration),
}

impl Looks {
    pub(super) fn over(width: usize, patience: (Duration, Duration)) -> Self {
        Self {
            places: (0..width).map(|_| Shared::default()).collect(),
            parking: Arc::new(Semaphore::new(width)),
            patience,
        }
    }

    /// Gives a link to nobody any more, if there is room to park it.
    pub(super) fn park(&self, place: &Shared<Link>, link: Arc<Link>) {
        if let Ok(room) = self.parking.clone().try_acquire_owned() {
            place.leave(&link);
            tokio::spawn(async move {
                // Answered after everything that was asked before, or when the socket is dead.
                let _ = link.client().batch_execute("").await;
                drop(room);
            });
        }
    }
}
