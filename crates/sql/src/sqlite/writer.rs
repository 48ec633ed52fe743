//! The one writer: takes what waits, does it in one transaction, and answers when that is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_core::StoreError;
use rusqlite::Connection;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

use super::error::store_error;

/// How many writes go into one transaction at most.
const GROUP: usize = 64;

/// The length of the write-ahead log, in bytes, at which it is emptied.
pub(super) const LOG_LIMIT: u64 = 64 << 20;

/// How long emptying the log waits for readers, and by how many bytes the log grows before it is tried again: writes
/// wait meanwhile.
const LOG_WAIT: Duration = Duration::from_millis(50);
const LOG_STEP: u64 = 16 << 20;

/// Says to the one who waits what came of the whole transaction.
type Answer = Box<dyn FnOnce(Result<(), &rusqlite::Error>) + Send>;

/// Where the answer of one write arrives.
pub(super) type Answered<T> = oneshot::Receiver<Result<T, StoreError>>;

/// What a write may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touches {
    /// Users, among others.
    Users,
    /// No user.
    OtherTables,
}

/// What one write left in the transaction.
struct Left {
    answer: Answer,
    /// Whether it could be ended as a part of its own; otherwise nothing of the transaction may be kept.
    is_apart: bool,
}

/// Does the part of one write in the transaction, or hears why there is none.
type Part = dyn FnOnce(Result<&Connection, &rusqlite::Error>) -> Option<Left> + Send;

/// One write: does its part, and gives what will answer.
pub(super) struct Job {
    part: Box<Part>,
    touches: Touches,
}

impl Job {
    /// A job and where its answer arrives.
    pub(super) fn new<T: Send + 'static>(
        touches: Touches,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> (Self, Answered<T>) {
        let (sender, receiver) = oneshot::channel();
        let part = move |connection: Result<&Connection, &rusqlite::Error>| {
            let (done, is_apart) = match connection {
                Ok(connection) => savepoint(connection, work),
                Err(error) => {
                    let _ = sender.send(Err(StoreError::unavailable(error.to_string())));
                    return None;
                }
            };
            let answer: Answer = Box::new(move |committed| {
                // Whoever waited may have gone away; the write stands all the same.
                let _ = sender.send(match (done, committed) {
                    (Err(error), _) => Err(store_error(error)),
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(error)) => Err(StoreError::unavailable(error.to_string())),
                });
            });
            Some(Left { answer, is_apart })
        };
        let part = Box::new(part);
        (Self { part, touches }, receiver)
    }
}

/// Does one part of a transaction so that its failure undoes nothing of the others; says whether that could be done.
fn savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> (rusqlite::Result<T>, bool) {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(drop);
    if let Err(error) = run("SAVEPOINT job") {
        return (Err(error), true);
    }
    // Whatever a panic left half done is rolled back like any failure, and the writer lives on.
    let done = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(Err(rusqlite::Error::UnwindingPanic));
    if connection.is_autocommit() {
        // SQLite has given up the whole transaction, or `work` ended it.
        return (done.and_then(|_| Err(given_up())), true);
    }
    let undone = if done.is_err() { run("ROLLBACK TO job") } else { Ok(()) };
    match undone.and_then(|()| run("RELEASE job")) {
        Ok(()) => (done, true),
        Err(error) => (done.and(Err(error)), false),
    }
}

/// The write-ahead log beside the file.
pub(super) struct Log {
    path: PathBuf,
    busy_timeout: Duration,
    empty_at: u64,
}

impl Log {
    /// The log of this path; `busy_timeout` is the connection's own.
    pub(super) fn new(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            path,
            busy_timeout,
            empty_at: LOG_LIMIT,
        }
    }

    /// Empties a log that grew too long. SQLite's own checkpoints start it over only when no reader is at it.
    fn keep_short(&mut self, connection: &Connection) {
        let length = std::fs::metadata(&self.path).map_or(0, |log| log.len());
        if length <= LOG_LIMIT {
            self.empty_at = LOG_LIMIT;
        }
        if length <= self.empty_at {
            return;
        }
        let emptied = connection.busy_timeout(LOG_WAIT).and_then(|()| empty(connection));
        let restored = connection.busy_timeout(self.busy_timeout);
        self.empty_at = if matches!((&emptied, &restored), (Ok(true), Ok(()))) {
            LOG_LIMIT
        } else {
            tracing::warn!(
                length,
                "the write-ahead log could not be emptied: some reader stays at it"
            );
            length.saturating_add(LOG_STEP)
        };
    }
}

/// Moves the log into the file; says whether all of it could be moved.
fn empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    })
}

/// Works until every sender is gone.
pub(super) fn run(connection: &Connection, mut jobs: Receiver<Job>, generation: &Arc<AtomicU64>, mut log: Log) {
    while let Some(first) = jobs.blocking_recv() {
        group(connection, first, &mut jobs, generation);
        log.keep_short(connection);
    }
    if let Err(error) = empty(connection) {
        tracing::debug!(%error, "the write-ahead log stays as it is");
    }
}

fn group(connection: &Connection, first: Job, jobs: &mut Receiver<Job>, generation: &Arc<AtomicU64>) {
    if let Err(error) = begin(connection) {
        tracing::warn!(%error, "writes could not begin");
        (first.part)(Err(&error));
        // Another program holds the lock: whoever waits behind would wait a whole time-out more.
        while let Ok(job) = jobs.try_recv() {
            (job.part)(Err(&error));
        }
        return;
    }
    let (mut answers, mut next) = (Vec::new(), Some(first));
    let (mut touches_users, mut are_apart) = (false, true);
    while let Some(job) = next {
        touches_users |= job.touches == Touches::Users;
        if let Some(Left { answer, is_apart }) = (job.part)(Ok(connection)) {
            answers.push(answer);
            are_apart = is_apart;
        }
        // When the disk is full, say, SQLite gives up the whole transaction: what follows needs a new one.
        let goes_on = answers.len() < GROUP && are_apart && !connection.is_autocommit();
        next = if goes_on { jobs.try_recv().ok() } else { None };
    }
    let committed = match are_apart {
        true => commit(connection),
        false => roll_back(connection).and(Err(given_up())),
    };
    if let Err(error) = &committed {
        tracing::error!(%error, writes = answers.len(), "writes could not be stored");
    }
    // Before anyone is answered: who remembers a user must not trust that memory once the change is known.
    if touches_users {
        generation.fetch_add(1, Ordering::Release);
    }
    for answer in answers {
        answer(committed.as_ref().copied());
    }
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    roll_back(connection)?;
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
}

fn commit(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        return Err(given_up());
    }
    let committed = connection.prepare_cached("COMMIT")?.execute([]).map(drop);
    if committed.is_err() {
        let _ = roll_back(connection);
    }
    committed
}

/// Ends what is begun, if anything is.
fn roll_back(connection: &Connection) -> rusqlite::Result<()> {
    match connection.is_autocommit() {
        true => Ok(()),
        false => connection.execute_batch("ROLLBACK"),
    }
}

fn given_up() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
    rusqlite::Error::SqliteFailure(code, Some("the transaction was rolled back".into()))
}
