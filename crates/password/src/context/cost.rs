//! What a verification costs, and stored values that cost the same.

use super::Passwords;
use crate::secret::HashString;

impl Passwords {
    /// A stored value that no known password matches, of the scheme and cost of `like`, or of the current ones without
    /// a `like` that is sound. It follows from cost and `seed` alone, so with a secret seed per name an unknown name
    /// has a hash that never changes and costs what a real one costs.
    #[must_use]
    pub fn decoy(&self, like: Option<&HashString>, seed: &[u8; 32]) -> HashString {
        let alike = like.and_then(|like| self.decoy_like(like, seed));
        alike.unwrap_or_else(|| self.inner.current.fresh_decoy(seed))
    }

    /// The same for `like` alone. `None`: it is not sound, or of a scheme whose verification costs next to nothing (a
    /// plain digest, a marker). Whoever must not tell it from others by time then verifies a [`Passwords::decoy`] as well.
    #[must_use]
    pub fn decoy_like(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.schemes().find_map(|scheme| scheme.decoy(like, seed))
    }

    /// The memory that one [`Passwords::verify`] against `stored` will take, in KiB, for a budget that is held before
    /// the work. Nothing stored counts as a hash of the current scheme; a hash that is not sound takes none.
    #[must_use]
    pub fn memory_kib(&self, stored: Option<&HashString>) -> u64 {
        match stored {
            Some(stored) => self
                .knowing(stored)
                .map(|scheme| scheme.memory_kib(stored))
                .max()
                .unwrap_or(0),
            None => self.inner.current.memory_kib(&self.decoy(None, &[0; 32])),
        }
    }
}
