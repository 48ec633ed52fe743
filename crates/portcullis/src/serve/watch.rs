//! What a connection is doing, written by the request path with plain stores and read by its timer.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::Limits;

/// Waiting for the end of a request's head.
const HEAD: u8 = 0;
/// Waiting for the first byte of a next request.
const IDLE: u8 = 1;
/// A handler has the request.
const BUSY: u8 = 2;

/// The state of one connection. All of it is about one connection's task, so that relaxed order is enough.
#[derive(Debug, Default)]
pub(super) struct Watch {
    phase: AtomicU8,
    /// Counts the changes of phase, so that the timer tells a long phase from two of the same kind.
    turn: AtomicU32,
    reads: AtomicU32,
    writes: AtomicU32,
    /// The handler waits for the body.
    wants_body: AtomicBool,
    /// The client does not take what we write.
    write_blocked: AtomicBool,
    /// The body is too late: the handler is given an error in its place.
    body_late: AtomicBool,
    /// The last request's body was not read to its end.
    unread: AtomicBool,
    /// A handler takes the stream over, and is busy with it to its end.
    upgraded: AtomicBool,
    /// Bytes read since the last request began: the head that comes is among them.
    since_request: AtomicUsize,
    /// For how many ticks it has been as it is.
    quiet: AtomicU32,
    /// Others need its place.
    unwanted: AtomicBool,
    /// Wakes the connection.
    waker: Mutex<Option<Waker>>,
}

/// What can be spared: the kind of waiting, and for how many ticks. The larger the sooner.
type Spare = (u8, u32);

impl Watch {
    fn enter(&self, phase: u8) {
        self.phase.store(phase, Relaxed);
        // One writer at a time, so no read-modify-write is needed.
        self.turn.store(self.turn.load(Relaxed).wrapping_add(1), Relaxed);
        self.quiet.store(0, Relaxed);
    }

    pub(super) fn bytes_read(&self, bytes: usize) {
        self.reads.store(self.reads.load(Relaxed).wrapping_add(1), Relaxed);
        self.since_request
            .store(self.since_request.load(Relaxed).saturating_add(bytes), Relaxed);
        if self.phase.load(Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    pub(super) fn bytes_written(&self) {
        self.writes.store(self.writes.load(Relaxed).wrapping_add(1), Relaxed);
        self.write_blocked.store(false, Relaxed);
    }

    pub(super) fn write_blocked(&self) {
        self.write_blocked.store(true, Relaxed);
    }

    /// A head is complete; tells how many bytes it can have at most.
    pub(super) fn request_begins(&self) -> usize {
        self.enter(BUSY);
        self.unread.store(false, Relaxed);
        self.body_late.store(false, Relaxed);
        self.upgraded.store(false, Relaxed);
        let bytes = self.since_request.load(Relaxed);
        self.since_request.store(0, Relaxed);
        bytes
    }

    pub(super) fn response_ends(&self) {
        if !self.is_upgraded() {
            self.enter(IDLE);
        }
    }

    pub(super) fn wants_body(&self, wants: bool) {
        self.wants_body.store(wants, Relaxed);
    }

    pub(super) fn leave_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    pub(super) fn is_unread(&self) -> bool {
        self.unread.load(Relaxed)
    }

    pub(super) fn upgrade(&self) {
        self.upgraded.store(true, Relaxed);
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Relaxed)
    }

    pub(super) fn is_body_late(&self) -> bool {
        self.body_late.load(Relaxed)
    }

    /// Whether the connection can go for another one: an idle one first, then one whose head, then one whose body does
    /// not come. Never one with which we are busy, or that was told already.
    pub(super) fn spare(&self) -> Option<Spare> {
        if self.unwanted.load(Relaxed) || self.write_blocked.load(Relaxed) {
            return None;
        }
        let kind = match self.phase.load(Relaxed) {
            IDLE => 2,
            HEAD => 1,
            _ if self.wants_body.load(Relaxed) => 0,
            _ => return None,
        };
        Some((kind, self.quiet.load(Relaxed)))
    }

    /// Tells the connection to go.
    pub(super) fn send_away(&self) {
        self.unwanted.store(true, Relaxed);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn is_unwanted(&self) -> bool {
        self.unwanted.load(Relaxed)
    }

    /// Whether the connection, told to go, still can. It does not where a request came meanwhile.
    pub(super) fn goes(&self) -> bool {
        self.unwanted.store(false, Relaxed);
        self.spare().is_some()
    }

    /// Who is to be woken.
    pub(super) fn wake_with(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }
}

/// What the timer finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is late.
    Fine,
    /// The handler is to be told that its body does not come.
    EndBody,
    /// The connection is to be cut.
    Cut,
}

/// The timer's side: how many ticks in a row it has found the same.
#[derive(Debug)]
pub(super) struct Timekeeper {
    limits: Limits,
    tick: Duration,
    turn: u32,
    reads: u32,
    writes: u32,
    same_turn: u32,
    same_reads: u32,
    same_writes: u32,
    in_body: u32,
}

impl Timekeeper {
    pub(super) fn new(limits: Limits) -> Self {
        let times = [
            limits.head_time,
            limits.body_pause,
            limits.body_time,
            limits.write_pause,
            limits.idle,
        ];
        let shortest = times.into_iter().min().unwrap_or_default();
        let tick = shortest
            .checked_div(4)
            .unwrap_or_default()
            .clamp(Duration::from_millis(5), Duration::from_secs(1));
        Self {
            limits,
            tick,
            turn: 0,
            reads: 0,
            writes: 0,
            same_turn: 0,
            same_reads: 0,
            same_writes: 0,
            in_body: 0,
        }
    }

    /// The time between two looks.
    pub(super) fn tick(&self) -> Duration {
        self.tick
    }

    /// Looks at a connection, once per tick.
    pub(super) fn look(&mut self, watch: &Watch) -> Verdict {
        let new_turn = unchanged(&mut self.turn, watch.turn.load(Relaxed), &mut self.same_turn);
        unchanged(&mut self.reads, watch.reads.load(Relaxed), &mut self.same_reads);
        unchanged(&mut self.writes, watch.writes.load(Relaxed), &mut self.same_writes);
        if new_turn {
            self.in_body = 0;
        }
        let in_body = watch.wants_body.load(Relaxed);
        watch
            .quiet
            .store(if in_body { self.same_reads } else { self.same_turn }, Relaxed);
        if watch.write_blocked.load(Relaxed) && self.over(self.same_writes, self.limits.write_pause) {
            return Verdict::Cut;
        }
        match watch.phase.load(Relaxed) {
            HEAD if self.over(self.same_turn, self.limits.head_time) => Verdict::Cut,
            IDLE if self.over(self.same_turn, self.limits.idle) && !watch.write_blocked.load(Relaxed) => Verdict::Cut,
            BUSY if watch.wants_body.load(Relaxed) => self.look_at_body(watch),
            _ => Verdict::Fine,
        }
    }

    fn look_at_body(&mut self, watch: &Watch) -> Verdict {
        self.in_body = self.in_body.saturating_add(1);
        let paused = self.over(self.same_reads.min(self.in_body), self.limits.body_pause);
        if !paused && !self.over(self.in_body, self.limits.body_time) {
            Verdict::Fine
        } else if watch.body_late.swap(true, Relaxed) {
            // It was told before, and still waits.
            Verdict::Cut
        } else {
            Verdict::EndBody
        }
    }

    fn over(&self, ticks: u32, limit: Duration) -> bool {
        self.tick.saturating_mul(ticks) >= limit
    }
}

/// Counts how often in a row `now` was the same. Says whether it has changed.
fn unchanged(before: &mut u32, now: u32, count: &mut u32) -> bool {
    let changed = *before != now;
    *count = if changed { 0 } else { count.saturating_add(1) };
    *before = now;
    changed
}
