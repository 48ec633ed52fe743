//! One joint to three databases: text in, rows of texts out.

use super::address::Address;
use super::dialect::{Dialect, Statement};
use super::error::ForeignError;
use super::sqlite::SqliteFile;

/// A row: each column as text, or NULL.
pub(super) type Row = Vec<Option<String>>;

/// Whether anything is ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    ReadOnly,
    ReadWrite,
}

/// An open database that another application owns.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(SqliteFile),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::postgres::Postgres>),
    #[cfg(feature = "mysql")]
    Mysql(super::mysql::Mysql),
}

impl Connection {
    pub(super) async fn open(url: &str, access: Access) -> Result<Self, ForeignError> {
        match Address::parse(url)? {
            Address::Sqlite(path) => Ok(Self::Sqlite(SqliteFile::open(path, access)?)),
            #[cfg(feature = "postgres")]
            Address::Postgres(url) => Ok(Self::Postgres(Box::new(
                super::postgres::Postgres::open(&url, access).await?,
            ))),
            #[cfg(not(feature = "postgres"))]
            Address::Postgres(_) => Err(ForeignError::NotBuilt { feature: "postgres" }),
            #[cfg(feature = "mysql")]
            Address::Mysql(url) => Ok(Self::Mysql(super::mysql::Mysql::open(&url).await?)),
            #[cfg(not(feature = "mysql"))]
            Address::Mysql(_) => Err(ForeignError::NotBuilt { feature: "mysql" }),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => Dialect::Mysql,
        }
    }

    /// A look-up by key.
    pub(super) async fn rows(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        match self {
            Self::Sqlite(file) => file.rows(statement, parameters),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.rows(statement, parameters).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(server) => server.rows(statement, parameters).await,
        }
    }

    /// What may take longer, and must not keep look-ups waiting.
    pub(super) async fn scan(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        match self {
            Self::Sqlite(file) => file.scan(statement, parameters).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.scan(statement, parameters).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(server) => server.rows(statement, parameters).await,
        }
    }

    /// Writes; gives the number of rows that were changed.
    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        match self {
            Self::Sqlite(file) => file.change(statement, parameters).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.change(statement, parameters).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(server) => server.change(statement, parameters).await,
        }
    }
}
