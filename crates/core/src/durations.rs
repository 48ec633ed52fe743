//! How long things took, in buckets: for who watches the program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper ends of the buckets, in microseconds; the last bucket has none.
const BOUNDS: [u64; 12] = [
    1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// Counts of durations by how long they were (1 ms to 10 s, and more), and their sum. To count is two atomic steps.
///
/// ```
/// use portcullis_core::Durations;
/// use std::time::Duration;
///
/// let logins = Durations::default();
/// logins.add(Duration::from_millis(40));
/// let within = |millis| logins.read().find(|(bound, _)| *bound == Some(Duration::from_millis(millis)));
/// assert_eq!(within(25), Some((Some(Duration::from_millis(25)), 0)));
/// assert_eq!(within(50), Some((Some(Duration::from_millis(50)), 1)));
/// ```
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; 13],
    micros: AtomicU64,
}

impl Durations {
    /// Counts one more.
    pub fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().take_while(|bound| micros > **bound).count();
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took no longer than each bound, ascending; the last, of all, has no bound.
    pub fn read(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = BOUNDS.iter().map(|micros| Some(Duration::from_micros(*micros)));
        bounds
            .chain([None])
            .zip(&self.buckets)
            .scan(0_u64, |so_far, (bound, bucket)| {
                *so_far = so_far.saturating_add(bucket.load(Ordering::Relaxed));
                Some((bound, *so_far))
            })
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.read().last().map_or(0, |(_, count)| count)
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// [`Durations`] under each of a few names that never change, the last of them for everything else.
#[derive(Debug)]
pub struct DurationsBy(Box<[(&'static str, Durations)]>);

impl DurationsBy {
    /// None yet, under these names; what comes under another name is counted with the last.
    pub fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(names.into_iter().map(|name| (name, Durations::default())).collect())
    }

    /// Counts one more under this name.
    pub fn add(&self, name: &str, took: Duration) {
        let known = self.0.iter().find(|(known, _)| *known == name);
        if let Some((_, durations)) = known.or(self.0.last()) {
            durations.add(took);
        }
    }

    /// The names and what was counted under each.
    pub fn read(&self) -> impl Iterator<Item = (&'static str, &Durations)> {
        self.0.iter().map(|(name, durations)| (*name, durations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_took_no_longer_and_the_sum_is_of_all() {
        let durations = Durations::default();
        for millis in [1, 2, 5, 30_000] {
            durations.add(Duration::from_millis(millis));
        }
        let counts: Vec<u64> = durations.read().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
        assert_eq!((durations.count(), durations.sum()), (4, Duration::from_millis(30_008)));
    }
    #[test]
    fn a_name_that_is_none_is_counted_with_the_last() {
        let durations = DurationsBy::new(["a", "other"]);
        for name in ["a", "b", ""] {
            durations.add(name, Duration::from_millis(1));
        }
        let counts: Vec<_> = durations.read().map(|(name, of)| (name, of.count())).collect();
        assert_eq!(counts, [("a", 1), ("other", 2)]);
        DurationsBy::new([]).add("a", Duration::ZERO);
    }
}
