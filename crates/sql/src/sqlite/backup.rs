//! Copies of a database in use, and whether a copy is whole.
//!
//! A copy is made by SQLite's online backup within one read transaction: it holds every write that was answered before it
//! began and nothing half done, and writers go on meanwhile.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;
use super::open::{make_file, reader};
use super::options::SqliteOptions;
use look::{contents, sound, still, unreadable};

mod ended;
mod look;

pub use super::error::BackupError;
pub use look::Contents;

/// How many pages are copied between two reports of progress.
const PAGES: i32 = 1024;

/// How long to wait for whoever has a database open that is to be taken out of use.
const HOLD_WAIT: Duration = Duration::from_secs(1);

/// How long to wait where the file is locked.
const PAUSE: Duration = Duration::from_millis(10);

/// Copies a database that may be in use into the file `to`, which is made with mode 0600 if it is not there and must be
/// empty if it is; checks the copy and brings it to the disk. `progress` hears the pages done and all pages.
///
/// # Errors
/// See [`BackupError`]; what is in `to` then is of no use.
pub fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Contents, BackupError> {
    let options = SqliteOptions::default();
    let source = reader(from, &options).map_err(|error| unreadable(from, error))?;
    source
        .busy_timeout(options.busy_timeout)
        .map_err(|error| unreadable(from, error))?;
    copy_of(&source, from, to, progress)
}

/// The same of a file that nobody uses, such as a backup, also where nothing can be written beside it.
///
/// # Errors
/// As for [`copy`].
pub fn copy_still(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Contents, BackupError> {
    copy_of(&still(from)?, from, to, progress)
}

/// Looks whether a file that nobody uses is a whole database, and what it holds. Nothing is written, not even beside it.
///
/// # Errors
/// See [`BackupError`].
pub fn check(path: &Path) -> Result<Contents, BackupError> {
    let connection = still(path)?;
    sound(&connection, path)?;
    contents(&connection).map_err(|error| unreadable(path, error))
}

/// A database that nobody else uses as long as this lives: one file without a log.
#[derive(Debug)]
pub struct Held(Connection);

impl Held {
    /// Copies it into a new file (mode 0600), and checks the copy.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn copy_to(&self, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Contents, BackupError> {
        let from = PathBuf::from(self.0.path().unwrap_or_default());
        copy_of(&self.0, &from, to, progress)
    }
}

/// Takes a database out of use: everything in its log goes into the file, and nobody else can open it meanwhile.
///
/// # Errors
/// [`OpenError::Locked`] in [`BackupError::Source`] where another program, or another part of this one, has it open.
pub fn hold(path: &Path) -> Result<Held, BackupError> {
    let failed = |error| unreadable(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(HOLD_WAIT).map_err(failed)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(failed)?;
    // Fails where another connection is open, also one that does nothing at the moment.
    let mode = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
    if mode.map_err(failed)? != "delete" {
        return Err(BackupError::Source(OpenError::Locked(path.to_owned())));
    }
    let lock = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT";
    connection.execute_batch(lock).map_err(failed)?;
    Ok(Held(connection))
}

/// Copies the database beside itself before one of its migrations is carried out: `users.db.before-3` is what it was
/// before the third. The caller holds the write lock, so that nobody changes anything in between.
pub(super) fn copy_before(path: &Path, step: i64) -> Result<(), BackupError> {
    let mut to = path.as_os_str().to_owned();
    to.push(format!(".before-{step}"));
    let to = PathBuf::from(to);
    // One of an earlier attempt at the same step is older, and gives way.
    beside(
        &to,
        |new| copy(path, new, &mut |_, _| {}),
        |new| std::fs::rename(new, &to),
    )?;
    tracing::info!(copy = %to.display(), "the database was copied before its tables are brought up to date");
    Ok(())
}

/// Writes a file under another name, then gives it its own by `name`; nothing else is left.
pub(super) fn beside(
    to: &Path,
    write: impl FnOnce(&Path) -> Result<Contents, BackupError>,
    name: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<Contents, BackupError> {
    let mut new = to.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    let new = PathBuf::from(new);
    // What a killed process of the same number left.
    let _ = std::fs::remove_file(&new);
    let named = write(&new).and_then(|contents| {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let named = name(&new).and_then(|()| File::open(folder)?.sync_all());
        named
            .map(|()| contents)
            .map_err(|cause| BackupError::Target(to.to_owned(), cause.into()))
    });
    let _ = std::fs::remove_file(&new);
    named
}

fn copy_of(
    source: &Connection,
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Contents, BackupError> {
    let original = one_moment(source, from, |source| {
        fill(source, to, progress)?;
        contents(source).map_err(|error| unreadable(from, error))
    })?;
    // Closed by now, so that nothing of it waits anywhere.
    let on_disk = File::open(to).and_then(|file| file.sync_all());
    on_disk.map_err(|cause| BackupError::Target(to.to_owned(), cause.into()))?;
    let copy = check(to)?;
    for (table, rows) in &original.tables {
        let copied = copy.tables.get(table).copied().unwrap_or(0);
        if copied != *rows {
            return Err(BackupError::Differs {
                table: table.clone(),
                original: *rows,
                copy: copied,
            });
        }
    }
    Ok(copy)
}

/// Reads within one transaction: what others write meanwhile is not seen.
fn one_moment<T>(
    source: &Connection,
    path: &Path,
    read: impl FnOnce(&Connection) -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    let failed = |error| unreadable(path, error);
    source.execute_batch("BEGIN").map_err(failed)?;
    // The moment is that of the first read, not that of `BEGIN`.
    let first = source.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let done = first.map_err(failed).and_then(|_| read(source));
    let ended = source.execute_batch("COMMIT").map_err(failed);
    done.and_then(|done| ended.map(|()| done))
}

/// Copies every page.
fn fill(source: &Connection, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<(), BackupError> {
    let failed = |cause: rusqlite::Error| BackupError::Target(to.to_owned(), cause.into());
    make_file(to).map_err(|cause| BackupError::Target(to.to_owned(), cause.into()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(failed)?;
    // The whole of it is brought to the disk at once, before anybody relies on it.
    target.execute_batch("PRAGMA synchronous = OFF").map_err(failed)?;
    let copying = Backup::new(source, &mut target).map_err(failed)?;
    loop {
        let step = copying.step(PAGES).map_err(failed)?;
        let pages = |count: i32| u64::try_from(count).unwrap_or(0);
        let (all, left) = (pages(copying.progress().pagecount), pages(copying.progress().remaining));
        progress(all.saturating_sub(left), all);
        match step {
            StepResult::Done => break,
            StepResult::Busy | StepResult::Locked => std::thread::sleep(PAUSE),
            _ => {}
        }
    }
    drop(copying);
    // One file, with no log that belongs to it.
    let mode = target.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
    mode.map(drop).map_err(failed)
}
