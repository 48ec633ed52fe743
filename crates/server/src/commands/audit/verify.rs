//! `audit verify`: whether anybody tampered with the trail, in a data folder or in a copy.

use std::ffi::OsString;
use std::path::Path;

use portcullis_core::{Anchor, Audit, AuditReport, Remark, Secrets};
use portcullis_sql::backup::{self, BackupError};
use portcullis_sql::{AnyDatabase, SqliteUsers};
use serde_json::{Value, json};

use super::{REMEDY, UNREADABLE};
use crate::config::{DatabaseUrl, FolderFlags};
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::{say, say_json};
use crate::place::Place;
use crate::shown::Shown;
use crate::{kept, logging, signing};

/// Looks through the trail, says what was found, and fails where somebody tampered.
pub(super) async fn verify(
    database: Option<OsString>,
    anchor: Option<&Path>,
    as_json: bool,
    FolderFlags(mut given): FolderFlags,
) -> Outcome {
    let is_url = |text: &OsString| text.to_str().and_then(DatabaseUrl::parse).is_some();
    let (url, copy) = database.map_or((None, None), |database| match is_url(&database) {
        true => (Some(database), None),
        false => (None, Some(database)),
    });
    given.values.extend(url.map(|url| ("database", url)));
    let settings = given.settings()?;
    logging::start(settings.log, "error");
    let place = Place::of(&settings);
    let (anchors, torn) = anchor.map(anchors).transpose()?.unwrap_or_default();
    let mut report = match copy.as_deref().map(Path::new) {
        None => {
            let own = place.users().await?;
            look(&own.database(), &place, &anchors).await?
        }
        Some(file) => {
            let copy = tempfile::Builder::new().prefix("portcullis-audit-").tempdir();
            let copy = copy.or_fail("no temporary folder can be made", "Name one with room in TMPDIR.")?;
            let path = copy.path().join("users.db");
            copied(file, &path)?;
            let own = SqliteUsers::open(&path).await;
            let own = own.or_fail(
                format!("{} cannot be read", file.display()),
                "Look at the reason above.",
            )?;
            let report = look(&own.database().clone().into(), &place, &anchors).await;
            own.close().await;
            report?
        }
    };
    report
        .remarks
        .extend(torn.into_iter().map(|line| Remark::AnchorTorn { line }));
    tell(&report, as_json)?;
    match report.findings.len() {
        0 => Ok(()),
        count => Err(Failure::new(
            format!("the audit trail was tampered with ({count} findings)"),
            "Keep this database as it is for whoever looks into it; see docs/audit.md.",
        )),
    }
}

/// A copy of a copy, so that nothing is written into it; it may be in use.
fn copied(file: &Path, to: &Path) -> Outcome {
    const REMEDY: &str = "Name a copy of the database.";
    let what = format!("{} cannot be read", file.display());
    std::fs::metadata(file).or_fail(&what, REMEDY)?;
    let done = match backup::copy_still(file, to, &mut |_, _| {}) {
        Err(BackupError::InUse(_)) => {
            let _ = std::fs::remove_file(to);
            backup::copy(file, to, &mut |_, _| {})
        }
        done => done,
    };
    done.map(drop).or_fail(what, REMEDY)
}

/// Looks through the trail of a database with the secrets that are in it.
async fn look(database: &AnyDatabase, place: &Place, anchors: &[Anchor]) -> Outcome<AuditReport> {
    let store = kept::audit(database).await?;
    let secrets = kept::secrets(database).await?;
    let master = signing::master_key_at_hand(place)?;
    let master = master.ok_or_else(|| {
        let remedy = "Name the data folder with --data, or give it in PORTCULLIS_MASTER_KEY.";
        Failure::new(
            "the master key is not here, and without it nothing can be verified",
            remedy,
        )
    })?;
    let secrets = Secrets::look(&secrets, &master).await.map_err(kept::failure)?;
    let report = Audit::examine(store, secrets.as_ref(), anchors).await;
    report.or_fail(UNREADABLE, REMEDY)
}

/// What stands in an anchor, and the numbers of the lines that are none.
fn anchors(path: &Path) -> Outcome<(Vec<Anchor>, Vec<usize>)> {
    const REMEDY: &str = "Name the file that audit_anchor names.";
    let place = path.display();
    let text = std::fs::read_to_string(path).or_fail(format!("the anchor {place} cannot be read"), REMEDY)?;
    let read = Anchor::read(&text);
    // One without a seal would find nothing, whatever was cut.
    match &read {
        (anchors, _) if !anchors.is_empty() => Ok(read),
        (_, others) => {
            let why = others
                .first()
                .map_or("it is empty".to_owned(), |line| format!("line {line}"));
            Err(Failure::new(format!("{place} is no anchor: {why}"), REMEDY))
        }
    }
}

fn tell(report: &AuditReport, as_json: bool) -> Outcome {
    if as_json {
        let told = |name: &str, text: String| json!({"name": name, "text": text});
        let findings = report
            .findings
            .iter()
            .map(|finding| told(finding.name(), finding.to_string()));
        let remarks = report
            .remarks
            .iter()
            .map(|remark| told(remark.name(), remark.to_string()));
        return say_json(&json!({
            "whole": report.is_whole(),
            "rows": report.rows,
            "unsealed": report.unsealed,
            "seals": report.seals,
            "findings": findings.collect::<Vec<Value>>(),
            "remarks": remarks.collect::<Vec<Value>>(),
            "more": report.more,
        }));
    }
    let verdict = if report.is_whole() { "whole" } else { "TAMPERED WITH" };
    let mut text = Shown::sheet(&[
        ("trail", verdict.to_owned()),
        ("rows", format!("{} ({} not sealed yet)", report.rows, report.unsealed)),
        ("seals", report.seals.to_string()),
    ]);
    for finding in &report.findings {
        text.line(format!("✗ {}: {finding}", finding.name()));
    }
    for remark in &report.remarks {
        text.line(format!("  {}: {remark}", remark.name()));
    }
    if report.more > 0 {
        text.line(format!("and {} more", report.more));
    }
    say(text)
}
