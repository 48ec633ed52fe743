//! Time, handed in: the only caller of the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where "now" comes from. Every rule about expiry, throttling and caching asks a `Clock`, so that tests move time.
pub trait Clock: Send + Sync + 'static {
    /// The time since 1970-01-01T00:00:00Z (leap seconds not counted, as RFC 7519 §2 `NumericDate` wants it).
    fn now(&self) -> Duration;

    /// Whole seconds since the epoch: what `iat` and `exp` are written in.
    fn now_seconds(&self) -> u64 {
        self.now().as_secs()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one caller of the system time")]
    fn now(&self) -> Duration {
        // A machine whose clock stands before 1970 has no valid token: everything is "not yet", nothing is "still good".
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
    }
}

/// A clock that stands still until it is moved; clones share the same hand.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows `seconds` since the epoch.
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds.saturating_mul(1000))))
    }

    /// Sets it, forth or back, to this many seconds since the epoch.
    pub fn set(&self, seconds: u64) {
        self.0.store(seconds.saturating_mul(1_000), Ordering::SeqCst);
    }

    /// Moves the clock forward (millisecond steps; finer parts are dropped).
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_moved_and_its_clones_move_with_it() {
        let clock = ManualClock::at(1_000);
        let twin = clock.clone();
        assert_eq!(twin.now_seconds(), 1_000);
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(twin.now(), Duration::from_millis(1_001_500));
    }
}
