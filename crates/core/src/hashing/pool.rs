//! The pool behind the gate: who is let in, and the threads' loop.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::floor::moving_average;
use super::queue::{Entry, Outcome, Rank, State, Task};
use super::settings::{GateError, GateMetrics, GateSettings};
use super::system::thread_cpu_time;

/// What a work is taken to last before one was measured.
const FIRST_GUESS: Duration = Duration::from_millis(250);
/// The longest wait that a refusal names, in seconds.
const LONGEST_RETRY: u64 = 60;

pub(super) struct Pool {
    settings: GateSettings,
    state: Mutex<State>,
    low: Condvar,
    floor: Condvar,
    started: Instant,
    /// Works inside, waiting or running. Outside the lock, like the two below: a refusal is to cost next to nothing.
    inside: AtomicUsize,
    refused: AtomicU64,
    average_micros: AtomicU64,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(settings: GateSettings, has_floor: bool) -> Self {
        let state = State::new(if has_floor { settings.floor_percent } else { 0 });
        Self {
            settings,
            state: Mutex::new(state),
            low: Condvar::new(),
            floor: Condvar::new(),
            started: Instant::now(),
            inside: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            average_micros: AtomicU64::new(micros(FIRST_GUESS)),
        }
    }

    /// Takes a place inside, which [`Pool::enter`] or [`Pool::give_back`] must follow, or says why there is none.
    pub(super) fn admit(&self) -> Result<(), GateError> {
        let places = self.settings.threads.saturating_add(self.settings.queue);
        let taken = self.inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
            (inside < places).then(|| inside.saturating_add(1))
        });
        taken.map(drop).map_err(|inside| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            GateError::Busy {
                retry_after: self.retry_after(inside),
            }
        })
    }

    /// Gives back a place that no work was put into.
    pub(super) fn give_back(&self) {
        self.inside.fetch_sub(1, Ordering::AcqRel);
    }

    /// Whether the memory that a work needs can ever be had.
    pub(super) fn afford(&self, asked_kib: u64) -> Result<(), GateError> {
        let budget_kib = self.settings.memory_kib;
        if asked_kib <= budget_kib {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        Err(GateError::OverBudget { asked_kib, budget_kib })
    }

    /// Puts a work at the end of the queue; its ticket.
    pub(super) fn enter(&self, memory_kib: u64, task: Box<dyn Task>) -> u64 {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket = ticket.wrapping_add(1);
        state.waiting.push_back(Entry {
            ticket,
            memory_kib,
            task,
        });
        self.wake(&state);
        ticket
    }

    /// Takes a work out of the queue whose caller went away; does nothing when it has begun.
    pub(super) fn leave(&self, ticket: u64) {
        let mut state = self.lock();
        let found = state.waiting.binary_search_by_key(&ticket, |entry| entry.ticket).ok();
        let left = found.and_then(|at| state.waiting.remove(at));
        if left.is_some() {
            state.counted.skipped = state.counted.skipped.saturating_add(1);
            self.inside.fetch_sub(1, Ordering::AcqRel);
            // It may have stood at the head, waiting for more memory than the next one needs.
            self.wake(&state);
        }
        drop(state);
        // What the work holds, a password above all, is wiped now and outside the lock.
        drop(left);
    }

    /// No work will come any more: the threads end when they have finished what they do.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.low.notify_all();
        self.floor.notify_all();
    }

    pub(super) fn metrics(&self) -> GateMetrics {
        let state = self.lock();
        let (queued, running) = (state.waiting.len(), state.running);
        GateMetrics {
            queued,
            running,
            refused: self.refused.load(Ordering::Relaxed),
            ..state.counted
        }
    }

    /// What a thread does until the pool is closed.
    pub(super) fn serve(&self, rank: Rank) {
        while let Some(Entry {
            memory_kib, mut task, ..
        }) = self.next(rank)
        {
            let (begun, cpu_before) = (Instant::now(), thread_cpu_time());
            let panicked = catch_unwind(AssertUnwindSafe(|| task.perform()));
            let wall = begun.elapsed();
            let cpu = thread_cpu_time()
                .zip(cpu_before)
                .map_or(wall, |(after, before)| after.saturating_sub(before));
            self.finish(
                memory_kib,
                Outcome {
                    rank,
                    failed: panicked.is_err(),
                    wall,
                    cpu,
                },
            );
            // A panic's payload and an unwanted result are the caller's types: their destructors may panic too.
            let tidied = catch_unwind(AssertUnwindSafe(|| {
                task.deliver();
                drop(panicked);
            }));
            if let Err(payload) = tidied {
                std::mem::forget(payload);
            }
        }
    }

    /// Waits for the next work that this thread may do; `None` when the pool is closed.
    fn next(&self, rank: Rank) -> Option<Entry> {
        let mut state = self.lock();
        loop {
            if state.closing {
                return None;
            }
            if (rank == Rank::Low || state.share.is_due())
                && let Some(entry) = state.begin_next(self.settings.memory_kib)
            {
                self.wake(&state);
                return Some(entry);
            }
            state = match rank {
                Rank::Low => self.low.wait(state).unwrap_or_else(PoisonError::into_inner),
                Rank::Floor => self.sleep_on_the_floor(state),
            };
            state.pass(self.started.elapsed());
        }
    }

    /// Sleeps until the pool may be starved: for ever while it is idle, or when there is nothing the thread could take.
    fn sleep_on_the_floor<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        // A wake-up meant for this thread alone may have found it no longer due.
        if !state.waiting.is_empty() {
            self.low.notify_one();
        }
        state.floor_asleep = true;
        let mut state = if state.waiting.is_empty() || state.share.is_due() {
            self.floor.wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            let wait = state.share.due_in();
            self.floor
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0
        };
        state.floor_asleep = false;
        state
    }

    fn finish(&self, memory_kib: u64, outcome: Outcome) {
        let mut state = self.lock();
        state.end(memory_kib, &outcome);
        let average = Duration::from_micros(self.average_micros.load(Ordering::Relaxed));
        self.average_micros
            .store(micros(moving_average(average, outcome.wall)), Ordering::Relaxed);
        self.inside.fetch_sub(1, Ordering::AcqRel);
        self.wake(&state);
    }

    /// Wakes who may take the head of the queue. Each thread that takes a work calls this again for the next.
    fn wake(&self, state: &State) {
        if state.waiting.is_empty() {
            return;
        }
        // The floor thread also wakes to see how long it may sleep on.
        self.floor.notify_one();
        if !(state.floor_asleep && state.share.is_due()) {
            self.low.notify_one();
        }
    }

    /// About how long the works inside will take, in whole seconds.
    pub(super) fn retry_after(&self, inside: usize) -> u64 {
        let works = u64::try_from(inside).unwrap_or(u64::MAX);
        let threads = u64::try_from(self.settings.threads).unwrap_or(u64::MAX);
        let all = self
            .average_micros
            .load(Ordering::Relaxed)
            .saturating_mul(works)
            .checked_div(threads)
            .unwrap_or(0);
        all.div_ceil(1_000_000).clamp(1, LONGEST_RETRY)
    }

    /// The state, with the ledger brought up to now.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pass(self.started.elapsed());
        state
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
