//! The database's clock, read here.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_core::Clock;

/// How many readings are remembered.
const KEPT: usize = 8;

/// How far two clocks may part while so many readings are made, in microseconds.
const DRIFT: i64 = 5_000;

/// How far back this clock would have to go that it rather stands still, in microseconds.
const HELD: u64 = 1_000_000;

/// A time that only goes on, since a moment of its own.
pub type Monotonic = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The clock of a database, for all nodes that use it: what they write down is in one order, however wrong their own clocks are.
///
/// It is this process's monotonic time and what lies between that and the database's clock, which is asked twice a second; of
/// the last eight answers the one that came fastest counts. Where it would go back by at most a second it stands still until
/// that time has come; farther it goes back at once, for then the database's clock was set, or another database is the one
/// now. While the database is away it goes on. Cheap to clone.
#[derive(Clone)]
pub struct PostgresClock(Arc<State>);

struct State {
    monotonic: Monotonic,
    /// From the monotonic time to the database's, in microseconds.
    offset: AtomicI64,
    /// The latest time that was told, in microseconds.
    told: AtomicU64,
    readings: Mutex<VecDeque<Reading>>,
}

/// What one answer says of the offset: that it lies at most `slack` beside it, both in microseconds.
#[derive(Debug, Clone, Copy)]
struct Reading {
    offset: i64,
    slack: i64,
}

impl fmt::Debug for PostgresClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresClock").field(&self.now()).finish()
    }
}

impl Clock for PostgresClock {
    fn now(&self) -> Duration {
        let elapsed = micros((self.0.monotonic)());
        let now = elapsed.saturating_add_signed(self.0.offset.load(Ordering::Relaxed));
        let told = self.0.told.load(Ordering::Relaxed);
        match told.checked_sub(now) {
            Some(ahead) if ahead <= HELD => return Duration::from_micros(told),
            Some(_) => self.0.told.store(now, Ordering::Relaxed),
            None => drop(self.0.told.fetch_max(now, Ordering::Relaxed)),
        }
        Duration::from_micros(now)
    }
}

impl PostgresClock {
    pub(super) fn over(monotonic: Monotonic) -> Self {
        Self(Arc::new(State {
            monotonic,
            offset: AtomicI64::new(0),
            told: AtomicU64::new(0),
            readings: Mutex::default(),
        }))
    }

    /// This process's own time.
    pub(super) fn elapsed(&self) -> Duration {
        (self.0.monotonic)()
    }

    /// The database told this time, in microseconds since 1970, between these two moments of our own.
    pub(super) fn learn(&self, asked: Duration, told: i64, answered: Duration) {
        let (asked, answered) = (signed(asked), signed(answered));
        let slack = answered.saturating_sub(asked).checked_div(2).unwrap_or_default();
        let reading = Reading {
            offset: told.saturating_sub(asked.saturating_add(slack)),
            slack,
        };
        let mut readings = self.0.readings.lock().unwrap_or_else(PoisonError::into_inner);
        // The database's clock was set meanwhile, or it is another database.
        if fastest(&readings).is_some_and(|known| known.is_contradicted_by(reading)) {
            readings.clear();
        }
        readings.push_back(reading);
        if readings.len() > KEPT {
            readings.pop_front();
        }
        if let Some(fastest) = fastest(&readings) {
            self.0.offset.store(fastest.offset, Ordering::Relaxed);
        }
    }
}

impl Reading {
    fn is_contradicted_by(self, other: Self) -> bool {
        let apart = self.offset.saturating_sub(other.offset).saturating_abs();
        apart > self.slack.saturating_add(other.slack).saturating_add(DRIFT)
    }
}

fn fastest(readings: &VecDeque<Reading>) -> Option<Reading> {
    readings.iter().min_by_key(|reading| reading.slack).copied()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// What the machine counts, whatever its clock is set to, and also while it sleeps: who wakes must not think that what was
/// known before is of just now.
#[cfg(target_os = "linux")]
pub(super) fn monotonic() -> Monotonic {
    use rustix::time::{ClockId, clock_gettime};
    Arc::new(|| Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default())
}

/// What the machine counts since this was called, whatever its clock is set to.
#[cfg(not(target_os = "linux"))]
pub(super) fn monotonic() -> Monotonic {
    let begun = std::time::Instant::now();
    Arc::new(move || begun.elapsed())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "test code: a failure is a panic")]
mod tests {
    use portcullis_core::ManualClock;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn time_goes_on_while_the_machine_sleeps() {
        use rustix::time::{ClockId, clock_gettime};
        // Of the system's clocks that none sets the one that counts sleep.
        let up = || Duration::try_from(clock_gettime(ClockId::Boottime)).expect("a time");
        let clock = monotonic();
        let (before, now, after) = (up(), clock(), up());
        assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
    }

    /// The database's time in seconds when our own is 0.
    const THERE: i64 = 1_700_000_000;

    fn ours() -> (ManualClock, PostgresClock) {
        let hand = ManualClock::at(0);
        let monotonic = hand.clone();
        (hand, PostgresClock::over(Arc::new(move || monotonic.now())))
    }

    /// An answer that says that the clock there is this many milliseconds from `THERE`, after so long on the way.
    fn learn(clock: &PostgresClock, hand: &ManualClock, (ahead, there, back): (i64, u64, u64)) {
        let asked = clock.elapsed();
        hand.advance(Duration::from_millis(there));
        let told = (THERE * 1_000 + ahead) * 1_000 + i64::try_from(clock.elapsed().as_micros()).unwrap();
        hand.advance(Duration::from_millis(back));
        clock.learn(asked, told, clock.elapsed());
    }

    /// How many milliseconds it is from where a right clock would be that began at `THERE`.
    fn off(clock: &PostgresClock) -> i64 {
        let right = THERE * 1_000 + i64::try_from(clock.elapsed().as_millis()).unwrap();
        i64::try_from(clock.now().as_millis()).unwrap() - right
    }

    #[test]
    fn of_the_last_answers_the_fastest_counts() {
        let (hand, clock) = ours();
        learn(&clock, &hand, (0, 400, 0));
        assert_eq!(off(&clock), 200, "all of it on the way there");
        learn(&clock, &hand, (0, 1, 1));
        hand.advance(Duration::from_secs(1));
        assert_eq!(off(&clock), 0);
        for _ in 0..7 {
            learn(&clock, &hand, (0, 0, 300));
            assert_eq!(off(&clock), 0);
        }
        learn(&clock, &hand, (0, 0, 300));
        assert_eq!(off(&clock), -150, "the fast one is forgotten");
    }

    #[test]
    fn it_never_goes_back_by_a_little_and_follows_a_clock_that_was_set() {
        let (hand, clock) = ours();
        learn(&clock, &hand, (0, 800, 0));
        let before = clock.now();
        learn(&clock, &hand, (0, 0, 0));
        assert_eq!(clock.now(), before, "it stands still");
        hand.advance(Duration::from_millis(300));
        assert_eq!(clock.now(), before);
        hand.advance(Duration::from_millis(200));
        assert!(clock.now() > before);
        assert_eq!(off(&clock), 0);
        for (ahead, what) in [(3_600_000, "an hour ahead"), (-600_000, "ten minutes behind")] {
            learn(&clock, &hand, (ahead, 1, 1));
            assert_eq!(off(&clock), ahead, "{what}");
            hand.advance(Duration::from_secs(60));
            assert_eq!(off(&clock), ahead, "{what}");
        }
    }
}
