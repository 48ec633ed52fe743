//! Whether passwords of good logins stand in a breached set: looked up beside the login and after it, told to the
//! administrator, and nobody's obstacle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_password::{HashString, Password};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::error::BreachedError;
use super::passwords::BreachedPasswords;
use crate::user::UserId;

/// How many look-ups of logins may be on their way; a login that finds no turn is looked up another time.
const AT_ONCE: usize = 2;

/// Of how many stored passwords it is remembered that they were looked up.
const REMEMBERED: usize = 10_000;

/// A breached set, and which passwords of users were held against it.
#[derive(Clone)]
pub(crate) struct BreachedWatch {
    set: BreachedPasswords,
    inner: Arc<Inner>,
}

struct Inner {
    turns: Arc<Semaphore>,
    looked_up: Cache<[u8; 32], u64>,
    in_trouble: AtomicBool,
}

impl BreachedWatch {
    pub(crate) fn new(set: BreachedPasswords) -> Self {
        Self {
            set,
            inner: Arc::new(Inner {
                turns: Arc::new(Semaphore::new(AT_ONCE)),
                looked_up: Cache::new(REMEMBERED),
                in_trouble: AtomicBool::new(false),
            }),
        }
    }

    pub(crate) fn set(&self) -> &BreachedPasswords {
        &self.set
    }

    /// Whether a new password stands in the set. One that cannot be looked up is taken, and that is told.
    pub(crate) async fn holds(&self, password: Arc<Password>) -> bool {
        let watch = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let found = watch.set.contains(&password);
            watch.note(&found);
            found
        });
        matches!(asked.await, Ok(Ok(true)))
    }

    /// Looks up the password that this user logged in with, once for each stored hash and state of the file, on a thread
    /// that may wait. A find is an event in the log.
    pub(crate) fn look_up_later(&self, user: &UserId, stored: &HashString, password: Arc<Password>) {
        let (Ok(runtime), Ok(turn)) = (Handle::try_current(), self.inner.turns.clone().try_acquire_owned()) else {
            return;
        };
        let (watch, user) = (self.clone(), user.clone());
        let key = Sha256::new_with_prefix(user.as_str())
            .chain_update([0])
            .chain_update(stored.as_str());
        let key = key.finalize().into();
        runtime.spawn_blocking(move || {
            let _turn = turn;
            if watch.look_up(key, &password) == Some(true) {
                tracing::warn!(
                    target: "portcullis::event",
                    event = "password_breached",
                    %user,
                    "the password that a user logged in with stands in the list of breached passwords"
                );
            }
        });
    }

    /// Whether the set holds it; `None` where that was looked up before, or cannot be.
    fn look_up(&self, key: [u8; 32], password: &Password) -> Option<bool> {
        let looked_up = &self.inner.looked_up;
        let found = self.set.contains_if(password, |set| looked_up.get(&key) != Some(set));
        self.note(&found);
        let (set, found) = found.ok()?;
        looked_up.insert(key, set);
        found
    }

    /// Tells where it cannot be asked, once while that lasts.
    fn note<T>(&self, found: &Result<T, BreachedError>) {
        let before = self.inner.in_trouble.swap(found.is_err(), Ordering::Relaxed);
        match found {
            Err(error) if !before => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(%error, cause, "passwords are taken that were not held against the breached ones");
            }
            Ok(_) if before => tracing::info!("passwords are held against the breached ones again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breached::tests::{File, built};

    #[test]
    fn a_stored_password_is_looked_up_once_and_again_when_it_or_the_file_is_another() {
        let file = File::of(&["password", "letmein"]);
        let watch = BreachedWatch::new(BreachedPasswords::at(file.path()));
        let look = |key: u8, password: &str| watch.look_up([key; 32], &Password::from(password));
        assert_eq!(look(1, "password"), Some(true));
        assert_eq!(look(1, "password"), None);
        assert_eq!(look(2, "tr0mbone"), Some(false));
        assert_eq!(look(2, "tr0mbone"), None);
        file.rename_over(&built(&["tr0mbone"]));
        assert_eq!((look(1, "password"), look(2, "tr0mbone")), (Some(false), Some(true)));
    }

    #[test]
    fn what_cannot_be_looked_up_bars_nobody_and_is_looked_up_later() {
        let file = File::of(&["password"]);
        let watch = BreachedWatch::new(BreachedPasswords::at(file.path()));
        file.write_over(b"something else");
        assert_eq!(watch.look_up([1; 32], &Password::from("password")), None);
        assert!(watch.inner.in_trouble.load(Ordering::Relaxed), "told");
        file.rename_over(&built(&["password"]));
        assert_eq!(watch.look_up([1; 32], &Password::from("password")), Some(true));
        assert!(!watch.inner.in_trouble.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_new_password_is_taken_where_it_cannot_be_looked_up() {
        let file = File::of(&["password"]);
        let watch = BreachedWatch::new(BreachedPasswords::at(file.path()));
        let holds = |password: &str| watch.holds(Arc::new(Password::from(password)));
        assert!(holds("password").await && !holds("tr0mbone").await);
        file.write_over(b"");
        assert!(!holds("password").await);
    }
}
