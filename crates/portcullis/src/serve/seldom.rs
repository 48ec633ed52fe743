//! What lasts is told again and again, but seldom.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Lets one through at a time, and the next after a while.
#[derive(Debug)]
pub(super) struct Seldom {
    begun: Instant,
    every: Duration,
    /// Milliseconds after the beginning.
    next: AtomicU64,
}

impl Seldom {
    pub(super) fn every(every: Duration) -> Self {
        Self {
            begun: Instant::now(),
            every,
            next: AtomicU64::new(0),
        }
    }

    /// Whether it is to be told now. No lock: requests ask it.
    pub(super) fn is_due(&self) -> bool {
        self.is_due_at(self.begun.elapsed())
    }

    fn is_due_at(&self, now: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let later = millis(now.saturating_add(self.every));
        let exchanged = || {
            self.next
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
        };
        millis(now) >= next && exchanged().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_told_once_in_a_while_whoever_asks_how_often() {
        let hourly = Seldom::every(Duration::from_secs(3_600));
        let due = |seconds| hourly.is_due_at(Duration::from_secs(seconds));
        assert!(due(5) && !due(5) && !due(3_604));
        assert!(due(3_605) && !due(7_204) && due(99_999));
    }
}
