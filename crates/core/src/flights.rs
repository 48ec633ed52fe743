//! Work that many wait for and that is done once.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Work that is shared by all who ask for it at one time, in a task of its own: who goes away takes nothing along, and
/// nobody else waits longer for it. For a [`KeySource`](crate::KeySource), so that a stranger's request neither starts a
/// look of its own nor ends another's. Clones are one.
#[derive(Clone, Default)]
pub struct Flights(Arc<Mutex<Boarding>>);

/// The end of the flight that can be boarded now.
type Boarding = Option<watch::Receiver<()>>;

/// The doors of a flight: as long as they are there, who asks is taken along.
pub struct Doors(Arc<Mutex<Boarding>>);

impl Drop for Doors {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Flights {
    /// Waits until the flight that can be boarded now has ended; where there is none, `fly` makes one. It is handed the
    /// doors, and drops them when what it does from then on comes too early for those who ask later; at the latest at its
    /// end.
    ///
    /// Without a tokio runtime the work is done by whoever asks.
    pub async fn join<W>(&self, fly: impl FnOnce(Doors) -> W)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (mut landed, landing) = {
            let mut boarding = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &*boarding {
                Some(landed) => (landed.clone(), None),
                None => {
                    let (landing, landed) = watch::channel(());
                    *boarding = Some(landed.clone());
                    (landed, Some(landing))
                }
            }
        };
        if let Some(landing) = landing {
            let work = fly(Doors(self.0.clone()));
            let flight = async move {
                work.await;
                drop(landing);
            };
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(flight)),
                Err(_) => return flight.await,
            }
        }
        // The other end goes when the work is done, or has failed.
        while landed.changed().await.is_ok() {}
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const A_WHILE: Duration = Duration::from_secs(1);

    fn flight(done: &Arc<AtomicUsize>, doors: Doors) -> impl Future<Output = ()> + Send + 'static {
        let done = done.clone();
        async move {
            tokio::time::sleep(A_WHILE).await;
            done.fetch_add(1, Ordering::SeqCst);
            drop(doors);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flight_outlives_whoever_asked_first_and_serves_who_waits() {
        let (flights, done) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let first = tokio::time::timeout(A_WHILE / 2, flights.join(|doors| flight(&done, doors)));
        assert!(first.await.is_err(), "it hung up");
        tokio::join!(
            flights.join(|doors| flight(&done, doors)),
            flights.join(|doors| flight(&done, doors))
        );
        assert_eq!(done.load(Ordering::SeqCst), 1);
        flights.join(|doors| flight(&done, doors)).await;
        assert_eq!(done.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_when_the_doors_are_closed_takes_the_next_one() {
        let (flights, done) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let begun = flights.join(|doors| {
            drop(doors);
            let done = done.clone();
            async move {
                tokio::time::sleep(A_WHILE).await;
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
        tokio::join!(begun, async {
            tokio::task::yield_now().await;
            flights.join(|doors| flight(&done, doors)).await;
        });
        assert_eq!(done.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flight_that_fails_leaves_nobody_waiting() {
        let flights = Flights::default();
        flights
            .join(|doors| async move {
                let _doors = doors;
                panic!("a store that panics");
            })
            .await;
        let done = Arc::new(AtomicUsize::new(0));
        flights.join(|doors| flight(&done, doors)).await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
