//! The throttle: what may be tried now.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_password::{PasswordRules, Random};

use super::closed::Closed;
use super::erased::ErasedThrottle;
use super::flights::Flights;
use super::keys::Keys;
use super::networks::Networks;
use super::refusal::{Limit, Throttled};
use super::today::Today;
use crate::clock::Clock;
use crate::keeper::Keeper;
use crate::keyed::Unusable;
use crate::secrets::Secrets;
use crate::store::StoreError;

mod enter;
mod keep;
mod reserve;
mod settle;

pub(crate) use enter::Entered;
pub use keep::ROWS_AT_MOST;
pub(crate) use reserve::Reserved;

/// What a throttle is made with.
pub(crate) struct ThrottleParts {
    pub(crate) secrets: Secrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// What slows guessing at the logins of an [`Auth`](crate::Auth). Cheap to clone; all clones are one.
///
/// Within a tokio runtime a task of its own removes hourly what need not be remembered; it ends with the last clone.
#[derive(Clone)]
pub struct Throttle {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn ErasedThrottle>,
    keys: Keys,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    networks: Networks,
    closed: Closed,
    flights: Arc<Flights>,
    today: Today,
    /// By which a password is one that many people use.
    guessable: PasswordRules,
    keeper: Keeper,
    refused: [AtomicU64; Limit::ALL.len()],
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").finish_non_exhaustive()
    }
}

impl Throttle {
    pub(crate) fn new(store: Arc<dyn ErasedThrottle>, parts: ThrottleParts) -> Result<Self, Unusable> {
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                keys: Keys::new(&parts.secrets)?,
                clock: parts.clock,
                random: parts.random,
                networks: Networks::new(),
                closed: Closed::default(),
                flights: Flights::new(),
                today: Today::new(),
                guessable: PasswordRules::recommended().with_min_length(0),
                keeper: Keeper::default(),
                refused: Default::default(),
            }),
        })
    }

    /// Lets everybody try again who was closed out of the account that is logged in to by these names: what was tried is
    /// forgotten. Other processes follow within a minute. Networks and devices that are known stay so.
    ///
    /// # Errors
    /// The store fails.
    pub async fn admit(&self, logins: &[&str]) -> Result<(), StoreError> {
        for login in logins {
            self.inner.store.forget(&self.inner.keys.account(login)).await?;
        }
        self.inner.closed.open();
        Ok(())
    }

    /// How many attempts were refused since the start, for each reason.
    pub fn refused(&self) -> impl Iterator<Item = (Limit, u64)> {
        let counts = self.inner.refused.iter().map(|count| count.load(Ordering::Relaxed));
        Limit::ALL.into_iter().zip(counts.collect::<Vec<_>>())
    }
}

impl Inner {
    fn now(&self) -> Moment {
        Moment::at(self.clock.now())
    }

    /// Refuses an attempt: the one place where it is known.
    fn refuse(&self, limit: Limit, wait: u64) -> Throttled {
        for (_, count) in Limit::ALL.iter().zip(&self.refused).filter(|(own, _)| **own == limit) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Throttled::for_millis(limit, wait)
    }
}

/// Now.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// In milliseconds since 1970.
    millis: u64,
    /// In days.
    day: u32,
}

impl Moment {
    fn at(now: Duration) -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            millis: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            day: u32::try_from(now.as_secs() / DAY).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
