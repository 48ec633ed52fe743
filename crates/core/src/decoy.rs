//! Imaginary records: what an unknown name costs.
//!
//! Where a store holds hashes of different cost (bcrypt beside Argon2id, say), verifying one fixed decoy for every
//! unknown name would tell it from the known ones. So each unknown name has an imaginary record of its own, always the
//! same, whose format is drawn from the formats that the store really holds, in their real shares.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use portcullis_password::{HashString, Passwords};
use sha2::Sha256;

/// How many stored hashes are looked at to learn the shares.
pub(crate) const SAMPLE: usize = 1_000;

/// How long the shares are taken to hold.
const REFRESH: Duration = Duration::from_secs(60);

/// The formats that the store holds, with their shares.
pub(crate) struct Decoys {
    key: [u8; 32],
    census: RwLock<Census>,
}

#[derive(Default, Clone)]
struct Census {
    /// One example per format and the number of samples up to and with it; outdated formats first, so that as users
    /// are upgraded, imaginary ones move the same way and never back.
    formats: Arc<[(HashString, u64)]>,
    /// When it is to be taken again; `None`: never taken.
    due: Option<Duration>,
}

/// That a sample is due. Where nothing comes of it, because whoever was to take it went away, it is due for the next one.
pub(crate) struct Due<'a>(Option<&'a Decoys>);

impl Due<'_> {
    /// The store was asked.
    pub(crate) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Due<'_> {
    fn drop(&mut self) {
        if let Some(decoys) = self.0 {
            decoys.census.write().unwrap_or_else(PoisonError::into_inner).due = None;
        }
    }
}

impl Decoys {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            census: RwLock::default(),
        }
    }

    /// Whether the shares are to be taken again; told once to one caller, who then calls [`Decoys::learn`].
    pub(crate) fn due(&self, now: Duration) -> Option<Due<'_>> {
        let due = |census: &Census| census.due.is_none_or(|due| now >= due);
        if !due(&self.census.read().unwrap_or_else(PoisonError::into_inner)) {
            return None;
        }
        let mut census = self.census.write().unwrap_or_else(PoisonError::into_inner);
        let first = due(&census);
        census.due = Some(now.saturating_add(REFRESH));
        first.then(|| Due(Some(self)))
    }

    /// Takes the shares from a sample of stored hashes; those that take more than `memory_budget` KiB are never verified.
    pub(crate) fn learn(&self, passwords: &Passwords, sample: &[HashString], memory_budget: u64) {
        // Two hashes of the same scheme and cost have the same decoy.
        let mut groups: Vec<(bool, HashString, u64)> = Vec::new();
        let verifiable = |hash: &&HashString| {
            passwords.identify(hash).is_some() && passwords.memory_kib(Some(hash)) <= memory_budget
        };
        for hash in sample.iter().filter(verifiable) {
            let like = passwords.decoy(Some(hash), &[0; 32]);
            match groups.iter_mut().find(|(_, known, _)| *known == like) {
                Some((_, _, count)) => *count = count.saturating_add(1),
                None => groups.push((!passwords.needs_update(hash), like, 1)),
            }
        }
        groups.sort_by(|a, b| (a.0, a.1.as_str()).cmp(&(b.0, b.1.as_str())));
        let mut sum = 0_u64;
        let formats = groups.into_iter().map(|(_, like, count)| {
            sum = sum.saturating_add(count);
            (like, sum)
        });
        let formats = formats.collect();
        self.census.write().unwrap_or_else(PoisonError::into_inner).formats = formats;
    }

    /// The imaginary record of a name: no password matches it.
    pub(crate) fn hash_for(&self, passwords: &Passwords, login: &str) -> HashString {
        let formats = self
            .census
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .formats
            .clone();
        let place = self.digest(b"place", login);
        let seed = self.digest(b"seed", login);
        let total = formats.last().map_or(0, |(_, sum)| *sum);
        let place = place
            .iter()
            .take(8)
            .fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
        let drawn = (place.saturating_mul(u128::from(total))) >> 64;
        let format = formats.iter().find(|(_, sum)| drawn < u128::from(*sum));
        passwords.decoy(format.map(|(like, _)| like), &seed)
    }

    fn digest(&self, purpose: &[u8], login: &str) -> [u8; 32] {
        // HMAC takes a key of any length, so this never fails; an all-zero digest would only make the draw dull.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return [0; 32];
        };
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(login.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_that_was_cut_off_is_due_for_the_next_one_and_one_that_was_taken_after_a_while() {
        let (decoys, now) = (Decoys::new([7; 32]), Duration::from_secs(1_000));
        drop(decoys.due(now));
        let due = decoys.due(now);
        assert!(decoys.due(now).is_none(), "one caller takes it");
        due.expect("due again").done();
        assert!(decoys.due(now).is_none());
        assert!(decoys.due(now.saturating_add(REFRESH)).is_some());
    }
}
