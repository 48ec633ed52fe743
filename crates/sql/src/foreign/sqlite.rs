//! A file that another program made and writes: nothing about it is changed but what is asked for.

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use tokio::sync::Semaphore;

use super::dialect::Statement;
use super::driver::{Access, Lane, Row};
use super::error::ForeignError;

mod still;

use still::Stamp;

/// How long a look-up on the calling thread waits for a writer.
const READ_WAIT: Duration = Duration::from_millis(250);

/// How long a write waits for another.
const WRITE_WAIT: Duration = Duration::from_secs(5);

/// How many of a lane are carried out at once on threads for blocking work.
const TURNS: usize = 2;

/// How often a file is read that changes meanwhile.
const TRIES: usize = 3;

/// How many idle connections are kept.
const IDLE: usize = 8;

/// An SQLite file. Its journal mode and other settings stay as its owner chose them.
#[derive(Debug, Clone)]
pub(super) struct SqliteFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    access: Access,
    idle: Mutex<Vec<Open>>,
    /// Whether it was told that the file is read as one that nobody writes.
    told: AtomicBool,
    logins: Arc<Semaphore>,
    longer: Arc<Semaphore>,
}

/// An open connection.
#[derive(Debug)]
struct Open {
    connection: Connection,
    /// What the file was like, where it is read as one that nobody writes.
    stamp: Option<Stamp>,
}

impl SqliteFile {
    /// Opens a file that is there; never makes one.
    pub(super) fn open(path: PathBuf, access: Access) -> Result<Self, ForeignError> {
        let unreachable = |cause: std::io::Error| ForeignError::Unreachable {
            database: path.display().to_string(),
            cause: cause.into(),
        };
        // Absolute, so that a changed working directory does not lead to another file.
        let path = path.canonicalize().map_err(unreachable)?;
        let file = Self(Arc::new(Inner {
            path,
            access,
            idle: Mutex::default(),
            told: AtomicBool::new(false),
            logins: Arc::new(Semaphore::new(TURNS)),
            longer: Arc::new(Semaphore::new(TURNS)),
        }));
        file.with(READ_WAIT, |_| Ok(())).map(|()| file)
    }

    /// Users of tokens on the calling thread, for they are found by key within microseconds; all else on a thread for
    /// blocking work, so many at a time.
    pub(super) async fn rows(
        &self,
        lane: Lane,
        statement: &Statement,
        parameters: &[&str],
    ) -> Result<Vec<Row>, ForeignError> {
        let turns = match lane {
            Lane::Tokens => return self.read(statement, parameters),
            Lane::Logins => &self.0.logins,
            Lane::Longer => &self.0.longer,
        };
        self.blocking(turns, statement, parameters, |file, statement, parameters| {
            file.read(statement, parameters)
        })
        .await
    }

    fn read(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        self.with(READ_WAIT, |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            let columns = prepared.column_count();
            let mut rows = prepared.query(params_from_iter(parameters))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let texts = (0..columns).map(|column| Ok(row.get_ref(column)?.as_str_or_null()?.map(str::to_owned)));
                found.push(texts.collect::<rusqlite::Result<Row>>()?);
            }
            Ok(found)
        })
    }

    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        let change = |file: &Self, statement: &Statement, parameters: &[&str]| {
            file.with(WRITE_WAIT, |connection| {
                let changed = connection
                    .prepare_cached(&statement.sql)?
                    .execute(params_from_iter(parameters))?;
                Ok(u64::try_from(changed).unwrap_or(u64::MAX))
            })
        };
        self.blocking(&self.0.longer, statement, parameters, change).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        statement: &Statement,
        parameters: &[&str],
        work: impl FnOnce(&Self, &Statement, &[&str]) -> Result<T, ForeignError> + Send + 'static,
    ) -> Result<T, ForeignError> {
        let turn = turns.clone().acquire_owned().await;
        let turn = turn.map_err(|cause| ForeignError::Statement(cause.into()))?;
        let (file, statement) = (self.clone(), statement.clone());
        let parameters = parameters.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let work = move || {
            // Held until the work has ended, even if nobody waits for it any more.
            let _turn = turn;
            let parameters = parameters.iter().map(String::as_str).collect::<Vec<_>>();
            work(&file, &statement, &parameters)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|cause| ForeignError::Statement(cause.into()))?
    }

    fn with<T>(&self, wait: Duration, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, ForeignError> {
        // A file that is replaced at this moment is another one at the second try.
        for _ in 0..TRIES {
            let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let open = match idle {
                Some(open) if self.is_as_it_was(&open) => open,
                _ => self.connect()?,
            };
            let ready = open.connection.busy_timeout(wait);
            let done = ready.and_then(|()| work(&open.connection));
            let is_closed = self.0.access == Access::ReadOnly && done.as_ref().is_err_and(still::is_told_by);
            if self.is_as_it_was(&open) && !(is_closed && open.stamp.is_none()) {
                let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < IDLE {
                    idle.push(open);
                }
                return done.map_err(|error| self.error(error));
            }
        }
        Err(self.unreachable("it is written all the time, and its log cannot be read"))
    }

    fn is_as_it_was(&self, open: &Open) -> bool {
        let stamp = open.stamp.as_ref();
        stamp.is_none_or(|stamp| Stamp::of(&self.0.path).is_ok_and(|now| now == *stamp))
    }

    fn connect(&self) -> Result<Open, ForeignError> {
        match self.usual() {
            Ok(connection) => Ok(Open {
                connection,
                stamp: None,
            }),
            Err(error) if self.0.access == Access::ReadOnly && still::is_told_by(&error) => self.still(),
            Err(error) => Err(self.error(error)),
        }
    }

    fn usual(&self) -> rusqlite::Result<Connection> {
        let access = match self.0.access {
            Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let connection = Connection::open_with_flags(&self.0.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(READ_WAIT)?;
        if self.0.access == Access::ReadWrite && connection.is_readonly(rusqlite::MAIN_DB)? {
            // SQLite opens what it cannot write for reading, without a word.
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
            return Err(rusqlite::Error::SqliteFailure(
                code,
                Some("the file cannot be written".into()),
            ));
        }
        self.set_up(connection)
    }

    /// The file as one that nobody writes, because nothing can be written beside it.
    fn still(&self) -> Result<Open, ForeignError> {
        let stamp = Stamp::of(&self.0.path).map_err(|why| self.unreachable(why))?;
        let connection = still::connect(&self.0.path).and_then(|connection| self.set_up(connection));
        let connection = connection.map_err(|error| self.error(error))?;
        if !self.0.told.swap(true, Ordering::Relaxed) {
            let file = self.0.path.display().to_string();
            tracing::warn!(
                file,
                "nothing can be written beside this file: it is read as one that nobody writes, and anew when it changed"
            );
        }
        Ok(Open {
            connection,
            stamp: Some(stamp),
        })
    }

    fn set_up(&self, connection: Connection) -> rusqlite::Result<Connection> {
        // Otherwise a quoted column that is gone would be taken for a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        if self.0.access == Access::ReadOnly {
            connection.execute_batch("PRAGMA query_only = ON")?;
        }
        // Only now is the file read, and its log looked for.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    fn unreachable(&self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> ForeignError {
        ForeignError::Unreachable {
            database: self.0.path.display().to_string(),
            cause: cause.into(),
        }
    }

    fn error(&self, error: rusqlite::Error) -> ForeignError {
        let elsewhere = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::CannotOpen
                    | ErrorCode::NotADatabase
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::ReadOnly
                    | ErrorCode::DiskFull
                    | ErrorCode::PermissionDenied
            )
        );
        match elsewhere {
            true => self.unreachable(error),
            false => ForeignError::Statement(error.into()),
        }
    }
}
