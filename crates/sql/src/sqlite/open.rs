//! A file becomes connections with our settings.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::OpenError;
use super::options::SqliteOptions;
use super::writer::LOG_LIMIT;
use crate::own::STATEMENTS_KEPT;

/// The longest wait for a lock on the calling thread.
const READ_WAIT: Duration = Duration::from_millis(250);

/// Makes an empty file that only its owner may read, unless there is one; gives its absolute path. SQLite gives its log
/// the same mode.
pub(super) fn make_file(path: &Path) -> Result<PathBuf, OpenError> {
    // Closing a file takes away every lock that this process has on it: no other thread may be opening it meanwhile.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(OpenError::of_io(path, error)),
    }
    // Absolute, so that a changed working directory does not lead the next reader to another file.
    let absolute = path.canonicalize().map_err(|error| OpenError::of_io(path, error))?;
    if absolute.is_file() {
        Ok(absolute)
    } else {
        Err(OpenError::NotAFile(path.to_owned()))
    }
}

/// A connection for writing. Turning the log on does not ask SQLite's busy handler, so this tries until the time is up.
pub(super) fn connect(path: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let begun = Instant::now();
    loop {
        match try_connect(path, options) {
            Ok(Some(connection)) => return Ok(connection),
            Ok(None) => return Err(OpenError::NoLog(path.to_owned())),
            Err(error) => {
                let code = error.sqlite_error_code();
                let busy = matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
                if !busy || begun.elapsed() >= options.busy_timeout {
                    return Err(OpenError::of(path, error));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

fn try_connect(path: &Path, options: &SqliteOptions) -> rusqlite::Result<Option<Connection>> {
    // Waits for nobody yet: the caller tries again.
    let connection = open_file(path, options, Duration::ZERO)?;
    // Reads the header and the schema: what is not a database is refused before anything is written.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // SQLite opens what it cannot write for reading, without a word.
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
    // A log that grew because of a long read is cut when it starts over.
    connection.query_row(&format!("PRAGMA journal_size_limit = {LOG_LIMIT}"), [], |_| Ok(()))?;
    connection.busy_timeout(options.busy_timeout)?;
    Ok((mode == "wal").then_some(connection))
}

pub(super) fn reader(path: &Path, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let connection = open_file(path, options, options.busy_timeout.min(READ_WAIT))?;
    // Not opened read-only: such a connection cannot recover a log that another program left behind.
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

fn open_file(path: &Path, options: &SqliteOptions, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    // Without the flag for URIs a path is a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Before the first statement: even a pragma may read the file.
    connection.busy_timeout(busy_timeout)?;
    connection.pragma_update(None, "cache_size", i64::from(options.cache_kib).saturating_neg())?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// A folder that is removed when it is dropped.
pub(super) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub(super) fn make() -> Result<Self, OpenError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("portcullis-{}-{number}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left behind by an earlier process of the same number.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(OpenError::of_io(&path, error)),
            }
        }
    }
}

impl TemporaryFolder {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
