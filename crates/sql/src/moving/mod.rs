//! All that a deployment keeps, moved from one database into another: every row of every table, page by page, and both sides
//! compared before it holds.
//!
//! Nobody may be at work on either: the one that is left is locked meanwhile, and marked at the end, so that no server starts
//! on it again. A PostgreSQL database that is filled is filled in one transaction; a file that is not filled to its end is its
//! owner's to remove.

mod error;
mod side;

use portcullis_core::AuditStore as _;

pub use error::MoveError;
use side::Side;

use crate::any::{
    AnyApiKeys, AnyAudit, AnyClients, AnyDatabase, AnyError, AnyKeys, AnySecrets, AnySessions, AnyThrottle, AnyUsers,
};
use crate::foreign::ForeignUsers;
use crate::own::tables::TABLES;
use crate::own::whole::Tally;
use crate::postgres::{MOVER, PostgresDatabase, PostgresOptions, Uncommitted, WholePostgres};
use crate::sqlite::Database;

/// How often it is begun anew where others come in between.
const TRIES: usize = 8;

/// How many rows are held at once.
const PAGE: i64 = 500;

/// A table that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has, on either side.
    pub rows: u64,
}

/// A move that was carried out and compared, and does not hold yet.
pub struct Moved {
    from: Side,
    to: Side,
    tables: Vec<MovedTable>,
}

/// Copies all tables of the SQLite file `from` into the PostgreSQL database of the URL `to`, which must be empty, and compares
/// both. The file must not change meanwhile. `progress` is told of rows as they are copied, and compared.
///
/// # Errors
/// See [`MoveError`]; then the PostgreSQL database is as it was, but for empty tables.
pub async fn into_postgres(
    from: Database,
    to: &str,
    progress: &mut (dyn FnMut(&'static str, usize) + Send),
) -> Result<Moved, MoveError> {
    up_to_date(&from.clone().into()).await.map_err(MoveError::Tables)?;
    let database = postgres(to, PostgresOptions::default()).await?;
    up_to_date(&database.clone().into()).await.map_err(MoveError::Tables)?;
    let whole = WholePostgres::to_write(&database).await.map_err(MoveError::To)?;
    let whole = whole.ok_or(MoveError::SetUp)?;
    copied(Side::Sqlite(from), Side::Postgres(Box::new(whole)), progress).await
}

/// Copies all tables of the PostgreSQL database of the URL `from`, on which no server may be at work, into the SQLite file `to`,
/// which must be empty, and compares both.
///
/// # Errors
/// See [`MoveError`]; then the PostgreSQL database is as it was, and the file is of no use.
pub async fn into_sqlite(
    from: &str,
    to: Database,
    progress: &mut (dyn FnMut(&'static str, usize) + Send),
) -> Result<Moved, MoveError> {
    // Behind a pooler nobody sees who is at work.
    let options = PostgresOptions {
        direct: true,
        ..PostgresOptions::default()
    };
    let database = postgres(from, options).await?;
    up_to_date(&database.clone().into()).await.map_err(MoveError::Tables)?;
    let whole = numbered(&database).await?;
    up_to_date(&to.clone().into()).await.map_err(MoveError::Tables)?;
    copied(Side::Postgres(Box::new(whole)), Side::Sqlite(to), progress).await
}

/// The whole of a database in which each row of the trail has its position.
async fn numbered(database: &PostgresDatabase) -> Result<WholePostgres, MoveError> {
    let audit = AnyAudit::on(database.clone().into()).await.map_err(MoveError::Tables)?;
    for _ in 0..TRIES {
        audit.head().await.map_err(MoveError::From)?;
        let whole = WholePostgres::to_read(database).await.map_err(MoveError::From)?;
        let whole = whole.map_err(MoveError::Served)?;
        // A command may have ended in between.
        if !whole.has_unnumbered().await.map_err(MoveError::From)? {
            return Ok(whole);
        }
    }
    Err(MoveError::Served(vec!["somebody who comes and goes".to_owned()]))
}

/// The database of a URL, with links by whose name they are no server's.
async fn postgres(url: &str, options: PostgresOptions) -> Result<PostgresDatabase, MoveError> {
    let sign = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{sign}application_name={MOVER}");
    let database = PostgresDatabase::open_with(&url, options).await;
    database.map_err(|error| MoveError::Tables(error.into()))
}

/// Makes every table that is copied.
async fn up_to_date(database: &AnyDatabase) -> Result<(), AnyError> {
    AnyUsers::on(database.clone()).await?;
    AnyKeys::on(database.clone()).await?;
    AnySecrets::on(database.clone()).await?;
    AnySessions::on(database.clone()).await?;
    AnyClients::on(database.clone()).await?;
    AnyApiKeys::on(database.clone()).await?;
    AnyThrottle::on(database.clone()).await?;
    AnyAudit::on(database.clone()).await?;
    ForeignUsers::keep_beside(database).await
}

async fn copied(
    from: Side,
    to: Side,
    progress: &mut (dyn FnMut(&'static str, usize) + Send),
) -> Result<Moved, MoveError> {
    let mut sources = Vec::new();
    for (number, table) in TABLES.iter().enumerate() {
        if !to.page(number, None, 1).await.map_err(MoveError::To)?.is_empty() {
            return Err(MoveError::NotEmpty(table.name));
        }
        let (mut tally, mut after) = (Tally::default(), None);
        loop {
            let page = from.page(number, after.as_deref(), PAGE).await;
            let mut page = page.map_err(MoveError::From)?;
            let Some(last) = page.last() else { break };
            after = Some(from.place(number, last));
            page.iter_mut().for_each(|row| from.strip(number, row));
            page.iter().for_each(|row| tally.add(row));
            progress("rows copied", page.len());
            let stored = to.add(number, page).await;
            stored.map_err(|cause| MoveError::Store(table.name, cause))?;
        }
        sources.push(tally);
    }
    let given = from.given().await.map_err(MoveError::From)?;
    to.give(given).await.map_err(MoveError::To)?;
    let mut tables = Vec::new();
    for ((number, table), source) in TABLES.iter().enumerate().zip(&sources) {
        let tally = read_back(&to, number, progress).await?;
        if !tally.is(source) {
            return Err(MoveError::Differs {
                table: table.name,
                from: source.rows(),
                to: tally.rows(),
            });
        }
        tables.push(MovedTable {
            name: table.name,
            rows: tally.rows(),
        });
    }
    Ok(Moved { from, to, tables })
}

/// What stands there now.
async fn read_back(
    side: &Side,
    number: usize,
    progress: &mut (dyn FnMut(&'static str, usize) + Send),
) -> Result<Tally, MoveError> {
    let (mut tally, mut after) = (Tally::default(), None);
    loop {
        let page = side.page(number, after.as_deref(), PAGE).await;
        let mut page = page.map_err(MoveError::To)?;
        let Some(last) = page.last() else { return Ok(tally) };
        after = Some(side.place(number, last));
        page.iter_mut().for_each(|row| side.strip(number, row));
        page.iter().for_each(|row| tally.add(row));
        progress("rows compared", page.len());
    }
}

impl Moved {
    /// What was moved.
    pub fn tables(&self) -> &[MovedTable] {
        &self.tables
    }

    /// From here on it holds where it went.
    ///
    /// # Errors
    /// [`MoveError::Unknown`]: nobody knows whether it was moved. All others: nothing was.
    pub async fn commit(self) -> Result<Left, MoveError> {
        let others = self.from.others().await.map_err(MoveError::From)?;
        if !others.is_empty() {
            return Err(MoveError::Served(others));
        }
        let committed = self.to.commit().await;
        committed.map_err(|why| match why {
            Uncommitted::Undone(cause) => MoveError::To(cause),
            Uncommitted::Unknown(cause) => MoveError::Unknown(cause),
        })?;
        Ok(Left(self.from))
    }
}

/// A database of which all was moved into another. A file can be put aside when this is dropped.
pub struct Left(Side);

impl Left {
    /// Marks it, so that no server starts on it any more.
    ///
    /// # Errors
    /// [`MoveError::From`]: all was moved, and it is not marked.
    pub async fn leave(self) -> Result<(), MoveError> {
        self.0.leave().await.map_err(MoveError::From)
    }
}

impl std::fmt::Debug for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moved")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Left").finish_non_exhaustive()
    }
}
