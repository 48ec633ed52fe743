//! Where hashes are read from: our own table, a file, or a table in any database that we can open.

use portcullis_core::{AccountStore, User as _};
use portcullis_sql::AnyUsers;
use portcullis_sql::foreign::frameworks::{Framework, look};
use portcullis_sql::foreign::{ForeignUsers, Mapping, Stage};

use super::Tally;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::progress::Progress;
use crate::records::{Source, unreadable};
use crate::users;

/// How many rows are asked for at once.
const PAGE: usize = 1000;

/// Where to look.
#[derive(Debug)]
pub(crate) struct Where {
    /// A URL, a file, or nothing for our own table.
    pub(crate) source: Option<String>,
    /// The table and the column of the hash, where the framework's tables are not known.
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) id: String,
}

/// An open source.
#[derive(Debug)]
pub(crate) enum Hashes {
    Own(AnyUsers),
    Table(ForeignUsers),
    File(Source),
}

/// Whether this names a database and not a file. What looks like a URL of anything is one.
pub(crate) fn is_url(source: &str) -> bool {
    let schemes = ["sqlite:", "postgres:", "postgresql:", "mysql:", "mariadb:"];
    schemes.iter().any(|scheme| source.starts_with(scheme)) || source.contains("://")
}

impl Where {
    /// Whether it names a database.
    pub(crate) fn is_url(&self) -> bool {
        self.source.as_deref().is_some_and(is_url)
    }

    /// Opens the database that it names.
    pub(crate) async fn open(&self) -> Outcome<Hashes> {
        let url = self.source.as_deref().unwrap_or_default();
        let mapping = match (&self.table, &self.column) {
            (Some(table), Some(column)) => Mapping::new(table, &self.id, &self.id, column),
            _ => {
                let schema = look(url).await.map_err(users::failure)?;
                let known = Framework::recognised(&schema).map(|(_, mapping)| mapping);
                known.ok_or_else(|| {
                    let tables = schema.tables().collect::<Vec<_>>().join(", ");
                    let what = format!("no known framework's users are among the tables {tables}");
                    Failure::new(what, "Name them with --table, --column and --id.")
                })?
            }
        };
        let users = ForeignUsers::open(url, mapping, Stage::ReadOnly, None).await;
        users.map(Hashes::Table).map_err(users::failure)
    }
}

impl Hashes {
    /// Counts every row.
    pub(crate) async fn tally(self, tally: &mut Tally) -> Outcome {
        let mut progress = Progress::new("rows");
        match self {
            Self::Own(users) => own(&users, tally, &mut progress).await?,
            Self::Table(users) => table(&users, tally, &mut progress).await?,
            Self::File(source) => file(source, tally, &mut progress).await?,
        }
        progress.end();
        Ok(())
    }
}

async fn own(users: &AnyUsers, tally: &mut Tally, progress: &mut Progress) -> Outcome {
    let mut after = None::<String>;
    loop {
        let page = users.list(after.as_deref(), PAGE).await;
        let page = page.or_fail("the users cannot be read", "Look at the reason above.")?;
        for account in &page {
            tally.count(account.username(), account.password_hash());
        }
        progress.add(page.len());
        match page.last() {
            Some(last) => after = Some(last.username().to_owned()),
            None => return Ok(()),
        }
    }
}

async fn table(users: &ForeignUsers, tally: &mut Tally, progress: &mut Progress) -> Outcome {
    let name = users.mapping().table.clone();
    let mut after = None::<String>;
    loop {
        let page = users
            .hashes_after(after.as_deref(), PAGE)
            .await
            .map_err(users::failure)?;
        for (id, hash) in &page {
            tally.count(&format!("{name} {id}"), hash.as_ref());
        }
        progress.add(page.len());
        match page.into_iter().next_back() {
            Some((id, _)) => after = Some(id),
            None => return Ok(()),
        }
    }
}

async fn file(source: Source, tally: &mut Tally, progress: &mut Progress) -> Outcome {
    let path = source.path.clone();
    let opened = source.open().map_err(|why| why.failure(&path))?;
    let mut rows = opened.chosen()?.start()?;
    while let Some(batch) = rows.recv().await {
        progress.add(batch.len());
        for row in batch {
            match row {
                Ok(record) => {
                    let hash = record.fields.stored();
                    tally.count(&format!("line {}", record.line), hash.as_ref());
                }
                Err(fault) if fault.is_last => return Err(unreadable(&path, &fault)),
                Err(fault) => tally.unreadable(&format!("line {}", fault.line), fault.reason),
            }
        }
    }
    Ok(())
}
