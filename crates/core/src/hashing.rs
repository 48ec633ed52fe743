//! The hashing gate: password work beside the async threads.
//!
//! Verifying a password takes 20 to 250 ms of processor time and up to tens of MiB by design. On an async thread it
//! holds up every request of that thread, and on tokio's blocking pool a storm of logins takes all cores. So it runs
//! here, on a pool bounded in threads, queue and memory ([`GateSettings`]), whose threads stand below the async threads
//! in the scheduler's eyes.
//!
//! # What holds
//!
//! - At most `threads` works run at low priority, and at most one more on the floor thread (below). At most
//!   `threads + queue` works are inside, whoever runs them; the next one is refused at once, without taking a lock.
//! - The running works' memory never adds up to more than `memory_kib`. Works begin in the order they came; one that
//!   needs more than is free waits at the head, and nothing overtakes it.
//! - A work whose caller went away leaves the queue at once and is never begun. One that has begun runs to its end.
//! - A panic inside a work becomes [`GateError::Failed`] for its caller and for nobody else.
//! - Whether a call is refused, and what it is told, depends on how much work is inside and on nothing else.
//!
//! # The floor share
//!
//! Low priority alone lets saturating requests starve the logins: ten nice values below them a thread gets about a
//! tenth of a core, nineteen below next to nothing. An unprivileged process cannot raise a lowered thread again, so a
//! second kind of thread does: one **floor thread** at the priority of the async threads. It sleeps while the pool is
//! served well, and takes a work from the queue once the pool is behind by a whole average work, measured in processor
//! time. Stated as a promise:
//!
//! > Under any load of requests, while password work is waiting, the pool gets at least `floor_percent` % (25 by
//! > default) of one core, averaged over some works; and requests lose no more than that to the floor thread.
//!
//! A quarter of a core is one bcrypt (cost 12) a second, or ten to fifteen Argon2id (m=19456, t=2). The promise stands
//! on three conditions: Linux; a scheduler that gives one thread of normal priority that share (beside *n* busy threads
//! of this process on its core it gets one part in *n* + 1; other programs may take more); and a memory budget with
//! room for one more work than there are threads.

mod floor;
mod pool;
mod queue;
mod settings;
mod system;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::oneshot;

pub use self::settings::{GateError, GateMetrics, GateSettings};

use self::pool::Pool;
use self::queue::{Rank, Task};

/// A bounded pool for password work. Clones share it; its threads end when the last clone is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), portcullis_core::GateError> {
/// use portcullis_core::{GateSettings, HashingGate};
///
/// let gate = HashingGate::new(GateSettings::default())?;
/// let sum = gate.run(19_456, || (1..=100).sum::<u32>()).await?;
/// assert_eq!(sum, 5050);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HashingGate(Arc<Owner>);

/// What the clones share; the threads hold the pool alone, so the last clone's end is seen here.
#[derive(Debug)]
struct Owner(Arc<Pool>);

impl Drop for Owner {
    fn drop(&mut self) {
        // The threads are not joined: a work may run for a quarter of a second more, and this may be an async thread.
        self.0.close();
    }
}

impl HashingGate {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// [`GateError::Settings`] when a setting is out of range, [`GateError::Threads`] when a thread cannot be started.
    pub fn new(settings: GateSettings) -> Result<Self, GateError> {
        settings.check()?;
        let has_floor = system::THREADS_HAVE_PRIORITIES && settings.nice > 0 && settings.floor_percent > 0;
        let (threads, nice) = (settings.threads, settings.nice);
        let pool = Arc::new(Pool::new(settings, has_floor));
        // From here on an early return ends the threads already started.
        let owner = Owner(Arc::clone(&pool));
        for number in 0..threads {
            let pool = Arc::clone(&pool);
            spawn(format!("hashing-{number}"), move || {
                if let Err(error) = system::lower_priority(nice) {
                    tracing::warn!(%error, "a hashing thread keeps its normal priority");
                }
                pool.serve(Rank::Low);
            })?;
        }
        if has_floor {
            spawn("hashing-floor".to_owned(), move || pool.serve(Rank::Floor))?;
        }
        Ok(Self(Arc::new(owner)))
    }

    /// Takes a place inside for a work that is still to be prepared: what has to be looked up for it, say. Who is to be
    /// refused is refused before that is spent.
    ///
    /// # Errors
    ///
    /// [`GateError::Busy`] at once when `threads + queue` places are taken.
    pub fn admit(&self) -> Result<Place<'_>, GateError> {
        let pool = &*self.0.0;
        pool.admit()?;
        Ok(Place { pool: Some(pool) })
    }

    /// Runs `work`, which needs `memory_kib` KiB, on the pool, and gives back what it returned.
    ///
    /// Nothing happens before the future is polled. A future dropped before its work has begun takes the work with it.
    ///
    /// # Errors
    ///
    /// As [`HashingGate::admit`] and [`Place::run`].
    pub async fn run<T, F>(&self, memory_kib: u64, work: F) -> Result<T, GateError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.admit()?.run(memory_kib, work).await
    }

    /// What the gate is doing and has done; cheap, for a metrics page.
    pub fn metrics(&self) -> GateMetrics {
        self.0.0.metrics()
    }
}

/// A place inside a [`HashingGate`], free again when it is dropped or its work has ended.
#[derive(Debug)]
#[must_use]
pub struct Place<'a> {
    /// Until the work has it.
    pool: Option<&'a Pool>,
}

impl Place<'_> {
    /// Runs `work`, which needs `memory_kib` KiB, on the pool, and gives back what it returned. A future dropped before
    /// its work has begun takes the work with it.
    ///
    /// # Errors
    ///
    /// [`GateError::OverBudget`] when `memory_kib` exceeds the whole budget; [`GateError::Failed`] when `work` panicked.
    pub async fn run<T, F>(mut self, memory_kib: u64, work: F) -> Result<T, GateError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let pool = self.pool.ok_or(GateError::Failed)?;
        pool.afford(memory_kib)?;
        let (reply, answer) = oneshot::channel();
        let work = Work {
            work: Some(work),
            result: None,
            reply,
        };
        self.pool = None;
        let mut waiting = Waiting {
            pool,
            ticket: Some(pool.enter(memory_kib, Box::new(work))),
        };
        let result = answer.await;
        waiting.ticket = None;
        // The other end goes without an answer only when the work panicked.
        result.map_err(|_| GateError::Failed)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(pool) = self.pool {
            pool.give_back();
        }
    }
}

fn spawn(name: String, main: impl FnOnce() + Send + 'static) -> Result<(), GateError> {
    std::thread::Builder::new()
        .name(name)
        .spawn(main)
        .map(drop)
        .map_err(GateError::Threads)
}

/// A caller that waits. Dropped with its ticket, it takes its work out of the queue.
struct Waiting<'a> {
    pool: &'a Pool,
    ticket: Option<u64>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.pool.leave(ticket);
        }
    }
}

/// A closure, and who waits for its result.
struct Work<F, T> {
    work: Option<F>,
    result: Option<T>,
    reply: oneshot::Sender<T>,
}

impl<T: Send, F: FnOnce() -> T + Send> Task for Work<F, T> {
    fn perform(&mut self) {
        self.result = self.work.take().map(|work| work());
    }

    fn deliver(self: Box<Self>) {
        let Self { result, reply, .. } = *self;
        if let Some(result) = result {
            // A caller that went away meanwhile gets no result: it is dropped here.
            drop(reply.send(result));
        }
    }
}
