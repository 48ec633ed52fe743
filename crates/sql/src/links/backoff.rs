//! When to try again after a failure.

use std::time::Duration;

use portcullis_core::password::Random;
use tokio::time::Instant;

use super::shared::Why;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(50);

/// At most.
const LONGEST: Duration = Duration::from_secs(1);

/// How the last attempts went.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failed: u32,
    /// Until when it is known that none succeeds, and why.
    away: Option<(Instant, Why)>,
}

impl Backoff {
    /// Why no attempt is to be made now.
    pub(crate) fn away(&self, now: Instant) -> Option<&Why> {
        self.away.as_ref().filter(|(until, _)| now < *until).map(|(_, why)| why)
    }

    /// Why the last one failed, if none has succeeded since.
    pub(crate) fn last(&self) -> Option<&Why> {
        self.away.as_ref().map(|(_, why)| why)
    }

    /// How long none is to be made.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        let until = self.away.as_ref().map(|(until, _)| *until);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// One succeeded.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// One failed. Of several that were made at once the first counts. The next comes after twice as long as before, less up
    /// to half of it, so that nodes that lost a database together do not come back together.
    pub(crate) fn failed(&mut self, now: Instant, why: Why, random: &dyn Random) {
        if self.away(now).is_some() {
            return;
        }
        let whole = FIRST
            .saturating_mul(1_u32.checked_shl(self.failed).unwrap_or(u32::MAX))
            .min(LONGEST);
        let mut byte = [0];
        // Without randomness all come back together, later.
        let less = match random.fill(&mut byte) {
            Ok(()) => whole
                .saturating_mul(byte[0].into())
                .checked_div(512)
                .unwrap_or_default(),
            Err(_) => Duration::ZERO,
        };
        self.failed = self.failed.saturating_add(1);
        self.away = now.checked_add(whole.saturating_sub(less)).map(|until| (until, why));
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::password::{OsRandom, RandomError};

    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
            dest.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_second_and_success_forgets_them() {
        let mut now = Instant::now();
        let mut backoff = Backoff::default();
        assert!(backoff.away(now).is_none());
        let mut waits = Vec::new();
        for _ in 0..40 {
            backoff.failed(now, Why::of("refused"), &Always(0));
            backoff.failed(now, Why::of("another that was made at once"), &Always(0));
            assert_eq!(backoff.away(now).expect("away").to_string(), "refused");
            let left = backoff.left(now);
            waits.push(left.as_millis());
            now += left;
            assert!(backoff.away(now).is_none(), "then it may be tried");
        }
        assert_eq!(waits[..6], [50, 100, 200, 400, 800, 1_000]);
        assert_eq!(waits[39], 1_000);
        backoff.succeeded();
        backoff.failed(now, Why::of("refused"), &Always(0));
        assert_eq!(backoff.left(now), FIRST);
    }

    #[test]
    fn nodes_that_failed_together_come_back_apart() {
        let now = Instant::now();
        let left = |random: &dyn Random| {
            let mut backoff = Backoff::default();
            backoff.failed(now, Why::of("refused"), random);
            backoff.left(now)
        };
        assert!(left(&Always(255)) < left(&Always(100)) && left(&Always(255)) >= FIRST / 2);
        assert!((FIRST / 2..=FIRST).contains(&left(&OsRandom)));
    }
}
