//! What of a password is kept for a day: digests under a key that is random, changes daily and is never stored.

use std::sync::{Mutex, MutexGuard, PoisonError};

use portcullis_password::{Password, Random, RandomError};
use zeroize::Zeroizing;

use super::sprayed::Sprayed;
use super::store::AccountKey;
use crate::keyed::MacKey;

/// What of a password is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PasswordTags {
    /// Of one account: two bytes, which tell an intruder nothing worth having. Never 0.
    pub(super) of_account: u16,
    /// Of all.
    pub(super) of_all: u64,
}

/// The day, and the key that goes with it.
struct Day {
    day: u32,
    key: MacKey,
}

/// This day.
pub(super) struct Today {
    day: Mutex<Option<Day>>,
    /// Passwords that were wrong on many accounts today.
    pub(super) sprayed: Sprayed,
}

impl Today {
    pub(super) fn new() -> Self {
        Self {
            day: Mutex::default(),
            sprayed: Sprayed::new(),
        }
    }

    /// What of a password is compared on this day.
    pub(super) fn tags(
        &self,
        day: u32,
        account: &AccountKey,
        password: &Password,
        random: &dyn Random,
    ) -> Result<PasswordTags, RandomError> {
        let mut known = self.lock();
        let today = match &*known {
            Some(today) if today.day == day => today,
            before => {
                let mut key = Zeroizing::new([0; 32]);
                random.fill(&mut *key)?;
                if before.is_some() {
                    self.sprayed.forget();
                }
                known.insert(Day {
                    day,
                    key: MacKey::new(&key),
                })
            }
        };
        let [a, b, ..] = today.key.mac(&[b"account\0", account.as_bytes(), password.as_bytes()]);
        let [c, d, e, f, g, h, i, j, ..] = today.key.mac(&[b"all\0", password.as_bytes()]);
        Ok(PasswordTags {
            of_account: u16::from_be_bytes([a, b]).max(1),
            of_all: u64::from_be_bytes([c, d, e, f, g, h, i, j]),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Day>> {
        self.day.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use portcullis_password::OsRandom;

    use super::*;

    #[test]
    fn tags_are_the_same_for_a_day_and_others_for_another_account_or_process() {
        let (today, elsewhere) = (Today::new(), Today::new());
        let tags = |today: &Today, day, account, password: &str| {
            let account = AccountKey::from_bytes([account; 16]);
            today
                .tags(day, &account, &Password::from(password), &OsRandom)
                .expect("random")
        };
        let first = tags(&today, 1, 1, "secret");
        assert_eq!(first, tags(&today, 1, 1, "secret"));
        assert_ne!(first.of_all, tags(&today, 1, 1, "Secret").of_all);
        assert_eq!(first.of_all, tags(&today, 1, 2, "secret").of_all);
        assert_ne!(first.of_all, tags(&elsewhere, 1, 1, "secret").of_all);
        for _ in 0..11 {
            today.sprayed.count(first.of_all);
        }
        assert!(today.sprayed.is_common(first.of_all));
        assert_ne!(first.of_all, tags(&today, 2, 1, "secret").of_all);
        assert!(!today.sprayed.is_common(first.of_all));
    }
}
