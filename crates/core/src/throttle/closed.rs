//! Who was refused a moment ago: they are refused again without a look at the store.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::refusal::Limit;

/// How many are remembered.
const AT_MOST: usize = 16_384;

/// For how long at most, in milliseconds: then the store is asked again, for somebody may have let them in.
const LONGEST: u64 = 60_000;

/// Which attempts: a digest of the account and the side from which it is tried.
pub(super) type Door = u64;

/// A door that is closed.
#[derive(Clone, Copy)]
struct Shut {
    limit: Limit,
    /// Until when the store need not be asked.
    unasked: u64,
    /// When it opens, as far as is known.
    opens: u64,
}

/// Until when doors are closed, and why, in the memory of this process.
#[derive(Default)]
pub(super) struct Closed {
    secret: RandomState,
    doors: Mutex<HashMap<Door, Shut>>,
}

impl Closed {
    /// The door of an account and a side.
    pub(super) fn door(&self, of: &impl Hash) -> Door {
        self.secret.hash_one(of)
    }

    /// Opens them all: the store is asked.
    pub(super) fn open(&self) {
        self.lock().clear();
    }

    /// Remembers that a door is closed for so long. Where there is no room the store is asked.
    pub(super) fn close(&self, door: Door, limit: Limit, wait: u64, now: u64) {
        let mut closed = self.lock();
        if closed.len() >= AT_MOST {
            closed.retain(|_, shut| is_closed(shut.unasked, now));
        }
        if closed.len() < AT_MOST || closed.contains_key(&door) {
            let [unasked, opens] = [wait.min(LONGEST), wait].map(|wait| now.saturating_add(wait));
            let shut = Shut { limit, unasked, opens };
            closed.insert(door, shut);
        }
    }

    /// For how long a door is closed still; `None`: the store is to be asked.
    pub(super) fn wait(&self, door: Door, now: u64) -> Option<(Limit, u64)> {
        let shut = self.lock().get(&door).copied()?;
        is_closed(shut.unasked, now).then(|| (shut.limit, shut.opens.saturating_sub(now)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Door, Shut>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back closes nothing for longer.
fn is_closed(until: u64, now: u64) -> bool {
    now < until && until.saturating_sub(now) <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_opens_by_itself_and_after_a_minute_at_the_latest_it_is_asked_anew() {
        let closed = Closed::default();
        closed.close(1, Limit::Strangers, 5_000, 100_000);
        closed.close(2, Limit::InARow, 2_592_000_000, 100_000);
        assert_eq!(closed.wait(1, 104_000), Some((Limit::Strangers, 1_000)));
        assert_eq!(closed.wait(1, 105_000), None);
        assert_eq!(closed.wait(2, 159_999), Some((Limit::InARow, 2_592_000_000 - 59_999)));
        assert_eq!(
            (closed.wait(2, 160_000), closed.wait(2, 1_000), closed.wait(3, 100_000)),
            (None, None, None)
        );
    }

    #[test]
    fn more_doors_than_there_is_room_for_are_not_remembered() {
        let closed = Closed::default();
        for door in 0..20_000 {
            closed.close(door, Limit::Strangers, 5_000, 100_000);
        }
        assert_eq!(closed.lock().len(), AT_MOST);
        closed.close(20_000, Limit::Strangers, 5_000, 105_000);
        assert_eq!(closed.lock().len(), 1, "what is over makes room");
    }
}
