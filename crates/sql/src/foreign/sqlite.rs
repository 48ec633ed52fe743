//! A file that another program made and writes: nothing about it is changed but what is asked for.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::connection::{Access, Row};
use super::dialect::Statement;
use super::error::ForeignError;

/// How long a look-up on the calling thread waits for a writer.
const READ_WAIT: Duration = Duration::from_millis(250);

/// How long a write waits for another.
const WRITE_WAIT: Duration = Duration::from_secs(5);

/// How many idle connections are kept.
const IDLE: usize = 8;

/// An SQLite file. Its journal mode and other settings stay as its owner chose them.
#[derive(Debug, Clone)]
pub(super) struct SqliteFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    access: Access,
    idle: Mutex<Vec<Connection>>,
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
        }));
        let look = Statement {
            sql: "SELECT count(*) || '' FROM sqlite_schema".to_owned(),
            order: Vec::new(),
        };
        file.rows(&look, &[]).map(|_| file)
    }

    pub(super) fn rows(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
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

    pub(super) async fn scan(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        self.blocking(statement, parameters, |file, statement, parameters| {
            file.rows(statement, parameters)
        })
        .await
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
        self.blocking(statement, parameters, change).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        statement: &Statement,
        parameters: &[&str],
        work: impl FnOnce(&Self, &Statement, &[&str]) -> Result<T, ForeignError> + Send + 'static,
    ) -> Result<T, ForeignError> {
        let (file, statement) = (self.clone(), statement.clone());
        let parameters = parameters.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let work = move || {
            let parameters = parameters.iter().map(String::as_str).collect::<Vec<_>>();
            work(&file, &statement, &parameters)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|cause| ForeignError::Statement(cause.into()))?
    }

    fn with<T>(
        &self,
        wait: Duration,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ForeignError> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let done = idle.map_or_else(|| self.connect(), Ok).and_then(|connection| {
            connection.busy_timeout(wait)?;
            let done = work(&connection);
            let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE {
                idle.push(connection);
            }
            done
        });
        done.map_err(|error| self.error(error))
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let access = match self.0.access {
            Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let connection = Connection::open_with_flags(&self.0.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        // Otherwise a quoted column that is gone would be taken for a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        if self.0.access == Access::ReadOnly {
            connection.execute_batch("PRAGMA query_only = ON")?;
        }
        Ok(connection)
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
        if elsewhere {
            ForeignError::Unreachable {
                database: self.0.path.display().to_string(),
                cause: error.into(),
            }
        } else {
            ForeignError::Statement(error.into())
        }
    }
}
