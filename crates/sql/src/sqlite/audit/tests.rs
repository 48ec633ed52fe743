use std::path::Path;
use std::time::Duration;

use portcullis_core::{
    Anchor, Audit, AuditReport, Cause, EndReason, Ending, FamilyId, Finding, MasterKey, Occasion, RevocationStore as _,
    SecretStore as _, Secrets, SessionId, SessionStore as _, SystemClock,
};
use rusqlite::Connection;

use super::*;
use crate::own::audit::tampering::{self, Dialect, event};
use crate::sqlite::sessions::tests::begun;
use crate::{SqliteSecrets, SqliteSessions};

portcullis_core::audit_store_contract!(async {
    let database = Database::temporary().await.expect("opens");
    SqliteAudit::on(database).await.expect("migrated")
});

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

const DIALECT: Dialect = Dialect {
    random: "randomblob(16)",
    unchecked: "PRAGMA ignore_check_constraints = ON;",
    forget: |table, last| format!("UPDATE sqlite_sequence SET seq = {last} WHERE name = '{table}';"),
};

/// See [`tampering::filled`].
async fn filled(path: &Path) -> Anchor {
    let database = Database::open(path).await.expect("opens");
    let anchor = tampering::filled(&trail(&database).await).await;
    database.close().await;
    anchor
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
    tampering::sealed(&audit, 2).await;
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
    for (name, tampering, expected) in DIALECT.cases_after_a_reset() {
        assert_eq!(after_reset(&tampering).await.findings, expected, "{name}");
    }
}

#[tokio::test]
async fn every_tampering_is_found() {
    let untouched = after("SELECT 1", true).await;
    assert!(
        untouched.is_whole() && untouched.rows == 14 && untouched.unsealed == 2,
        "{untouched:?}"
    );
    for (name, tampering, expected) in DIALECT.cases() {
        let report = after(&tampering, false).await;
        assert_eq!(report.findings, expected, "{name}");
    }
    // Who cuts rows, seals and what SQLite remembers of them leaves nothing here; the anchor has it.
    let unseen = DIALECT.unseen();
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
async fn tables_that_somebody_made_anew_without_their_rules_are_looked_through_all_the_same() {
    let anew = "CREATE TABLE other AS SELECT * FROM portcullis_audit; DROP TABLE portcullis_audit; \
        ALTER TABLE other RENAME TO portcullis_audit; \
        UPDATE portcullis_audit SET mac = 'soon', subject = 7 WHERE position = 6; \
        UPDATE portcullis_audit SET position = 'x' WHERE position = 14;";
    let report = after(anew, false).await;
    assert_eq!(
        report.findings,
        [
            Finding::Astray { count: 1 },
            Finding::RowAltered { position: 6, seal: 2 }
        ]
    );
}

#[tokio::test]
async fn a_row_that_no_server_wrote_keeps_none_from_being_sealed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    filled(&path).await;
    tamper(&path, "UPDATE portcullis_audit SET kind = 99999999 WHERE position = 14");
    let database = Database::open(&path).await.expect("opens");
    let audit = trail(&database).await;
    let seal = audit.seal().await.expect("sealed").expect("a seal");
    assert_eq!((seal.number, seal.upto), (4, 14));
    let report = audit.verify(&[]).await.expect("read");
    assert_eq!(report.findings, [Finding::RowInserted { position: 14 }]);
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
