//! One joint to three databases.

use super::address::{Address, Kind};
use super::dialect::{Dialect, Statement};
use super::driver::{Access, Lane, Row};
use super::error::ForeignError;
use super::sqlite::SqliteFile;

/// An open database that another application owns.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(SqliteFile),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::postgres::Postgres>),
    #[cfg(feature = "mysql")]
    Mysql(Box<super::mysql::Mysql>),
}

impl Connection {
    pub(super) async fn open(url: &str, access: Access) -> Result<Self, ForeignError> {
        let address = Address::parse(url)?;
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        let shown = address.shown();
        match address.into_kind() {
            Kind::Sqlite(path) => Ok(Self::Sqlite(SqliteFile::open(path, access)?)),
            #[cfg(feature = "postgres")]
            Kind::Postgres(url) => Ok(Self::Postgres(Box::new(
                super::postgres::Postgres::open(&url, shown, access).await?,
            ))),
            #[cfg(not(feature = "postgres"))]
            Kind::Postgres(_) => Err(ForeignError::NotBuilt { feature: "postgres" }),
            #[cfg(feature = "mysql")]
            Kind::Mysql(url) => Ok(Self::Mysql(Box::new(
                super::mysql::Mysql::open(&url, shown, access).await?,
            ))),
            #[cfg(not(feature = "mysql"))]
            Kind::Mysql(_) => Err(ForeignError::NotBuilt { feature: "mysql" }),
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

    /// The rows that a statement gives.
    pub(super) async fn rows(
        &self,
        lane: Lane,
        statement: &Statement,
        parameters: &[&str],
    ) -> Result<Vec<Row>, ForeignError> {
        match self {
            Self::Sqlite(file) => file.rows(lane, statement, parameters).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.rows(lane, statement, parameters).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(server) => server.rows(lane, statement, parameters).await,
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
