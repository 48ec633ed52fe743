//! Rows that have no act of their own: gathered, and written together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Audit;
use crate::audit::event::{AuditEvent, AuditKind};
use crate::audit::row::AuditRow;
use crate::cause::Cause;
use crate::store::StoreError;

/// For how long rows are gathered.
const GATHER: Duration = Duration::from_millis(50);

/// How long it is waited before what could not be stored is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// How many rows wait at most: what comes then is lost, and counted.
const AT_MOST: usize = 10_000;

/// How many are written in one step.
const AT_ONCE: usize = 500;

/// How many refusals of a second are told one by one.
const REFUSALS: u64 = 100;

/// Rows that wait.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Whether a task writes them.
    busy: AtomicBool,
    /// Whose turn it is to write.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Waiting {
    rows: Vec<AuditRow>,
    lost: u64,
    refusals: Refusals,
}

/// Refusals of one second.
#[derive(Default)]
struct Refusals {
    second: u64,
    told: u64,
    skipped: u64,
}

impl Refusals {
    /// Whether one more is told; and how many of an earlier second were not.
    fn one_more(&mut self, second: u64) -> (bool, u64) {
        let skipped = self.over(second);
        let is_told = self.told < REFUSALS;
        match is_told {
            true => self.told = self.told.saturating_add(1),
            false => self.skipped = self.skipped.saturating_add(1),
        }
        (is_told, skipped)
    }

    /// How many were not told of a second that is over.
    fn over(&mut self, second: u64) -> u64 {
        if self.second == second {
            return 0;
        }
        self.second = second;
        self.told = 0;
        std::mem::take(&mut self.skipped)
    }
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts rows back that could not be written.
    fn give_back(&self, mut rows: Vec<AuditRow>, lost: u64) {
        let mut waiting = self.waiting();
        rows.append(&mut waiting.rows);
        waiting.lost = waiting.lost.saturating_add(lost);
        waiting.rows = rows;
    }
}

impl Audit {
    /// Writes a row soon.
    pub(crate) fn add(&self, row: AuditRow) {
        let queue = &self.inner.queue;
        let mut waiting = queue.waiting();
        if waiting.rows.len() < AT_MOST {
            waiting.rows.push(row);
        } else {
            waiting.lost = waiting.lost.saturating_add(1);
        }
        drop(waiting);
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !queue.busy.swap(true, Ordering::AcqRel)
        {
            runtime.spawn(Writing(self.clone()).run());
        }
    }

    /// Tells of a refusal that cost nobody anything, so that anybody could ask for any number of them: of a second a
    /// hundred are told one by one, and how many more there were in one row.
    pub fn tell_refusal(&self, event: AuditEvent) {
        let second = self.now() / 1_000;
        let (is_told, skipped) = self.inner.queue.waiting().refusals.one_more(second);
        self.tell_skipped(skipped);
        if is_told {
            self.tell(event);
        }
    }

    fn tell_skipped(&self, skipped: u64) {
        if skipped > 0 {
            self.tell(AuditEvent::new(AuditKind::RefusalsSkipped, Cause::server()).with("refusals", skipped));
        }
    }

    /// Writes a row now, or soon where the store is away.
    pub(crate) async fn write(&self, row: AuditRow) {
        if let Err(error) = self.inner.store.append(std::slice::from_ref(&row)).await {
            tracing::error!(%error, "a row of the audit trail cannot be written, and waits");
            self.add(row);
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The store fails; then it goes on waiting.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let queue = &self.inner.queue;
        let skipped = queue.waiting().refusals.over(self.now() / 1_000);
        self.tell_skipped(skipped);
        let _turn = queue.writing.lock().await;
        loop {
            let (mut rows, lost) = {
                let mut waiting = queue.waiting();
                let count = waiting.rows.len().min(AT_ONCE);
                (
                    waiting.rows.drain(..count).collect::<Vec<_>>(),
                    std::mem::take(&mut waiting.lost),
                )
            };
            if rows.is_empty() && lost == 0 {
                return Ok(());
            }
            if lost > 0 {
                tracing::error!(lost, "rows of the audit trail could not be kept");
                let event = AuditEvent::new(AuditKind::AuditLost, Cause::server()).with("rows", lost);
                rows.push(self.row(event));
            }
            if let Err(error) = self.inner.store.append(&rows).await {
                if lost > 0 {
                    rows.pop();
                }
                queue.give_back(rows, lost);
                return Err(error);
            }
        }
    }
}

/// The task that writes; where it ends with its runtime, another may begin.
struct Writing(Audit);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.inner.queue.busy.store(false, Ordering::Release);
    }
}

impl Writing {
    async fn run(self) {
        let (mut writing, mut told) = (self, false);
        loop {
            tokio::time::sleep(GATHER).await;
            match writing.0.flush().await {
                Ok(()) => {
                    let audit = writing.0.clone();
                    drop(writing);
                    // What came just before found a task at work.
                    let queue = &audit.inner.queue;
                    if queue.waiting().rows.is_empty() || queue.busy.swap(true, Ordering::AcqRel) {
                        return;
                    }
                    writing = Self(audit);
                }
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::error!(%error, "the audit trail cannot be written; rows wait");
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}
