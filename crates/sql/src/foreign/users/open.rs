//! A foreign table is opened, with what is kept beside it.

use super::{ForeignUsers, Stage};
use crate::foreign::beside::Beside;
use crate::foreign::error::ForeignError;
use crate::foreign::mapping::Mapping;
use crate::sqlite::Database;

impl ForeignUsers {
    /// Opens the database at `url` (`sqlite:…`, `postgres://…`, `mysql://…`), looks whether the mapping fits it, and
    /// writes nothing. What is needed beside the table is kept in `beside`; without it a hash that is upgraded ends the
    /// user's older tokens.
    ///
    /// # Errors
    /// See [`ForeignError`].
    pub async fn open(
        url: &str,
        mapping: Mapping,
        stage: Stage,
        beside: Option<Database>,
    ) -> Result<Self, ForeignError> {
        let beside = match beside {
            Some(database) => Beside::in_sqlite(database).await?,
            None => Beside::Nowhere,
        };
        Self::over(url, mapping, stage, beside).await
    }

    /// Makes the table of what is kept beside foreign tables.
    #[cfg(feature = "postgres")]
    pub(crate) async fn keep_beside(database: &crate::any::AnyDatabase) -> Result<(), crate::any::AnyError> {
        match database {
            crate::any::AnyDatabase::Sqlite(database) => Beside::make_table(database).await?,
            crate::any::AnyDatabase::Postgres(database) => {
                crate::postgres::PostgresForeignEpochs::on(database.clone()).await?;
            }
        }
        Ok(())
    }

    /// The same with what is needed beside the table in a database of either kind, such as the one that several nodes share.
    ///
    /// # Errors
    /// See [`ForeignError`].
    #[cfg(feature = "postgres")]
    pub async fn open_beside(
        url: &str,
        mapping: Mapping,
        stage: Stage,
        beside: crate::any::AnyDatabase,
    ) -> Result<Self, ForeignError> {
        let beside = match beside {
            crate::any::AnyDatabase::Sqlite(database) => Beside::in_sqlite(database).await?,
            crate::any::AnyDatabase::Postgres(database) => Beside::in_postgres(database).await?,
        };
        Self::over(url, mapping, stage, beside).await
    }
}
