//! How much of what ended is known, and what that means for who asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So old what is known of revocations may be.
pub const WHOLE_FOR: Duration = Duration::from_secs(2);

/// How often, about, it is looked for news, and so how much time passes from one look to the next at least.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How much of what ended is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// All that ended up to [`WHOLE_FOR`] ago.
    Whole,
    /// What ended before; what ended since may be missing.
    Stale,
    /// Nothing that concerns any token that is still good: the longest-lived was made later.
    TooOld,
    /// Nothing yet.
    NeverLoaded,
}

/// What becomes of good tokens while revocations are not known up to [`WHOLE_FOR`] ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StaleFeed {
    /// They are taken, for as long as the longest-lived token lives: what ended just before may be taken too. After that,
    /// and before anything was known, the answer is 503.
    #[default]
    Serve,
    /// The answer is 503.
    Refuse,
}

impl StaleFeed {
    /// Whether a good token that is not known to have ended is taken.
    pub fn serves(self, freshness: Freshness) -> bool {
        match freshness {
            Freshness::Whole => true,
            Freshness::Stale => self == Self::Serve,
            Freshness::TooOld | Freshness::NeverLoaded => false,
        }
    }
}

/// Nothing was known yet.
const NEVER: u64 = 0;

/// Up to when everything is known, by a clock that may be set forth and back.
#[derive(Debug, Default)]
pub(crate) struct Age {
    /// That moment, in milliseconds since 1970. Where the clock was set back behind it, it is moved along.
    whole: AtomicU64,
    last: Mutex<Last>,
}

/// How old it was when it was looked at last.
#[derive(Debug, Default, Clone, Copy)]
struct Last {
    at: Duration,
    age: Duration,
}

impl Age {
    /// Everything is known that ended up to `whole`.
    pub(crate) fn renew(&self, whole: Duration, now: Duration) {
        self.set(Last {
            at: now,
            age: now.saturating_sub(whole),
        });
    }

    /// It was looked for news, in vain. Whatever the clock says: it has not grown younger.
    pub(crate) fn fail(&self, now: Duration) {
        if self.whole.load(Ordering::Acquire) == NEVER {
            return;
        }
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.checked_sub(last.at).unwrap_or(LOOK_EVERY);
        self.set(Last {
            at: now,
            age: last.age.saturating_add(passed),
        });
    }

    fn set(&self, last: Last) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        let whole = millis(last.at.saturating_sub(last.age));
        self.whole.store(whole.max(1), Ordering::Release);
    }

    /// Up to when everything is known, in milliseconds since 1970; `None`: never yet.
    pub(crate) fn whole(&self) -> Option<u64> {
        Some(self.whole.load(Ordering::Acquire)).filter(|whole| *whole != NEVER)
    }

    /// How much is known at `now`, where no token lives longer than `longest`.
    pub(crate) fn freshness(&self, now: Duration, longest: Duration) -> Freshness {
        let Some(whole) = self.whole() else {
            return Freshness::NeverLoaded;
        };
        let now = millis(now);
        match now.checked_sub(whole) {
            Some(age) if age <= millis(WHOLE_FOR) => Freshness::Whole,
            Some(age) if age > millis(longest) => Freshness::TooOld,
            // The moment and `now` were read one after the other.
            None if whole.abs_diff(now) <= millis(WHOLE_FOR) => Freshness::Whole,
            // Older, or of a clock that was set back: how old it is is seen at the next look.
            _ => Freshness::Stale,
        }
    }
}

/// The longest time between two looks at a clock that is taken for time that passed.
const PASSES_AT_MOST: Duration = Duration::from_secs(5);

/// A clock that none can hurry: what was over by it was over by every clock that was right lately. Behind a clock that was
/// set forth it follows at twice the speed of time.
#[derive(Debug, Default)]
pub(crate) struct Unhurried {
    read: Option<Duration>,
    shows: Duration,
}

impl Unhurried {
    /// The time, looked at every few seconds at least.
    pub(crate) fn look(&mut self, now: Duration) -> Duration {
        let (read, shown) = match self.read {
            Some(read) => (read, self.shows),
            None => (now, now),
        };
        let passed = now.checked_sub(read).filter(|passed| *passed <= PASSES_AT_MOST);
        let passed = passed.unwrap_or(LOOK_EVERY).saturating_mul(2);
        self.read = Some(now);
        self.shows = now.min(shown.saturating_add(passed));
        self.shows
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)]

    use super::*;

    const LONGEST: Duration = Duration::from_secs(1_800);
    const HOUR: u64 = 3_600_000;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(1_800_000_000_000 + millis)
    }

    /// Renewed at 0.
    fn age() -> Age {
        let age = Age::default();
        age.renew(at(0), at(0));
        age
    }

    #[test]
    fn stale_serves_or_refuses_as_configured() {
        use Freshness::{NeverLoaded, Stale, TooOld, Whole};
        for (freshness, served, refused) in [
            (Whole, true, true),
            (Stale, true, false),
            (TooOld, false, false),
            (NeverLoaded, false, false),
        ] {
            assert_eq!(StaleFeed::Serve.serves(freshness), served, "{freshness:?}");
            assert_eq!(StaleFeed::Refuse.serves(freshness), refused, "{freshness:?}");
        }
    }

    #[test]
    fn what_is_known_grows_old() {
        assert_eq!(Age::default().freshness(at(0), LONGEST), Freshness::NeverLoaded);
        let age = age();
        for (passed, freshness) in [
            (0, Freshness::Whole),
            (2_000, Freshness::Whole),
            (2_001, Freshness::Stale),
            (1_800_000, Freshness::Stale),
            (1_800_001, Freshness::TooOld),
        ] {
            assert_eq!(age.freshness(at(passed), LONGEST), freshness, "{passed}");
        }
        age.fail(at(1_800_001));
        assert_eq!(age.freshness(at(1_800_001), LONGEST), Freshness::TooOld);
    }

    #[test]
    fn a_failure_before_anything_was_known_makes_nothing_known() {
        let age = Age::default();
        age.fail(at(0));
        assert_eq!(age.freshness(at(0), LONGEST), Freshness::NeverLoaded);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_young() {
        let age = age();
        age.fail(at(5_000));
        let back = 1_800_000_000_000 - HOUR;
        let at = |millis| Duration::from_millis(back + millis);
        assert_eq!(age.freshness(at(0), LONGEST), Freshness::Stale, "before the next look");
        age.fail(at(100));
        assert_eq!(age.freshness(at(100), LONGEST), Freshness::Stale, "5.1 seconds");
        age.fail(at(1_794_000));
        assert_eq!(age.freshness(at(1_795_001), LONGEST), Freshness::TooOld);
        age.renew(at(1_796_000), at(1_796_000));
        assert_eq!(
            age.freshness(at(1_796_000), LONGEST),
            Freshness::Whole,
            "one look mends it"
        );
    }

    #[test]
    fn a_clock_that_is_set_forth_silences_nothing_beyond_the_next_look() {
        let age = age();
        assert_eq!(age.freshness(at(HOUR), LONGEST), Freshness::TooOld);
        age.renew(at(HOUR), at(HOUR));
        assert_eq!(age.freshness(at(HOUR), LONGEST), Freshness::Whole);
    }

    #[test]
    fn a_request_that_read_the_clock_before_the_last_look_sees_no_other_clock() {
        let age = age();
        age.renew(at(50), at(80));
        assert_eq!(age.freshness(at(20), LONGEST), Freshness::Whole);
    }

    #[test]
    fn nothing_is_forgotten_by_a_clock_that_is_wrong_for_a_moment() {
        let mut clock = Unhurried::default();
        assert_eq!(clock.look(at(0)), at(0));
        for look in 1..=600 {
            clock.look(at(HOUR + look * 100));
        }
        assert!(clock.look(at(HOUR + 60_000)) <= at(121_000));
        assert_eq!(clock.look(at(60_100)), at(60_100), "right again");
        assert_eq!(clock.look(at(61_100)), at(61_100));
    }

    #[test]
    fn a_clock_that_stays_where_it_was_set_is_followed_in_the_end() {
        let mut clock = Unhurried::default();
        clock.look(at(0));
        let looks = (0..4_000).map(|second| at(HOUR + second * 1_000));
        let shown = looks.map(|now| (now, clock.look(now))).last();
        assert!(shown.is_some_and(|(now, shown)| now == shown), "{shown:?}");
    }
}
