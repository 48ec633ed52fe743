//! One SQLite file: connections to read with, and the way to the writer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use portcullis_core::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Sender, channel};

use super::error::{MigrateError, OpenError, store_error};
use super::migrate::{Steps, migrate};
use super::open::{TemporaryFolder, connect, make_file, reader};
use super::options::SqliteOptions;
use super::writer::{self, Answered, Job, Log, Touches};

mod audited;
mod back_up;
mod close;

/// An open SQLite file. An application may keep tables of its own in it. Cheap to clone; closed with its last clone.
///
/// It is in WAL mode with `synchronous=FULL`: what was answered is on the disk. Other programs may read and write it too.
/// Dropping the last clone waits for the writes that are queued; [`Database::close`] does the same without blocking.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_sql::SqliteUsers;
///
/// let users = SqliteUsers::temporary().await?;
/// let database = users.database();
/// database.migrate("items", &["CREATE TABLE items (item_id TEXT NOT NULL, owner TEXT NOT NULL) STRICT"]).await?;
/// database.write(|tx| tx.execute("INSERT INTO items VALUES ('Foo', 'johndoe')", [])).await?;
/// let item: String = database.read(|db| {
///     let mut of_owner = db.prepare_cached("SELECT item_id FROM items WHERE owner = ?1")?;
///     of_owner.query_row(["johndoe"], |row| row.get(0))
/// })?;
/// assert_eq!(item, "Foo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    path: PathBuf,
    options: SqliteOptions,
    /// Connections that nobody reads with at the moment.
    readers: Mutex<Vec<Connection>>,
    jobs: Mutex<Option<Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    generation: Arc<AtomicU64>,
    scans: Arc<Semaphore>,
    closed: AtomicBool,
    /// Whether the audit trail is in the file.
    audited: AtomicBool,
    /// Kept for a database that lives no longer than this.
    _folder: Option<TemporaryFolder>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

/// How many idle connections are kept for reading.
const IDLE_READERS: usize = 16;

/// How many scans run at once.
const SCANS: usize = 2;

impl Database {
    /// Opens a file, and makes it if it is not there (mode 0600).
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// The same with choices.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let for_panic = path.clone();
        let opened = tokio::task::spawn_blocking(move || Self::open_now(path, options, None)).await;
        opened.map_err(|cause| OpenError::Other(for_panic, cause.into()))?
    }

    /// A database in a fresh temporary folder, removed with the last clone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn temporary() -> Result<Self, OpenError> {
        let folder = TemporaryFolder::make()?;
        let path = folder.path().join("portcullis.db");
        let for_panic = path.clone();
        let options = SqliteOptions::default();
        let opened = tokio::task::spawn_blocking(move || Self::open_now(path, options, Some(folder))).await;
        opened.map_err(|cause| OpenError::Other(for_panic, cause.into()))?
    }

    fn open_now(path: PathBuf, options: SqliteOptions, folder: Option<TemporaryFolder>) -> Result<Self, OpenError> {
        let path = make_file(&path)?;
        let connection = connect(&path, &options)?;
        let (sender, receiver) = channel(options.queue.max(1));
        let generation = Arc::new(AtomicU64::new(0));
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let (counted, log) = (generation.clone(), Log::new(log.into(), options.busy_timeout));
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        let writer = thread
            .spawn(move || writer::run(&connection, receiver, &counted, log))
            .map_err(|cause| OpenError::Other(path.clone(), cause.into()))?;
        Ok(Self(Arc::new(Inner {
            path,
            options,
            readers: Mutex::default(),
            jobs: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            generation,
            scans: Arc::new(Semaphore::new(SCANS)),
            closed: AtomicBool::new(false),
            audited: AtomicBool::new(false),
            _folder: folder,
        })))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Reads on the calling thread what was committed last, by anyone. Meant for look-ups by key, which take
    /// microseconds; what scans belongs into [`Database::scan`]. The connection cannot write.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Unavailable`] after [`Database::close`].
    pub fn read<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(StoreError::unavailable("the database is closed"));
        }
        let idle = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => reader(&self.0.path, &self.0.options).map_err(store_error)?,
        };
        let found = look(&connection).map_err(store_error);
        // A transaction left open would show the next reader the past.
        if connection.is_autocommit() {
            let mut readers = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < IDLE_READERS && !self.0.closed.load(Ordering::Acquire) {
                readers.push(connection);
            }
        }
        found
    }

    /// The same for what takes longer, on tokio's threads for blocking work; two at a time, the others wait their turn.
    ///
    /// # Errors
    /// As for [`Database::read`]; [`StoreError::Unavailable`] if `look` panics.
    pub async fn scan<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self
            .0
            .scans
            .clone()
            .acquire_owned()
            .await
            .map_err(StoreError::unavailable)?;
        let database = self.clone();
        let scan = move || {
            // Held until the scan has ended, even if nobody waits for it any more.
            let _turn = turn;
            database.read(look)
        };
        tokio::task::spawn_blocking(scan)
            .await
            .map_err(StoreError::unavailable)?
    }

    /// Writes: `work` is done in a transaction together with what else waits, and the answer comes when that is on the
    /// disk. A `work` that fails or panics undoes only itself. It must not begin, commit or roll back itself (savepoints
    /// are fine), and a *deferred* foreign key that it breaks fails the whole group.
    ///
    /// # Errors
    /// What SQLite says; a unique name that is taken is [`StoreError::Taken`]; [`StoreError::Unavailable`] if nothing
    /// could be stored (another program held the lock for the whole busy time-out, the disk is full) or after
    /// [`Database::close`]. A write whose future is dropped may be done all the same.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(Job::new(Touches::Users, work)).await
    }

    /// The same for a `work` that changes no user: users whom this process remembers for a moment stay remembered, which
    /// [`Database::write`] makes it forget. Should it change a user all the same, that holds here only within the time that
    /// a user is remembered, as a change by another process does.
    ///
    /// # Errors
    /// As for [`Database::write`].
    pub async fn write_own<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(Job::new(Touches::OtherTables, work)).await
    }

    async fn queue<T>(&self, (job, answer): (Job, Answered<T>)) -> Result<T, StoreError> {
        let sender = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let closed = || StoreError::unavailable("the database is closed");
        sender.ok_or_else(closed)?.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Brings tables of the application's own up to date: `steps` are SQL texts, each carried out once, in order. Never
    /// change a step that was released; add one. Before a step changes tables that are there, the whole database is copied
    /// beside it: `users.db.before-3` is what it was before its third step.
    /// A step says in its first line which versions of the program live with it: `-- expand` all, `-- contract: floor 3`
    /// those that know step 3; the latter is carried out only with [`SqliteOptions::contract`]. Without such a line those
    /// that do not know it open the database no more.
    ///
    /// # Errors
    /// See [`MigrateError`].
    pub async fn migrate(&self, name: &'static str, steps: &'static [&'static str]) -> Result<(), OpenError> {
        let Self(inner) = self.clone();
        let path = inner.path.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = connect(&inner.path, &inner.options)?;
            let steps = Steps {
                name,
                texts: steps,
                contract: inner.options.contract,
            };
            migrate(&mut connection, &inner.path, steps).map_err(|error| refine(&inner.path, error))
        });
        done.await.map_err(|cause| OpenError::Other(path, cause.into()))?
    }

    /// Counts up with every commit of this process.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Whether the file can be read and the writer takes writes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if not, and what SQLite says of the file.
    pub fn ping(&self) -> Result<(), StoreError> {
        let jobs = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if jobs.is_none_or(|jobs| jobs.is_closed()) {
            return Err(StoreError::unavailable("the writer has ended"));
        }
        // Reads the file, which `SELECT 1` would not.
        self.read(|connection| {
            let mut tables = connection.prepare_cached("SELECT count(*) FROM sqlite_schema")?;
            tables.query_row([], |row| row.get::<_, i64>(0)).map(drop)
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The sender goes first, so that the writer ends; then the file is whole before the folder may go.
        self.readers.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.jobs.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // The last clone may be one that a write held, and then this is the writer itself.
        if let Some(writer) = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take()
            && writer.thread().id() != std::thread::current().id()
        {
            let _ = writer.join();
        }
    }
}

/// A step that failed for a reason of the file is the file's error.
fn refine(path: &Path, error: MigrateError) -> OpenError {
    match &error {
        MigrateError::Failed { cause, .. } => OpenError::of_file(path, cause),
        _ => None,
    }
    .unwrap_or_else(|| OpenError::Migrate(path.to_owned(), error))
}
