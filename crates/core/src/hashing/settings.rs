//! How large the gate is, what it refuses, and what it counts.

use std::error::Error;
use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use super::system::MAX_NICE;

/// How many works may wait per thread by default: about 2 s of Argon2id or 14 s of bcrypt at cost 12.
const QUEUE_PER_THREAD: usize = 64;

/// The size of a [`HashingGate`](super::HashingGate).
///
/// ```
/// use portcullis_core::GateSettings;
/// let settings = GateSettings { queue: 16, ..GateSettings::default() };
/// assert!(settings.threads >= 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateSettings {
    /// Low-priority threads that do the work; at least 1. Default: the cores of the machine less one, at least 1.
    ///
    /// The floor thread comes on top, so at most `threads + 1` works run at once.
    pub threads: usize,
    /// Works that may wait when every thread has one: `threads + queue` works are let in, more are refused with
    /// [`GateError::Busy`]. Default: 64 per thread.
    pub queue: usize,
    /// Memory of all running works together, in KiB; at least 1. Default: 524,288 (512 MiB).
    ///
    /// A ceiling and not a reservation. For the floor share to hold it needs room for `threads + 1` works.
    pub memory_kib: u64,
    /// Nice values by which the threads stand below the thread that makes the gate, 0 to 19. Default: 10. Linux only.
    pub nice: i32,
    /// The floor share, in percent of one core, 0 (none) to 50. Default: 25. Works on Linux, and when `nice` > 0.
    pub floor_percent: u32,
}

impl Default for GateSettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let threads = cores.saturating_sub(1).max(1);
        Self {
            threads,
            queue: threads.saturating_mul(QUEUE_PER_THREAD),
            memory_kib: 512 * 1024,
            nice: 10,
            floor_percent: Self::MAX_FLOOR_PERCENT / 2,
        }
    }
}

impl GateSettings {
    /// The most threads a gate may have.
    pub const MAX_THREADS: usize = 1024;
    /// The greatest floor share, in percent of one core: what one thread gets beside one other on the same core.
    pub const MAX_FLOOR_PERCENT: u32 = 50;

    pub(super) fn check(&self) -> Result<(), GateError> {
        let wrong = if self.threads == 0 || self.threads > Self::MAX_THREADS {
            "threads must be 1 to 1024"
        } else if self.threads.checked_add(self.queue).is_none() {
            "queue is too long"
        } else if self.memory_kib == 0 {
            "memory_kib must be at least 1"
        } else if !(0..=MAX_NICE).contains(&self.nice) {
            "nice must be 0 to 19"
        } else if self.floor_percent > Self::MAX_FLOOR_PERCENT {
            "floor_percent must be 0 to 50"
        } else {
            return Ok(());
        };
        Err(GateError::Settings(wrong))
    }
}

/// Why a work was not done, or a gate not made.
#[derive(Debug)]
#[non_exhaustive]
pub enum GateError {
    /// As many works as the settings allow are inside. Told at once, and the same for everybody.
    Busy {
        /// When to try again, in whole seconds, 1 to 60: about how long the works now inside will take.
        retry_after: u64,
    },
    /// The work alone needs more memory than all works together may have; it would wait for ever.
    OverBudget {
        /// What the work needs, in KiB.
        asked_kib: u64,
        /// What the gate may use, in KiB.
        budget_kib: u64,
    },
    /// The work panicked. The thread lives on.
    Failed,
    /// A setting is out of its range; the sentence says which.
    Settings(&'static str),
    /// The operating system gave no thread.
    Threads(std::io::Error),
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { retry_after } => write!(f, "too much password work is waiting; try again in {retry_after} s"),
            Self::OverBudget { asked_kib, budget_kib } => {
                write!(
                    f,
                    "the work needs {asked_kib} KiB of memory, the hashing gate may use {budget_kib} KiB"
                )
            }
            Self::Failed => f.write_str("the password work panicked"),
            Self::Settings(wrong) => write!(f, "hashing gate: {wrong}"),
            Self::Threads(_) => f.write_str("no thread could be started for the hashing gate"),
        }
    }
}

impl Error for GateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Threads(cause) => Some(cause),
            _ => None,
        }
    }
}

/// What a [`HashingGate`](super::HashingGate) is doing and has done since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateMetrics {
    /// Works that wait now.
    pub queued: usize,
    /// Works that run now.
    pub running: usize,
    /// Works that were run to their end, those that panicked included.
    pub done: u64,
    /// Works among `done` that panicked.
    pub failed: u64,
    /// Works among `done` that the floor thread did: more than a few say that requests starve the logins.
    pub floor: u64,
    /// Works that were refused, busy or over budget.
    pub refused: u64,
    /// Works that were not begun because nobody waited for them any more.
    pub skipped: u64,
    /// Time from begin to end of all works in `done` together (wall clock).
    pub work_time: Duration,
}
