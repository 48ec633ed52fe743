//! Work that is done once for all who ask for the same at one time.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// What was asked for.
pub(super) type Question = [u8; 32];

/// Who waits for what.
type Boarding<T> = Arc<Mutex<HashMap<Question, watch::Receiver<Option<T>>>>>;

/// Work with an outcome, shared by all who ask for the same at one time, in a task of its own: who goes away takes nothing
/// along.
pub(super) struct Shared<T>(Boarding<T>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// Takes a question off the board when its work is done, or has failed.
struct Listed<T>(Boarding<T>, Question);

impl<T> Drop for Listed<T> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl<T: Clone + Send + Sync + 'static> Shared<T> {
    /// The outcome of the work that is under way for this question; where there is none, of `work`. `None`: it failed.
    ///
    /// Without a tokio runtime the work is done by whoever asks.
    pub(super) async fn join<W>(&self, question: Question, work: impl FnOnce() -> W) -> Option<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let (mut outcome, mine) = {
            let mut boarding = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match boarding.get(&question) {
                Some(outcome) => (outcome.clone(), None),
                None => {
                    let (tell, outcome) = watch::channel(None);
                    boarding.insert(question, outcome.clone());
                    (outcome, Some(tell))
                }
            }
        };
        if let Some(tell) = mine {
            let listed = Listed(self.0.clone(), question);
            let work = work();
            let flight = async move {
                let outcome = work.await;
                drop(listed);
                tell.send_replace(Some(outcome));
            };
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(flight)),
                Err(_) => flight.await,
            }
        }
        let outcome = outcome.wait_for(Option::is_some).await.ok()?;
        outcome.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const A_WHILE: Duration = Duration::from_secs(1);

    fn work(done: &Arc<AtomicUsize>) -> impl Future<Output = usize> + Send + 'static {
        let done = done.clone();
        async move {
            tokio::time::sleep(A_WHILE).await;
            done.fetch_add(1, Ordering::SeqCst)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_failed_is_told_and_done_anew() {
        let shared = Shared::<usize>::default();
        let failed = shared.join([1; 32], || async { panic!("a store that panics") }).await;
        assert_eq!(failed, None);
        assert_eq!(shared.join([1; 32], || async { 7 }).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_question_is_answered_once_and_outlives_who_asked_it_first() {
        let (shared, done) = (Shared::default(), Arc::new(AtomicUsize::new(0)));
        let first = tokio::time::timeout(A_WHILE / 2, shared.join([1; 32], || work(&done)));
        assert!(first.await.is_err(), "it hung up");
        let outcomes = tokio::join!(
            shared.join([1; 32], || work(&done)),
            shared.join([1; 32], || work(&done)),
            shared.join([2; 32], || work(&done)),
        );
        assert_eq!(outcomes, (Some(0), Some(0), Some(1)));
        assert_eq!(shared.join([1; 32], || work(&done)).await, Some(2));
    }
}
