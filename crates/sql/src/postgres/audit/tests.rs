use portcullis_core::{Audit, AuditReport, Cause, Finding, MasterKey, SecretStore as _, Secrets, SystemClock};
use tokio_postgres::Client;

use super::*;
use crate::PostgresSecrets;
use crate::own::audit::tampering::{self, Dialect};
use crate::postgres::installed::Server;

const DIALECT: Dialect = Dialect {
    unchecked: "ALTER TABLE portcullis_audit DROP CONSTRAINT IF EXISTS portcullis_audit_position_check; \
        ALTER TABLE portcullis_seals DROP CONSTRAINT IF EXISTS portcullis_seals_number_check;",
    random: "decode(md5(random()::text), 'hex')",
    forget: |table, last| {
        let column = if table == "portcullis_audit" {
            "position"
        } else {
            "seal"
        };
        format!("UPDATE portcullis_audit_given SET {column} = {last};")
    },
};

/// Somebody who has the database in hand.
struct Hand {
    server: Server,
    client: Client,
}

impl Hand {
    async fn on_it() -> Option<Self> {
        let server = Server::start().await?;
        let client = server.client().await;
        Some(Self { server, client })
    }

    /// A database without a table.
    async fn fresh(&self) -> PostgresDatabase {
        let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        self.client.batch_execute(empty).await.expect("emptied");
        PostgresDatabase::open(&self.server.url).await.expect("opens")
    }

    async fn tampers(&self, tampering: &str) {
        for table in ["portcullis_audit", "portcullis_seals"] {
            let unguarded = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
            self.client.batch_execute(&unguarded).await.expect("done");
        }
        self.client.batch_execute(tampering).await.expect(tampering);
    }

    /// What is found in a filled trail after these statements, with the anchor of its last seal or without.
    async fn after(&self, tampering: &str, anchored: bool) -> AuditReport {
        let store = PostgresAudit::on(self.fresh().await).await.expect("migrated");
        let audit = Audit::new(store.clone(), &Secrets::of_one([7; 32])).expect("usable");
        let anchor = tampering::filled(&audit).await;
        // Every row has its position before somebody has it in hand.
        store.head().await.expect("numbered");
        self.tampers(tampering).await;
        let anchors = anchored.then_some(anchor);
        let audit = Audit::new(store, &Secrets::of_one([7; 32])).expect("usable");
        audit.verify(anchors.as_slice()).await.expect("read")
    }

    /// What is found where all secrets were wiped after two seals, and then these statements were run.
    async fn after_reset(&self, tampering: &str) -> AuditReport {
        let database = self.fresh().await;
        let (audit, secrets) = with_own_secrets(&database).await;
        tampering::sealed(&audit, 2).await;
        for record in secrets.list().await.expect("listed") {
            assert!(secrets.reseal(record.number, &record.sealed, &[]).await.expect("wiped"));
        }
        let (audit, _) = with_own_secrets(&database).await;
        audit.reset(Cause::command("root")).await.expect("written");
        self.tampers(tampering).await;
        let (audit, _) = with_own_secrets(&database).await;
        audit.verify(&[]).await.expect("read")
    }
}

/// The trail of a database whose secrets are in it.
async fn with_own_secrets(database: &PostgresDatabase) -> (Audit, PostgresSecrets) {
    let secrets = PostgresSecrets::on(database.clone()).await.expect("migrated");
    let master = MasterKey::new(&[1; 32]).expect("a master key");
    let opened = Secrets::open(&secrets, &master, &SystemClock).await.expect("opened");
    let audit = PostgresAudit::on(database.clone()).await.expect("migrated");
    (Audit::new(audit, &opened).expect("usable"), secrets)
}

#[tokio::test]
async fn every_tampering_is_found() {
    let Some(hand) = Hand::on_it().await else { return };
    let untouched = hand.after("SELECT 1", true).await;
    assert!(
        untouched.is_whole() && untouched.rows == 14 && untouched.unsealed == 2,
        "{untouched:?}"
    );
    for (name, tampering, expected) in DIALECT.cases() {
        assert_eq!(hand.after(&tampering, false).await.findings, expected, "{name}");
    }
    // Who cuts rows, seals and what the database remembers of them leaves nothing here; the anchor has it.
    assert!(hand.after(&DIALECT.unseen(), false).await.is_whole());
    let report = hand.after(&DIALECT.unseen(), true).await;
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
async fn what_a_wiped_secret_vouched_for_is_bound_as_it_stood_then() {
    let Some(hand) = Hand::on_it().await else { return };
    let untouched = hand.after_reset("SELECT 1").await;
    assert!(untouched.is_whole() && untouched.rows == 9, "{untouched:?}");
    for (name, tampering, expected) in DIALECT.cases_after_a_reset() {
        assert_eq!(hand.after_reset(&tampering).await.findings, expected, "{name}");
    }
}
