//! Attempts of this process that are under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::store::AccountKey;

/// Of how many accounts places are taken side by side, at least.
const TURNS: usize = 256;

/// A password that is tried: of which account, and its tag.
pub(super) type Tried = (AccountKey, u16);

/// Whose turn it is, and what is tried. Of an account one attempt takes its place after the other, so that none loses the
/// store's compare-and-swap to another one of this process. Bounded: what is under way has its place at the gate.
pub(super) struct Flights {
    turns: Vec<tokio::sync::Mutex<()>>,
    under_way: Mutex<HashMap<Tried, Flight>>,
}

/// Attempts with the same password.
#[derive(Default)]
struct Flight {
    count: usize,
    one_ended: Arc<Notify>,
}

impl Flights {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            turns: (0..TURNS).map(|_| tokio::sync::Mutex::default()).collect(),
            under_way: Mutex::default(),
        })
    }

    /// Waits until it is this account's turn, and keeps it until what is given is dropped.
    pub(super) async fn turn(&self, account: &AccountKey) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        // A keyed digest: nobody chooses whom they wait with.
        let [first, ..] = *account.as_bytes();
        Some(self.turns.get(usize::from(first))?.lock().await)
    }

    /// Tells when one ends that tries the same; `None`: nobody does.
    pub(super) fn of(&self, tried: &Tried) -> Option<Arc<Notify>> {
        self.lock().get(tried).map(|flight| flight.one_ended.clone())
    }

    /// Begins one; it ends when what is given is dropped.
    pub(super) fn begin(self: &Arc<Self>, tried: Tried) -> UnderWay {
        let mut under_way = self.lock();
        let flight = under_way.entry(tried).or_default();
        flight.count = flight.count.saturating_add(1);
        UnderWay {
            flights: self.clone(),
            tried,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Tried, Flight>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt that is under way.
pub(super) struct UnderWay {
    flights: Arc<Flights>,
    tried: Tried,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        if let Some(flight) = under_way.get_mut(&self.tried) {
            flight.count = flight.count.saturating_sub(1);
            flight.one_ended.notify_waiters();
            if flight.count == 0 {
                under_way.remove(&self.tried);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_ends_is_told_and_not_remembered() {
        let (flights, tried) = (Flights::new(), (AccountKey::from_bytes([3; 16]), 7));
        assert!(flights.of(&tried).is_none());
        let both = [flights.begin(tried), flights.begin(tried)];
        for one in both {
            let other = flights.of(&tried).expect("one is under way");
            let ended = other.notified();
            drop(one);
            // Told also to who did not wait yet.
            ended.await;
        }
        assert!(flights.of(&tried).is_none() && flights.lock().is_empty());
    }

    #[tokio::test]
    async fn of_one_account_one_has_its_turn_after_the_other() {
        let flights = Flights::new();
        let (one, other) = (AccountKey::from_bytes([3; 16]), AccountKey::from_bytes([255; 16]));
        let first = flights.turn(&one).await;
        assert!(first.is_some() && flights.turn(&other).await.is_some());
        tokio::select! {
            biased;
            _ = flights.turn(&one) => panic!("two at once"),
            () = std::future::ready(()) => {}
        }
        drop(first);
        assert!(flights.turn(&one).await.is_some());
    }
}
