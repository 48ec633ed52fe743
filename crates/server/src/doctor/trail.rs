//! The audit trail: whether anybody tampered with it.

use std::io;

use portcullis_core::{Anchor, Audit, AuditReport, Secrets};

use super::database::Copy;
use super::finding::{Finding, advice, fault, good};
use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::kept;

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
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.or_fail(format!("the anchor {place} cannot be read"), REMEDY)?,
    };
    let anchors = Anchor::read(&text);
    let none = |line| Failure::new(format!("{place} is no anchor: line {line}"), REMEDY);
    anchors
        .map(|anchors| Some(anchors).filter(|anchors| !anchors.is_empty()))
        .map_err(none)
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
