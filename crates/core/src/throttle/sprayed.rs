//! Which wrong passwords were tried on many accounts today: a count-min sketch in the memory of this process.

use std::sync::atomic::{AtomicU8, Ordering};

/// How many rows, each of them counting every password at another place.
const ROWS: usize = 4;

/// How many places each has.
const PLACES: usize = 65_536;

/// A password that was wrong on more accounts than so many is one of a list.
const MANY: u8 = 10;

/// How often each password was wrong today. It never says less than was counted, and seldom more.
pub(super) struct Sprayed(Vec<AtomicU8>);

impl Sprayed {
    pub(super) fn new() -> Self {
        Self((0..ROWS * PLACES).map(|_| AtomicU8::new(0)).collect())
    }

    /// Counts a password, by its digest, that was wrong on one account more.
    pub(super) fn count(&self, digest: u64) {
        let least = self.counted(digest);
        for place in self.places(digest) {
            // Of several passwords at one place the most frequent is what stands there.
            if place.load(Ordering::Relaxed) <= least {
                place.store(least.saturating_add(1), Ordering::Relaxed);
            }
        }
    }

    /// Whether it was wrong on more than ten accounts.
    pub(super) fn is_common(&self, digest: u64) -> bool {
        self.counted(digest) > MANY
    }

    /// Another day.
    pub(super) fn forget(&self) {
        self.0.iter().for_each(|place| place.store(0, Ordering::Relaxed));
    }

    fn counted(&self, digest: u64) -> u8 {
        let counts = self.places(digest).map(|place| place.load(Ordering::Relaxed));
        counts.min().unwrap_or_default()
    }

    fn places(&self, digest: u64) -> impl Iterator<Item = &AtomicU8> {
        let rows = self.0.chunks_exact(PLACES);
        let parts = digest.to_be_bytes();
        rows.zip(parts.as_chunks::<2>().0.to_vec())
            .filter_map(|(row, part)| row.get(usize::from(u16::from_be_bytes(part))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_common_from_the_eleventh_account_on_until_the_day_is_over() {
        let sprayed = Sprayed::new();
        for _ in 0..10 {
            sprayed.count(0x1111_2222_3333_4444);
        }
        assert!(!sprayed.is_common(0x1111_2222_3333_4444));
        sprayed.count(0x1111_2222_3333_4444);
        assert!(sprayed.is_common(0x1111_2222_3333_4444));
        assert!(
            !sprayed.is_common(0x1111_2222_3333_4445),
            "another one that shares three places"
        );
        for _ in 0..1_000 {
            sprayed.count(0x1111_2222_3333_4444);
        }
        sprayed.forget();
        assert!(!sprayed.is_common(0x1111_2222_3333_4444));
    }

    #[test]
    fn passwords_of_many_users_make_no_other_one_common() {
        let sprayed = Sprayed::new();
        let mut digest = 1_u64;
        let mut next = || {
            digest = digest
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(23)
                .wrapping_add(1);
            digest
        };
        for _ in 0..100_000 {
            sprayed.count(next());
        }
        assert_eq!((0..1_000).filter(|_| sprayed.is_common(next())).count(), 0);
    }
}
