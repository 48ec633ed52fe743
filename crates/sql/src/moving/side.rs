//! One of the two databases.

use portcullis_core::StoreError;

use crate::own::tables::{In, Statements, statements};
use crate::own::value::Value;
use crate::own::whole::Owned;
use crate::postgres::{Uncommitted, WholePostgres};
use crate::sqlite::Database;

pub(super) enum Side {
    Sqlite(Database),
    Postgres(Box<WholePostgres>),
}

impl Side {
    /// Those of the table of this number.
    fn of(&self, table: usize) -> Result<&'static Statements, StoreError> {
        let all = statements(match self {
            Self::Sqlite(_) => In::Sqlite,
            Self::Postgres(_) => In::Postgres,
        });
        all.get(table).ok_or_else(|| StoreError::corrupt("no such table"))
    }

    /// At most `limit` rows of a table, those behind a place; what they are sorted by stands behind their columns.
    pub(super) async fn page(
        &self,
        table: usize,
        after: Option<&[Owned]>,
        limit: i64,
    ) -> Result<Vec<Vec<Owned>>, StoreError> {
        let statements = self.of(table)?;
        let sql = if after.is_some() {
            &statements.next
        } else {
            &statements.first
        };
        let mut values = after.unwrap_or_default().to_vec();
        values.push(Owned::Integer(limit));
        match self {
            Self::Sqlite(database) => database.rows(sql, values).await,
            Self::Postgres(whole) => {
                let values: Vec<Value<'_>> = values.iter().map(Owned::value).collect();
                whole.rows(sql, &values).await
            }
        }
    }

    /// Where a row of a page stands.
    pub(super) fn place(&self, table: usize, row: &[Owned]) -> Vec<Owned> {
        let width = self.of(table).map_or(0, |statements| statements.width);
        row.get(width..).unwrap_or_default().to_vec()
    }

    /// Takes away what it is sorted by.
    pub(super) fn strip(&self, table: usize, row: &mut Vec<Owned>) {
        row.truncate(self.of(table).map_or(0, |statements| statements.width));
    }

    /// Adds rows.
    pub(super) async fn add(&self, table: usize, rows: Vec<Vec<Owned>>) -> Result<(), StoreError> {
        let sql = &self.of(table)?.add;
        match self {
            Self::Sqlite(database) => database.add_rows(sql, rows).await,
            Self::Postgres(whole) => whole.add(sql, &rows).await,
        }
    }

    /// The last position and seal of the audit trail that were ever given.
    pub(super) async fn given(&self) -> Result<(i64, i64), StoreError> {
        match self {
            Self::Sqlite(database) => database.given(),
            Self::Postgres(whole) => whole.given().await,
        }
    }

    /// Goes on behind them.
    pub(super) async fn give(&self, given: (i64, i64)) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => database.give(given).await,
            Self::Postgres(whole) => whole.give(given).await,
        }
    }

    /// Who else uses it by now. A file is its owner's to guard.
    pub(super) async fn others(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(whole) => whole.others().await,
        }
    }

    /// All of it holds.
    pub(super) async fn commit(self) -> Result<(), Uncommitted> {
        match self {
            Self::Sqlite(database) => {
                database.close().await;
                Ok(())
            }
            Self::Postgres(whole) => whole.commit().await,
        }
    }

    /// No server uses it any more. A file is its owner's to put aside.
    pub(super) async fn leave(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(database) => {
                database.close().await;
                Ok(())
            }
            Self::Postgres(whole) => {
                whole.leave().await?;
                Ok(whole.commit().await?)
            }
        }
    }
}
