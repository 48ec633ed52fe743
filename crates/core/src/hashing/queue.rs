//! What waits at the gate and what is inside: all that the pool's lock guards.

use std::collections::VecDeque;
use std::time::Duration;

use super::floor::FloorShare;
use super::settings::GateMetrics;

/// A work without its types. Its result is delivered apart from doing it, so that the place inside is free again when
/// the caller learns of it: a client that logs in anew at once is not refused by its own shadow.
pub(super) trait Task: Send {
    /// Does the work; may panic.
    fn perform(&mut self);
    /// Hands over the result; after a panic there is none.
    fn deliver(self: Box<Self>);
}

/// Which kind of thread serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// Takes whatever waits.
    Low,
    /// Takes a work only when the pool is starved.
    Floor,
}

/// A work that waits.
pub(super) struct Entry {
    pub(super) ticket: u64,
    pub(super) memory_kib: u64,
    pub(super) task: Box<dyn Task>,
}

/// What the lock guards. No work and no caller's destructor ever runs under it.
pub(super) struct State {
    pub(super) waiting: VecDeque<Entry>,
    pub(super) running: usize,
    pub(super) memory_used_kib: u64,
    pub(super) share: FloorShare,
    pub(super) floor_asleep: bool,
    pub(super) closing: bool,
    pub(super) next_ticket: u64,
    pub(super) counted: GateMetrics,
}

/// What became of one work.
pub(super) struct Outcome {
    pub(super) rank: Rank,
    pub(super) failed: bool,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

impl State {
    /// An empty gate that owes `floor_percent` % of one core whenever it is busy.
    pub(super) fn new(floor_percent: u32) -> Self {
        Self {
            waiting: VecDeque::new(),
            running: 0,
            memory_used_kib: 0,
            share: FloorShare::new(floor_percent),
            floor_asleep: false,
            closing: false,
            next_ticket: 0,
            counted: GateMetrics::default(),
        }
    }

    /// Lets the ledger know the time. Called before every change, so the pool was busy all the while or not at all.
    pub(super) fn pass(&mut self, now: Duration) {
        let busy = self.running > 0 || !self.waiting.is_empty();
        self.share.pass(now, busy);
    }

    /// The head of the queue, if there is one and memory for it.
    pub(super) fn begin_next(&mut self, budget_kib: u64) -> Option<Entry> {
        let free_kib = budget_kib.saturating_sub(self.memory_used_kib);
        self.waiting.front().filter(|entry| entry.memory_kib <= free_kib)?;
        let entry = self.waiting.pop_front()?;
        self.running = self.running.saturating_add(1);
        self.memory_used_kib = self.memory_used_kib.saturating_add(entry.memory_kib);
        Some(entry)
    }

    /// A work that took `memory_kib` has ended.
    pub(super) fn end(&mut self, memory_kib: u64, outcome: &Outcome) {
        self.running = self.running.saturating_sub(1);
        self.memory_used_kib = self.memory_used_kib.saturating_sub(memory_kib);
        self.share.paid(outcome.cpu);
        let counted = &mut self.counted;
        counted.done = counted.done.saturating_add(1);
        counted.failed = counted.failed.saturating_add(u64::from(outcome.failed));
        counted.floor = counted.floor.saturating_add(u64::from(outcome.rank == Rank::Floor));
        counted.work_time = counted.work_time.saturating_add(outcome.wall);
    }
}
