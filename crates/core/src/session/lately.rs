//! What this process ended of late. Should the store lose it (a standby that lagged behind was promoted), it is ended again:
//! revocations alone are given back by those who read them, and end no session.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::record::EndReason;
use crate::record_id::SessionId;
use crate::revocation::Entry;

/// For how long it is remembered, and how many are at most: 3 MiB.
const KEPT: Duration = Duration::from_secs(600);
const AT_MOST: usize = 65_536;

/// What is told at once what ends tokens from now on.
pub(crate) type Apply = Arc<dyn Fn(&[Entry]) + Send + Sync>;

/// What says how often the store was found to have lost something.
pub(crate) type Losses = Arc<dyn Fn() -> u64 + Send + Sync>;

/// See the file's head.
#[derive(Default)]
pub(super) struct Lately {
    ended: Mutex<VecDeque<(Duration, SessionId, EndReason)>>,
    /// Of how many losses that was made good.
    mended: AtomicU64,
}

impl Lately {
    /// These ended.
    pub(super) fn note(&self, now: Duration, ids: &[SessionId], why: EndReason) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.extend(ids.iter().map(|id| (now, *id, why)));
        let is_old = |at: Duration| at.saturating_add(KEPT) < now;
        while ended.len() > AT_MOST || ended.front().is_some_and(|(at, ..)| is_old(*at)) {
            ended.pop_front();
        }
    }

    /// What is to be ended again after so many losses; the latest first.
    pub(super) fn lost(&self, losses: u64) -> Vec<(SessionId, EndReason)> {
        if self.mended.load(Ordering::Acquire) == losses {
            return Vec::new();
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().rev().map(|(_, id, why)| (*id, *why)).collect()
    }

    /// It was.
    pub(super) fn mend(&self, losses: u64) {
        self.mended.store(losses, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_long_ago_or_before_too_many_others_is_not_ended_again() {
        let id = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            SessionId::from_bytes(bytes)
        };
        let lately = Lately::default();
        let at = Duration::from_secs;
        lately.note(at(1_000), &[id(1)], EndReason::Logout);
        lately.note(at(1_600), &[id(2), id(3)], EndReason::Replay);
        assert_eq!(lately.lost(0), [], "nothing was lost");
        let newest = [(id(3), EndReason::Replay), (id(2), EndReason::Replay)];
        assert_eq!(lately.lost(1), [newest[0], newest[1], (id(1), EndReason::Logout)]);
        lately.note(at(1_601), &[], EndReason::Logout);
        assert_eq!(lately.lost(1), newest);
        lately.mend(1);
        assert_eq!(lately.lost(1), []);
        let many: Vec<SessionId> = (0..70_000).map(id).collect();
        lately.note(at(1_602), &many, EndReason::Logout);
        assert_eq!(lately.lost(2).len(), AT_MOST);
    }
}
