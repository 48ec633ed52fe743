//! `audit`: who did what, and whether anybody tampered with what is written of it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use portcullis_core::{AuditFilter, AuditKind, AuditStore as _, StoreError, StoredRow};
use portcullis_sql::AnyAudit;

use crate::config::{FolderFlags, PlaceFlags};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::place::Place;
use crate::{kept, logging, records, times};

mod show;
mod verify;

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// How often it is looked for new rows.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Show who did what, and whether anybody tampered with that
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  portcullis audit\n  portcullis audit --user alice --since 7d\n  \
    portcullis audit --kind login_failed -f\n  portcullis audit --since 2026-11-27 --json\n  portcullis audit verify\n  \
    portcullis audit verify --database /backups/users-2026-11-27.db --anchor audit.anchor\n\n\
    Without --since the last 100 rows are shown. The server may run meanwhile."
)]
pub(crate) struct AuditCommand {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    rows: Rows,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Find out whether rows or seals were altered, put in, deleted, swapped or cut off
    #[command(after_help = "Examples:\n  portcullis audit verify\n  \
        portcullis audit verify --database users-2026-11-27.db --anchor audit.anchor\n\n\
        Exit codes: 0 whole, 1 tampered with, or not to be read. Rows that were sealed late, because a server was killed, are\n\
        told and no tampering. Only with an anchor is it found that the end of rows and seals alike was cut off.")]
    Verify {
        /// A copy of the database, or the URL of the database, in place of the one in the data folder
        #[arg(long, value_name = "FILE|URL")]
        database: Option<OsString>,
        /// The file that the setting audit_anchor names
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: FolderFlags,
    },
}

#[derive(Debug, Args)]
struct Rows {
    /// What happened to this user, and what they did
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only rows of this kind
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(AuditKind::ALL.iter().map(|kind| kind.name())))]
    #[arg(hide_possible_values = true)]
    kind: Option<String>,
    /// Not before this: 30m, 2h, 7d, 2026-11-27, 2026-11-27T10:00:00Z
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// At most so many of the last rows
    #[arg(long, short = 'n', value_name = "N")]
    lines: Option<usize>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceFlags,
}

impl AuditCommand {
    pub(crate) async fn run(self) -> Outcome {
        match self.what {
            None => self.rows.run().await,
            Some(What::Verify {
                database,
                anchor,
                json,
                place,
            }) => verify::verify(database, anchor.as_deref(), json, place).await,
        }
    }
}

impl Rows {
    async fn run(self) -> Outcome {
        let filter = self.filter()?;
        let settings = self.place.0.settings()?;
        logging::start(settings.log, "error");
        let own = Place::of(&settings).users().await?;
        let audit = kept::audit(&own.database()).await?;
        if !self.json {
            show::header()?;
        }
        let after = self.first(&audit, &filter).await?;
        match self.follow {
            true => self.follow(&audit, &filter, after).await,
            false => Ok(()),
        }
    }

    /// Shows what comes behind `after`, also behind an outage of the database: whoever ships the trail loses nothing.
    async fn follow(&self, audit: &AnyAudit, filter: &AuditFilter, mut after: u64) -> Outcome {
        let mut is_away = false;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.rest(audit, filter, &mut after).await {
                Ok(()) => is_away = false,
                Err(Unshown::Store(StoreError::Unavailable(cause))) => {
                    if !std::mem::replace(&mut is_away, true) {
                        tracing::error!(%cause, "the audit trail cannot be read now; it goes on when the database answers");
                    }
                }
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    fn filter(&self) -> Outcome<AuditFilter> {
        let mut filter = AuditFilter::default();
        filter.user.clone_from(&self.user);
        filter.kind = self.kind.as_deref().and_then(AuditKind::named).map(AuditKind::number);
        if let Some(since) = &self.since {
            let now = i64::try_from(times::now().as_secs()).unwrap_or(i64::MAX);
            let since = ago(since, now).or_else(|| records::time(since).flatten());
            let since = since.ok_or_else(|| {
                let remedy = "Write 30m, 2h, 7d, 2026-11-27 or 2026-11-27T10:00:00Z.";
                Failure::usage("--since is no time", remedy)
            })?;
            filter.since = Some(u64::try_from(since).unwrap_or(0).saturating_mul(1_000));
        }
        Ok(filter)
    }

    /// Shows what there is; gives where it ends.
    async fn first(&self, audit: &AnyAudit, filter: &AuditFilter) -> Outcome<u64> {
        // Before the rows are read, so that none is left out.
        let end = audit.head().await.or_fail(UNREADABLE, REMEDY)?.position;
        match (self.lines, &self.since) {
            (None, Some(_)) => {
                let mut after = 0;
                self.rest(audit, filter, &mut after).await?;
                Ok(after)
            }
            (lines, _) => {
                let last = audit
                    .last(filter, lines.unwrap_or(100))
                    .await
                    .or_fail(UNREADABLE, REMEDY)?;
                self.show(&last)?;
                Ok(last.last().map_or(end, |last| last.position.max(end)))
            }
        }
    }

    /// Shows what stands behind `after`, which becomes where that ends.
    async fn rest(&self, audit: &AnyAudit, filter: &AuditFilter, after: &mut u64) -> Result<(), Unshown> {
        loop {
            let end = audit.head().await.map_err(Unshown::Store)?.position;
            let page = audit.find(filter, *after, PAGE).await.map_err(Unshown::Store)?;
            self.show(&page).map_err(Unshown::Screen)?;
            *after = page.last().map_or(*after, |last| last.position);
            if page.len() < PAGE {
                // What is not asked for needs not be looked at again.
                *after = end.max(*after);
                return Ok(());
            }
        }
    }

    fn show(&self, rows: &[StoredRow]) -> Outcome {
        rows.iter().try_for_each(|stored| match self.json {
            true => show::json(stored),
            false => show::line(stored),
        })
    }
}

/// Why rows are not shown.
enum Unshown {
    Store(StoreError),
    Screen(Failure),
}

impl From<Unshown> for Failure {
    fn from(why: Unshown) -> Self {
        match why {
            Unshown::Store(cause) => Self::new(UNREADABLE, REMEDY).because(cause),
            Unshown::Screen(failure) => failure,
        }
    }
}

const UNREADABLE: &str = "the audit trail cannot be read";
const REMEDY: &str = "Look at the reason above; `portcullis backup verify FILE` looks at a copy.";

/// A time that lies so far back: `30m`, `2h`, `7d`.
fn ago(text: &str, now: i64) -> Option<i64> {
    let span = i64::try_from(times::span(text)?).ok()?;
    Some(now.saturating_sub(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_none() {
        assert_eq!(ago("30m", 10_000), Some(8_200));
        assert_eq!(ago("2d", 200_000), Some(27_200));
        for text in ["", "m", "2", "2x", "-2h", "ä", "2026-11-27"] {
            assert_eq!(ago(text, 10_000), None, "{text}");
        }
    }
}
