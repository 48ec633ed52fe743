//! The audit trail: whether anybody tampered with it.

use std::io;

use portcullis_core::{Anchor, Audit, AuditFilter, AuditReport, AuditStore as _, Clock as _, Secrets};

use super::database::Copy;
use super::finding::{Finding, advice, fault, good};
use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::private::folder_of;
use crate::{clock, kept};

const REMEDY: &str = "portcullis audit verify names everything that was tampered with; keep the database as it is.";

/// What stands in the anchor; `None` where it is not there, or empty. To be read before the database is copied: a server that runs
/// adds to it.
///
/// # Errors
/// It cannot be read, or is none.
pub(super) fn anchors(settings: &Settings) -> Outcome<Option<Vec<Anchor>>> {
    const REMEDY: &str = "Look at audit_anchor.";
    let Some(path) = &settings.audit.anchor else {
        return Ok(Some(Vec::new()));
    };
    let place = path.display();
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder_of(path).is_dir() => {
            let remedy = "Make the folder, or let audit_anchor name a file elsewhere.";
            return Err(Failure::new(
                format!("the anchor {place} cannot be written: its folder is not there"),
                remedy,
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.or_fail(format!("the anchor {place} cannot be read"), REMEDY)?,
    };
    match Anchor::read(&text) {
        (anchors, others) if anchors.is_empty() && !others.is_empty() => {
            Err(Failure::new(format!("{place} is no anchor"), REMEDY))
        }
        (anchors, _) => Ok(Some(anchors).filter(|anchors| !anchors.is_empty())),
    }
}

/// Looks through the trail of the copy, against the anchor too.
pub(super) async fn whole(copy: &Copy, anchors: Outcome<Option<Vec<Anchor>>>) -> Finding {
    let anchors = match anchors {
        Ok(anchors) => anchors,
        Err(failure) => return fault("audit", failure.sentence(), failure.remedy()),
    };
    let report = match look(copy, anchors.as_deref().unwrap_or_default()).await {
        Ok(Some(report)) => report,
        Ok(None) => return good("audit", "the trail was not looked through"),
        Err(failure) => return fault("audit", failure.sentence(), failure.remedy()),
    };
    match report.findings.first() {
        Some(finding) => fault("audit", format!("the audit trail was tampered with: {finding}"), REMEDY),
        None if anchors.is_none() => advice(
            "audit",
            "the anchor is not there, or empty: a trail that was cut at its end looks whole",
            "See that what audit_anchor names can be reached; the server writes it when it starts.",
        ),
        None => good("audit", format!("the trail of {} rows is whole", report.rows)),
    }
}

/// From so many rows a day on the trail is most of the database.
const MANY: u64 = 1_000_000;

/// How many rows were written within a day.
pub(super) async fn a_day(copy: &Copy) -> Finding {
    let database = copy.users.database();
    let yesterday = clock::of(&database).now_seconds().saturating_sub(24 * 60 * 60);
    let counted = async {
        let trail = kept::audit(&database).await.ok()?;
        let before = trail.sealed_before(yesterday.saturating_mul(1_000)).await.ok()?;
        let last = trail.head().await.ok()?.position;
        Some(last.saturating_sub(before.map_or(0, |seal| seal.upto)))
    };
    rows_a_day(counted.await.unwrap_or_default())
}

fn rows_a_day(rows: u64) -> Finding {
    match rows > MANY {
        true => advice(
            "audit_rows",
            format!("{rows} rows were added to the audit trail within a day"),
            "Set audit_refresh to \"daily\", or audit_retention_days to fewer.",
        ),
        false => good(
            "audit_rows",
            format!("{rows} rows were added to the audit trail within a day"),
        ),
    }
}

/// When the newest row was written, in seconds since 1970.
pub(super) async fn newest(copy: &Copy) -> Option<u64> {
    let trail = kept::audit(&copy.users.database()).await.ok()?;
    let last = trail.last(&AuditFilter::default(), 1).await.ok()?;
    last.first().map(|stored| stored.row.at / 1_000)
}

async fn look(copy: &Copy, anchors: &[Anchor]) -> Outcome<Option<AuditReport>> {
    let Some(master) = copy.master.as_ref().filter(|_| copy.rehearsal.troubles.is_empty()) else {
        return Ok(None);
    };
    let database = &copy.users.database();
    let secrets = kept::secrets(database).await?;
    let secrets = Secrets::look(&secrets, master).await.map_err(kept::failure)?;
    let report = Audit::examine(kept::audit(database).await?, secrets.as_ref(), anchors).await;
    report.map(Some).or_fail("the audit trail cannot be read", REMEDY)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn more_than_a_million_rows_a_day_are_worth_a_word() {
        assert_eq!(rows_a_day(MANY).grade, Grade::Good);
        assert_eq!(rows_a_day(MANY + 1).grade, Grade::Advice);
    }
}
