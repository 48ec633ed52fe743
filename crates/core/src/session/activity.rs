//! When sessions were used last, and from where: noted in memory, written in batches.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::record::{Activity, to_the_minute};
use crate::record_id::SessionId;

/// So many maps, so that requests do not wait for each other.
const SHARDS: usize = 16;

/// How many sessions are noted at most.
const AT_MOST: usize = 100_000;

/// How many in one map.
const SHARD_AT_MOST: usize = AT_MOST / SHARDS;

/// What is known of a session's use.
#[derive(Debug, Clone, Copy)]
struct Noted {
    /// The minute, in milliseconds since 1970.
    seen: u64,
    generation: Option<u32>,
    address: Option<IpAddr>,
    /// Whether it is to be written.
    pending: bool,
}

type Shard = HashMap<SessionId, Noted>;

/// When sessions were used last. Bounded: what does not fit in is dropped and counted.
pub(super) struct Activities {
    shards: [Mutex<Shard>; SHARDS],
    dropped: AtomicU64,
}

impl Default for Activities {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            dropped: AtomicU64::new(0),
        }
    }
}

impl Activities {
    /// Notes a use. To one that was noted within the same minute this adds nothing.
    pub(super) fn saw(&self, session: SessionId, generation: Option<u32>, address: Option<IpAddr>, now: Duration) {
        let seen = to_the_minute(now);
        let Some(mut shard) = self.shard(session) else {
            return;
        };
        if let Some(noted) = shard.get_mut(&session) {
            let news =
                seen > noted.seen || generation > noted.generation || (address.is_some() && address != noted.address);
            if news {
                *noted = Noted {
                    seen: seen.max(noted.seen),
                    generation: generation.max(noted.generation),
                    address: address.or(noted.address),
                    pending: true,
                };
            }
        } else if shard.len() < SHARD_AT_MOST {
            let noted = Noted {
                seen,
                generation,
                address,
                pending: true,
            };
            shard.insert(session, noted);
        } else {
            drop(shard);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is to be written, in the order of the sessions. What was not used within this minute is forgotten, and where
    /// there is little room everything that needs not be written.
    pub(super) fn take(&self, now: Duration) -> Vec<Activity> {
        let this_minute = to_the_minute(now);
        let mut taken = Vec::new();
        for shard in self.shards.iter().map(lock) {
            let mut shard = shard;
            let crowded = shard.len() > SHARD_AT_MOST / 2;
            shard.retain(|session, noted| {
                if std::mem::take(&mut noted.pending) {
                    taken.push(Activity {
                        session: *session,
                        generation: noted.generation,
                        seen: noted.seen,
                        address: noted.address,
                    });
                }
                !crowded && noted.seen >= this_minute
            });
        }
        taken.sort_by_key(|used| used.session);
        taken
    }

    /// How many did not fit in since this was asked last.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    fn shard(&self, session: SessionId) -> Option<MutexGuard<'_, Shard>> {
        // The last byte of an id is random.
        let [.., last] = session.as_bytes();
        let index = usize::from(*last).checked_rem(SHARDS)?;
        self.shards.get(index).map(lock)
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)]

    use super::*;

    fn id(n: u32) -> SessionId {
        let mut bytes = [0; 16];
        bytes[12..].copy_from_slice(&n.to_be_bytes());
        SessionId::from_bytes(bytes)
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_600_000_020 + seconds)
    }

    fn activity(n: u32, generation: Option<u32>, minute: u64, address: Option<&str>) -> Activity {
        Activity {
            session: id(n),
            generation,
            seen: 1_600_000_020_000 + minute * 60_000,
            address: address.map(|address| address.parse().expect("an address")),
        }
    }

    #[test]
    fn many_uses_within_a_minute_are_one_to_the_minute() {
        let activities = Activities::default();
        for second in [1, 59, 30, 0] {
            activities.saw(id(1), Some(2), None, at(second));
        }
        assert_eq!(activities.take(at(59)), [activity(1, Some(2), 0, None)]);
        activities.saw(id(1), Some(2), None, at(59));
        assert_eq!(activities.take(at(59)), []);
        activities.saw(id(1), Some(2), None, at(60));
        assert_eq!(activities.take(at(60)), [activity(1, Some(2), 1, None)]);
    }

    #[test]
    fn another_address_and_a_newer_generation_are_noted_and_an_older_one_is_not() {
        let activities = Activities::default();
        let here = "192.0.2.1".parse().ok();
        activities.saw(id(1), Some(2), None, at(0));
        activities.take(at(0));
        activities.saw(id(1), Some(1), None, at(0));
        activities.saw(id(1), None, None, at(0));
        assert_eq!(activities.take(at(0)), []);
        activities.saw(id(1), Some(1), here, at(0));
        assert_eq!(activities.take(at(0)), [activity(1, Some(2), 0, Some("192.0.2.1"))]);
        activities.saw(id(1), Some(3), None, at(0));
        assert_eq!(activities.take(at(0)), [activity(1, Some(3), 0, Some("192.0.2.1"))]);
    }

    #[test]
    fn what_does_not_fit_in_is_dropped_and_counted() {
        let activities = Activities::default();
        let many = u32::try_from(AT_MOST).expect("small") + 32;
        for n in 0..many {
            activities.saw(id(n), None, None, at(0));
        }
        assert_eq!((activities.dropped(), activities.dropped()), (32, 0));
        let taken = activities.take(at(0));
        assert_eq!(taken.len(), AT_MOST);
        assert!(taken.is_sorted_by_key(|used| used.session));
        // There is room again.
        activities.saw(id(many), None, None, at(0));
        assert_eq!((activities.dropped(), activities.take(at(0)).len()), (0, 1));
    }

    #[test]
    fn what_was_not_used_for_a_minute_is_forgotten() {
        let activities = Activities::default();
        activities.saw(id(1), None, None, at(0));
        activities.saw(id(2), None, None, at(60));
        assert_eq!(activities.take(at(60)).len(), 2);
        let left: usize = activities.shards.iter().map(|shard| lock(shard).len()).sum();
        assert_eq!(left, 1);
    }
}
