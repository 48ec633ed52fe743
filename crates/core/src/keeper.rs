//! What is done from time to time, by one task of a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody does it.
#[derive(Default)]
pub(crate) struct Keeper(Arc<AtomicBool>);

/// Held by the task that does it; where it ends with its runtime, another may begin.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Keeper {
    /// Has `work` done in a task of its own, if nobody does it yet and there is a runtime to do it in. It goes on by itself, and
    /// ends with what it is done for: it should hold that weakly.
    pub(crate) fn keep<F>(&self, work: impl FnOnce() -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if self.0.load(Ordering::Acquire) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !self.0.swap(true, Ordering::AcqRel)
        {
            let (busy, work) = (Busy(self.0.clone()), work());
            runtime.spawn(async move {
                let _busy = busy;
                work.await;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Counts how often it began, and waits for ever.
    fn work(begun: &Arc<AtomicUsize>) -> impl Future<Output = ()> + Send + 'static {
        begun.fetch_add(1, Ordering::Relaxed);
        std::future::pending()
    }

    #[test]
    fn one_task_does_it_and_another_where_its_runtime_ended() {
        let (keeper, begun) = (Keeper::default(), Arc::new(AtomicUsize::new(0)));
        keeper.keep(|| work(&begun));
        assert_eq!(begun.load(Ordering::Relaxed), 0, "no runtime");
        for times in 1..3 {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                keeper.keep(|| work(&begun));
                keeper.keep(|| work(&begun));
                tokio::task::yield_now().await;
                keeper.keep(|| work(&begun));
            });
            assert_eq!(begun.load(Ordering::Relaxed), times);
        }
    }

    #[test]
    fn work_that_ended_may_begin_again() {
        let (keeper, begun) = (Keeper::default(), Arc::new(AtomicUsize::new(0)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for times in 1..3 {
                keeper.keep(|| {
                    begun.fetch_add(1, Ordering::Relaxed);
                    std::future::ready(())
                });
                tokio::task::yield_now().await;
                assert_eq!(begun.load(Ordering::Relaxed), times);
            }
        });
    }
}
