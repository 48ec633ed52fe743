//! Work of several steps that is done to its end whoever waits for it.

use std::future::{Future, pending};
use std::panic::resume_unwind;

use tokio::runtime::Handle;

/// Does `work` in a task of its own, for a client that hangs up takes its handler's future along: between two steps of an
/// act that would leave it half done, and no error would say so. A panic goes on to whoever waits.
///
/// Without a tokio runtime the work is done by whoever asks.
pub(crate) async fn detached<T>(work: impl Future<Output = T> + Send + 'static) -> T
where
    T: Send + 'static,
{
    let Ok(runtime) = Handle::try_current() else {
        return work.await;
    };
    match runtime.spawn(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends, and with it whoever waits.
            Err(_) => pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_takes_nothing_along() {
        let done = Arc::new(AtomicUsize::new(0));
        let counts = done.clone();
        let work = async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            counts.fetch_add(1, Ordering::SeqCst)
        };
        let gone = tokio::time::timeout(Duration::from_millis(1), detached(work)).await;
        assert!(gone.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    #[should_panic(expected = "as it was")]
    async fn a_panic_goes_on_to_who_waits() {
        detached(async { panic!("as it was") }).await
    }
}
