//! What this process ended of late. Should the store lose it (a standby that lagged behind was promoted), it is ended again:
//! revocations alone are given back by those who read them, and end no session and no API key.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// For how long it is remembered, and how many are at most: 3 MiB.
const KEPT: Duration = Duration::from_secs(600);
const AT_MOST: usize = 65_536;

/// What says how often the store was found to have lost something.
pub(crate) type Losses = Arc<dyn Fn() -> u64 + Send + Sync>;

/// See the file's head.
pub(crate) struct Lately<T> {
    ended: Mutex<VecDeque<(Duration, T)>>,
    /// Of how many losses that was made good.
    mended: AtomicU64,
}

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self {
            ended: Mutex::default(),
            mended: AtomicU64::default(),
        }
    }
}

impl<T: Clone> Lately<T> {
    /// These ended.
    pub(crate) fn note(&self, now: Duration, these: impl IntoIterator<Item = T>) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.extend(these.into_iter().map(|one| (now, one)));
        let is_old = |at: Duration| at.saturating_add(KEPT) < now;
        while ended.len() > AT_MOST || ended.front().is_some_and(|(at, ..)| is_old(*at)) {
            ended.pop_front();
        }
    }

    /// What is to be ended again after so many losses; the latest first.
    pub(crate) fn lost(&self, losses: u64) -> Vec<T> {
        if self.mended.load(Ordering::Acquire) == losses {
            return Vec::new();
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().rev().map(|(_, one)| one.clone()).collect()
    }

    /// It was.
    pub(crate) fn mend(&self, losses: u64) {
        self.mended.store(losses, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_long_ago_or_before_too_many_others_is_not_ended_again() {
        let lately = Lately::default();
        let at = Duration::from_secs;
        lately.note(at(1_000), [1]);
        lately.note(at(1_600), [2, 3]);
        assert!(lately.lost(0).is_empty(), "nothing was lost");
        assert_eq!(lately.lost(1), [3, 2, 1]);
        lately.note(at(1_601), []);
        assert_eq!(lately.lost(1), [3, 2]);
        lately.mend(1);
        assert!(lately.lost(1).is_empty());
        lately.note(at(1_602), 0..70_000);
        assert_eq!(lately.lost(2).len(), AT_MOST);
    }
}
