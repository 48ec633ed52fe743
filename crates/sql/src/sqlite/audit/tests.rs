use std::path::Path;
use std::time::Duration;

use portcullis_core::{
    Anchor, Audit, AuditEvent, AuditKind, AuditReport, Cause, EndReason, Ending, FamilyId, Finding, MasterKey,
    Occasion, RevocationStore as _, SecretStore as _, Secrets, SessionId, SessionStore as _, SystemClock,
};
use rusqlite::Connection;

use super::*;
use crate::sqlite::sessions::tests::begun;
use crate::{SqliteSecrets, SqliteSessions};

portcullis_core::audit_store_contract!(async {
    let database = Database::temporary().await.expect("opens");
    SqliteAudit::on(database).await.expect("migrated")
});

fn event(subject: &str) -> AuditEvent {
    AuditEvent::new(AuditKind::UserAdded, Cause::command("root")).of(subject)
}

async fn trail(database: &Database) -> Audit {
    let audit = SqliteAudit::on(database.clone()).await.expect("migrated");
    Audit::new(audit, &Secrets::of_one([7; 32])).expect("usable")
}

#[tokio::test]
async fn whoever_changes_or_removes_a_row_or_a_seal_by_hand_is_refused() {
    let database = Database::temporary().await.expect("opens");
    let trail = trail(&database).await;
    trail.record(event("a")).await.expect("written");
    trail.seal().await.expect("sealed");
    trail.record(event("b")).await.expect("written");
    for sql in [
        "UPDATE portcullis_audit SET at = 0",
        "DELETE FROM portcullis_audit",
        "UPDATE portcullis_seals SET at = 0",
        "DELETE FROM portcullis_seals",
    ] {
        let done = database.write_own(move |connection| connection.execute(sql, [])).await;
        assert!(done.is_err(), "{sql}");
    }
    assert!(trail.verify(&[]).await.expect("read").is_whole());
}

#[tokio::test]
async fn the_row_of_an_act_is_written_with_it_and_only_if_it_happened() {
    let database = Database::temporary().await.expect("opens");
    let sessions = SqliteSessions::on(database.clone()).await.expect("migrated");
    let (session, family) = begun(1);
    let rows = async |audit: &SqliteAudit| audit.rows(0, 9).await.expect("read");
    let row = |n| AuditRow {
        id: [n; 16],
        at: 1,
        kind: 1,
        node: 1,
        actor: None,
        subject: None,
        client: None,
        session: None,
        peer: None,
        agent: None,
        detail: None,
        key: 1,
        mac: [0; 16],
    };
    assert!(sessions.noting(&row(1)).is_none(), "there is no trail yet");
    let audit = SqliteAudit::on(database).await.expect("migrated");
    let noting = |n| sessions.noting(&row(n)).expect("a trail");
    noting(1).begin(&session, &family).await.expect("begun");
    noting(2).begin(&session, &family).await.expect("asked again");
    let occasion = Occasion {
        now: Duration::from_secs(5),
        lifetime: Duration::from_secs(60),
    };
    let (which, why) = (Ending::Session(SessionId::from_bytes([1; 16])), EndReason::Logout);
    for n in [3, 4] {
        noting(n).end(&which, why, occasion, &[]).await.expect("ended");
    }
    assert!(
        !noting(5)
            .answer_late(FamilyId::from_bytes([9; 16]), 1)
            .await
            .expect("no such family")
    );
    noting(6)
        .revoke(&[occasion.token("a", Duration::ZERO)])
        .await
        .expect("revoked");
    // What was asked for without a note leaves none.
    sessions
        .revoke(&[occasion.token("b", Duration::ZERO)])
        .await
        .expect("revoked");
    let written = rows(&audit).await;
    assert!(written.iter().map(|stored| (stored.position, stored.row.id)).eq([
        (1, [1; 16]),
        (2, [3; 16]),
        (3, [6; 16])
    ]));
}

/// Three seals of four rows each, two rows that none binds yet, and the anchor of the last seal.
async fn filled(path: &Path) -> Anchor {
    let database = Database::open(path).await.expect("opens");
    let audit = trail(&database).await;
    let mut anchor = None;
    for seal in 0..3 {
        for row in 0..4 {
            audit.record(event(&format!("{seal}-{row}"))).await.expect("written");
        }
        anchor = audit.seal().await.expect("sealed").map(|seal| Anchor::of(&seal));
    }
    for row in 0..2 {
        audit.record(event(&format!("late-{row}"))).await.expect("written");
    }
    database.close().await;
    anchor.expect("a seal")
}

/// What is found after somebody with the file in hand ran these statements.
async fn after(tampering: &str, anchored: bool) -> AuditReport {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let anchor = filled(&path).await;
    tamper(&path, tampering);
    let database = Database::open(&path).await.expect("opens");
    let anchors = anchored.then_some(anchor);
    trail(&database).await.verify(anchors.as_slice()).await.expect("read")
}

fn tamper(path: &Path, tampering: &str) {
    let by_hand = Connection::open(path).expect("opens");
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'portcullis%'";
    let triggers: rusqlite::Result<Vec<String>> = by_hand
        .prepare(triggers)
        .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect());
    for trigger in triggers.expect("read") {
        by_hand
            .execute_batch(&format!("DROP TRIGGER {trigger}"))
            .expect("dropped");
    }
    by_hand.execute_batch(tampering).expect(tampering);
}

fn last(table: &str, column: &str, keep: u32) -> String {
    format!("DELETE FROM {table} WHERE {column} > {keep};")
}

fn forget(table: &str, seq: u32) -> String {
    format!("UPDATE sqlite_sequence SET seq = {seq} WHERE name = '{table}';")
}

/// The trail of a database whose secrets are in it.
async fn with_own_secrets(database: &Database) -> (Audit, SqliteSecrets) {
    let secrets = SqliteSecrets::on(database.clone()).await.expect("migrated");
    let master = MasterKey::new(&[1; 32]).expect("a master key");
    let opened = Secrets::open(&secrets, &master, &SystemClock).await.expect("opened");
    let audit = SqliteAudit::on(database.clone()).await.expect("migrated");
    (Audit::new(audit, &opened).expect("usable"), secrets)
}

/// What is found where all secrets were wiped after two seals of four rows each, and somebody with the file in hand ran
/// these statements.
async fn after_reset(tampering: &str) -> AuditReport {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let database = Database::open(&path).await.expect("opens");
    let (audit, secrets) = with_own_secrets(&database).await;
    for seal in 0..2 {
        for row in 0..4 {
            audit.record(event(&format!("{seal}-{row}"))).await.expect("written");
        }
        audit.seal().await.expect("sealed");
    }
    for record in secrets.list().await.expect("listed") {
        assert!(secrets.reseal(record.number, &record.sealed, &[]).await.expect("wiped"));
    }
    let (audit, _) = with_own_secrets(&database).await;
    audit.reset(Cause::command("root")).await.expect("written");
    database.close().await;
    tamper(&path, tampering);
    let database = Database::open(&path).await.expect("opens");
    let (audit, _) = with_own_secrets(&database).await;
    audit.verify(&[]).await.expect("read")
}

#[tokio::test]
async fn what_a_wiped_secret_vouched_for_is_bound_as_it_stood_then() {
    let untouched = after_reset("SELECT 1").await;
    assert!(untouched.is_whole() && untouched.rows == 9, "{untouched:?}");
    let (audit, seals) = ("portcullis_audit", "portcullis_seals");
    let inserted = format!(
        "INSERT INTO portcullis_audit (id, {COPY}) SELECT randomblob(16), {COPY} FROM portcullis_audit WHERE position = 2"
    );
    let cases: &[(&str, String, &[Finding])] = &[
        (
            "a row altered",
            "UPDATE portcullis_audit SET subject = 'mallory' WHERE position = 2".into(),
            &[Finding::RowsSwapped {
                seal: 1,
                first: 1,
                last: 4,
            }],
        ),
        (
            "a row deleted",
            "DELETE FROM portcullis_audit WHERE position = 6".into(),
            &[Finding::RowsDeleted { first: 6, last: 6 }],
        ),
        (
            "a seal altered",
            "UPDATE portcullis_seals SET at = at + 1 WHERE number = 1".into(),
            &[Finding::SealUnlinked { number: 2 }],
        ),
        (
            "the last seal altered, and the one behind it dropped unseen",
            "UPDATE portcullis_seals SET at = at + 1 WHERE number = 2;".to_owned()
                + &last(seals, "number", 2)
                + &forget(seals, 2),
            &[Finding::SealAltered { number: 2 }],
        ),
        (
            "the last seals dropped unseen",
            last(seals, "number", 1) + &forget(seals, 1),
            &[Finding::SealsCut { first: 2, last: 2 }],
        ),
        (
            "a row put in behind it",
            inserted,
            &[Finding::RowInserted { position: 10 }],
        ),
        (
            "the row that tells of it gone unseen",
            last(audit, "position", 8) + &forget(audit, 8) + &last(seals, "number", 2) + &forget(seals, 2),
            &[Finding::KeyMissing { number: 1 }],
        ),
        (
            "the row that tells of it altered",
            "UPDATE portcullis_audit SET detail = replace(detail, '\"upto\":8', '\"upto\":9') WHERE position = 9"
                .into(),
            &[
                Finding::KeyMissing { number: 1 },
                Finding::RowAltered { position: 9, seal: 3 },
            ],
        ),
    ];
    for (name, tampering, expected) in cases {
        assert_eq!(after_reset(tampering).await.findings, *expected, "{name}");
    }
}

const COPY: &str = "at, kind, node, actor, subject, client, session, peer, agent, detail, key, mac";

#[tokio::test]
async fn every_tampering_is_found() {
    let untouched = after("SELECT 1", true).await;
    assert!(
        untouched.is_whole() && untouched.rows == 14 && untouched.unsealed == 2,
        "{untouched:?}"
    );
    let swap = |a: u32, b: u32| {
        format!(
            "UPDATE portcullis_audit SET position = -1 WHERE position = {a}; \
             UPDATE portcullis_audit SET position = {a} WHERE position = {b}; \
             UPDATE portcullis_audit SET position = {b} WHERE position = -1;"
        )
    };
    let inserted = format!(
        "INSERT INTO portcullis_audit (id, {COPY}) SELECT randomblob(16), {COPY} FROM portcullis_audit WHERE position = 2"
    );
    let squeezed = format!(
        "UPDATE portcullis_audit SET position = -position - 1 WHERE position > 5; \
         UPDATE portcullis_audit SET position = -position WHERE position < 0; \
         INSERT INTO portcullis_audit (position, id, {COPY}) SELECT 6, randomblob(16), {COPY} FROM portcullis_audit WHERE position = 2"
    );
    let (audit, seals) = ("portcullis_audit", "portcullis_seals");
    let cut = last(audit, "position", 8) + &last(seals, "number", 2);
    let unseen = cut.clone() + &forget(audit, 8) + &forget(seals, 2);
    let cases: &[(&str, String, &[Finding])] = &[
        (
            "altered",
            "UPDATE portcullis_audit SET subject = 'mallory' WHERE position = 6".into(),
            &[Finding::RowAltered { position: 6, seal: 2 }],
        ),
        (
            "altered and not sealed yet",
            "UPDATE portcullis_audit SET actor = NULL WHERE position = 14".into(),
            &[Finding::RowInserted { position: 14 }],
        ),
        (
            "deleted",
            "DELETE FROM portcullis_audit WHERE position IN (6, 7)".into(),
            &[Finding::RowsDeleted { first: 6, last: 7 }],
        ),
        (
            "the last one of a seal deleted",
            "DELETE FROM portcullis_audit WHERE position = 8".into(),
            &[Finding::RowsDeleted { first: 8, last: 8 }],
        ),
        ("inserted", inserted, &[Finding::RowInserted { position: 15 }]),
        (
            "inserted between others",
            squeezed,
            &[
                Finding::RowAltered { position: 6, seal: 2 },
                Finding::RowsSwapped {
                    seal: 3,
                    first: 9,
                    last: 12,
                },
            ],
        ),
        (
            "swapped",
            swap(6, 7),
            &[Finding::RowsSwapped {
                seal: 2,
                first: 5,
                last: 8,
            }],
        ),
        (
            "swapped over a seal",
            swap(4, 5),
            &[
                Finding::RowsSwapped {
                    seal: 1,
                    first: 1,
                    last: 4,
                },
                Finding::RowsSwapped {
                    seal: 2,
                    first: 5,
                    last: 8,
                },
            ],
        ),
        (
            "a seal dropped",
            "DELETE FROM portcullis_seals WHERE number = 2".into(),
            &[Finding::SealsMissing { first: 2, last: 2 }],
        ),
        (
            "the first seal dropped",
            "DELETE FROM portcullis_seals WHERE number = 1".into(),
            &[Finding::SealsMissing { first: 1, last: 1 }],
        ),
        (
            "a seal altered",
            "UPDATE portcullis_seals SET at = at + 1 WHERE number = 2".into(),
            &[Finding::SealAltered { number: 2 }, Finding::SealUnlinked { number: 3 }],
        ),
        (
            "the last seal dropped",
            last(seals, "number", 2),
            &[Finding::SealsCut { first: 3, last: 3 }],
        ),
        (
            "the tail cut",
            last(audit, "position", 10),
            &[
                Finding::RowsDeleted { first: 11, last: 12 },
                Finding::RowsCut { first: 13, last: 14 },
            ],
        ),
        (
            "the tail cut, rows and seals",
            cut,
            &[
                Finding::RowsCut { first: 9, last: 14 },
                Finding::SealsCut { first: 3, last: 3 },
            ],
        ),
    ];
    for (name, tampering, expected) in cases {
        let report = after(tampering, false).await;
        assert_eq!(report.findings, *expected, "{name}");
    }
    // Who cuts rows, seals and what SQLite remembers of them leaves nothing here; the anchor has it.
    assert!(after(&unseen, false).await.is_whole());
    let report = after(&unseen, true).await;
    let missing = |finding: &Finding| {
        matches!(
            finding,
            Finding::AnchorMissing {
                newest: 2,
                anchored: 3,
                ..
            }
        )
    };
    assert!(
        report.findings.len() == 1 && report.findings.iter().all(missing),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_copy_verifies_as_the_original_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("app.db"), folder.path().join("copy.db"));
    let anchor = filled(&path).await;
    let database = Database::open(&path).await.expect("opens");
    trail(&database).await;
    database.back_up(&copy).await.expect("copied");
    let copy = Database::open(&copy).await.expect("opens");
    let report = trail(&copy).await.verify(&[anchor]).await.expect("read");
    assert!(
        report.is_whole() && report.seals == 3 && report.unsealed == 2,
        "{report:?}"
    );
}
