//! The audit trail in PostgreSQL, on a real server.

use std::time::Duration;

use portcullis_core::{
    Account, AccountStore as _, Audit, AuditEvent, AuditFilter, AuditKind, AuditRow, AuditStore as _, Cause,
    KeyStore as _, Seal, Secrets, UserId,
};
use portcullis_sql::{PostgresAudit, PostgresDatabase, PostgresKeys, PostgresUsers};

use crate::own_tables::{fresh, run};
use crate::psql::{Session, ask};

fn event(subject: &str) -> AuditEvent {
    AuditEvent::new(AuditKind::UserAdded, Cause::command("root")).of(subject)
}

async fn open(url: &str) -> PostgresDatabase {
    PostgresDatabase::open(url).await.expect("opens")
}

async fn store(url: &str) -> PostgresAudit {
    PostgresAudit::on(open(url).await).await.expect("migrated")
}

async fn audit() -> Option<PostgresAudit> {
    Some(store(&fresh("")?).await)
}

async fn trail(url: &str) -> Audit {
    Audit::new(store(url).await, &Secrets::of_one([7; 32])).expect("usable")
}

pub(super) fn row(n: u32) -> AuditRow {
    let [a, b, c, d] = n.to_be_bytes();
    AuditRow {
        id: [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        at: n.into(),
        kind: 1,
        node: 1,
        actor: None,
        subject: Some(n.to_string()),
        client: None,
        session: None,
        peer: None,
        agent: None,
        detail: None,
        key: 1,
        mac: [0; 16],
    }
}

mod contract {
    portcullis_core::audit_store_contract!(if super::audit());
}

#[tokio::test]
async fn whoever_changes_or_removes_a_row_or_a_seal_by_hand_is_refused() {
    let Some(url) = fresh("") else { return };
    let trail = trail(&url).await;
    trail.record(event("a")).await.expect("written");
    trail.seal().await.expect("sealed");
    trail.record(event("b")).await.expect("written");
    for sql in [
        "UPDATE portcullis_audit SET at = 0",
        "UPDATE portcullis_audit SET position = 9 WHERE position = 1",
        "UPDATE portcullis_audit SET position = NULL WHERE position = 1",
        "UPDATE portcullis_audit SET position = 9, subject = 'c' WHERE position IS NULL",
        "UPDATE portcullis_audit SET subject = 'c' WHERE position IS NULL",
        "DELETE FROM portcullis_audit",
        "DELETE FROM portcullis_audit WHERE position IS NULL",
        "TRUNCATE portcullis_audit",
        "UPDATE portcullis_seals SET at = 0",
        "DELETE FROM portcullis_seals",
        "TRUNCATE portcullis_seals",
    ] {
        let refused = format!(
            "DO $$ BEGIN {sql}; RAISE EXCEPTION 'done'; \
             EXCEPTION WHEN integrity_constraint_violation THEN NULL; END $$"
        );
        run(&url, &refused);
    }
    let report = trail.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.rows == 2, "{report:?}");
}

#[tokio::test]
async fn the_row_of_an_act_is_written_with_it_and_only_if_it_happened() {
    let Some(url) = fresh("") else { return };
    let database = open(&url).await;
    let users = PostgresUsers::on(database.clone()).await.expect("migrated");
    let keys = PostgresKeys::on(database.clone()).await.expect("migrated");
    assert!(users.noting(&row(1)).is_none(), "there is no trail yet");
    let audit = PostgresAudit::on(database).await.expect("migrated");
    let noting = |n| users.noting(&row(n)).expect("a trail");
    let (anna, nobody) = (UserId::new("anna"), UserId::new("nobody"));
    noting(1).insert(&Account::new("anna")).await.expect("stored");
    assert!(noting(2).insert(&Account::new("anna")).await.is_err());
    let change = portcullis_core::AccountChange {
        end_tokens: true,
        ..Default::default()
    };
    assert!(noting(3).update(&anna, &change).await.expect("changed").is_some());
    assert!(noting(4).update(&nobody, &change).await.expect("nobody").is_none());
    assert!(!noting(5).delete(&nobody).await.expect("nobody"));
    assert!(noting(6).delete(&anna).await.expect("deleted"));
    let end = portcullis_core::KeyChange::End(1);
    assert!(
        !keys
            .noting(&row(7))
            .expect("a trail")
            .change("a", end)
            .await
            .expect("no such key")
    );
    let ids: Vec<_> = audit
        .rows(0, 9)
        .await
        .expect("read")
        .into_iter()
        .map(|row| row.row.subject)
        .collect();
    assert_eq!(ids, ["1", "3", "6"].map(|id| Some(id.to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_have_no_gap_and_no_row_gets_two_while_many_write_and_many_look() {
    const WRITERS: u32 = 6;
    const ROWS: u32 = 60;
    let Some(url) = fresh("") else { return };
    let first = store(&url).await;
    // An act that is not over holds back its own row and nobody else's.
    let insert = "INSERT INTO portcullis_audit (id, at, kind, node, key, mac) \
        VALUES (decode(repeat('ff', 16), 'hex'), 0, 1, 1, 1, decode(repeat('00', 16), 'hex'))";
    let open = Session::after(&url, &format!("BEGIN; {insert}"));
    let mut working = Vec::new();
    for writer in 0..WRITERS {
        let store = store(&url).await;
        working.push(tokio::spawn(async move {
            for n in 0..ROWS {
                let n = writer * ROWS + n;
                // One by one, and several at once.
                let rows: Vec<_> = (0..(n % 3)).map(|more| row(1_000_000 + 3 * n + more)).collect();
                store.append(&rows).await.expect("written");
                store.append(&[row(n)]).await.expect("written");
            }
        }));
    }
    let looking = |store: PostgresAudit| async move {
        let mut seen: Vec<portcullis_core::StoredRow> = Vec::new();
        for _ in 0..40 {
            let after = seen.last().map_or(0, |row| row.position);
            seen.extend(store.rows(after, 1_000).await.expect("read"));
        }
        seen
    };
    let looked = tokio::join!(looking(first.clone()), looking(store(&url).await));
    for writer in working {
        writer.await.expect("no panic");
    }
    drop(open);
    let all = first.rows(0, 10_000).await.expect("read");
    let expected: u32 = (0..WRITERS * ROWS).map(|n| n % 3 + 1).sum();
    assert!(all.iter().map(|row| row.position).eq(1..=expected.into()));
    for seen in [looked.0, looked.1] {
        assert_eq!(
            seen[..],
            all[..seen.len()],
            "who follows misses nothing and reads nothing twice"
        );
    }
    assert_eq!(first.head().await.expect("read").position, u64::from(expected));
}

#[tokio::test]
async fn a_backlog_is_numbered_a_part_at_a_time_and_looked_through_in_windows() {
    let Some(url) = fresh("") else { return };
    let store = store(&url).await;
    let many = "INSERT INTO portcullis_audit (id, at, kind, node, subject, key, mac) \
        SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), n, 1, 1, n::text, 1, decode(repeat('00', 16), 'hex') \
        FROM generate_series(1, 120000) AS n";
    run(&url, many);
    assert_eq!(store.head().await.expect("numbered").position, 120_000);
    let of = |user: &str| {
        let mut filter = AuditFilter::default();
        filter.user = Some(user.to_owned());
        filter
    };
    for (user, position) in [("7", 7), ("50000", 50_000), ("50001", 50_001), ("119999", 119_999)] {
        let found = store.find(&of(user), 0, 9).await.expect("read");
        let last = store.last(&of(user), 9).await.expect("read");
        assert!(found.iter().map(|row| row.position).eq([position]), "{user}");
        assert_eq!(found, last);
        assert!(store.find(&of(user), position, 9).await.expect("read").is_empty());
    }
    let page = store.find(&AuditFilter::default(), 49_998, 4).await.expect("read");
    assert!(page.iter().map(|row| row.position).eq(49_999..=50_002));
    let page = store.last(&AuditFilter::default(), 50_002).await.expect("read");
    assert!(page.iter().map(|row| row.position).eq(69_999..=120_000));
}

/// Seals of so many rows each.
async fn sealed(trail: &Audit, counts: &[u32]) {
    for count in counts {
        for n in 0..*count {
            trail.tell(event(&n.to_string()));
        }
        trail.flush().await.expect("written");
        assert!(trail.seal().await.expect("sealed").is_some());
    }
}

#[tokio::test]
async fn old_rows_go_a_part_at_a_time_and_of_whole_seals() {
    let Some(url) = fresh("") else { return };
    let store = store(&url).await;
    sealed(&trail(&url).await, &[3_000, 3_000, 1, 7_000, 10]).await;
    let upto = store.sealed_before(u64::MAX).await.expect("read").expect("a seal").upto;
    assert_eq!(upto, 13_011);
    let mut steps = Vec::new();
    for n in 0.. {
        match store.prune(upto, &row(n)).await.expect("pruned") {
            0 => break,
            gone => steps.push(gone),
        }
    }
    assert_eq!(steps, [3_000, 3_001, 7_000, 10]);
    let left = store.rows(0, 9).await.expect("read");
    assert!(left.iter().map(|row| row.position).eq(13_012..=13_015));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trail_is_whole_while_old_rows_go() {
    let Some(url) = fresh("") else { return };
    let trail = trail(&url).await;
    sealed(&trail, &[2_000; 6]).await;
    // The last seal is older than now.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let pruning = trail.clone();
    let pruning = tokio::spawn(async move { pruning.prune(Duration::ZERO).await });
    for _ in 0..4 {
        let report = trail.verify(&[]).await.expect("read");
        assert!(report.is_whole(), "{report:?}");
    }
    assert_eq!(pruning.await.expect("no panic").expect("pruned"), 12_000);
    let report = trail.verify(&[]).await.expect("read");
    assert!(report.is_whole() && report.rows == 3, "{report:?}");
}

fn seal(number: u64, follows: u8, upto: u64) -> Seal {
    Seal {
        number,
        prev: [follows; 32],
        root: [1; 32],
        rows: 1,
        upto,
        era: 1,
        at: 10,
        node: 4,
        key: 5,
        signature: vec![6; 64],
    }
}

#[tokio::test]
async fn a_sealer_that_is_killed_leaves_no_seal_and_no_other_waits_for_it() {
    let Some(url) = fresh("") else { return };
    let store = store(&url).await;
    store.append(&[row(1)]).await.expect("written");
    assert_eq!(store.head().await.expect("read").position, 1);
    let half = "BEGIN; SELECT position FROM portcullis_audit_given FOR UPDATE; \
        INSERT INTO portcullis_seals VALUES (1, decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'), \
        1, 1, 1, 1, 1, 1, '\\x00')";
    let killed = Session::after(&url, half);
    let other = {
        let store = store.clone();
        tokio::spawn(async move { store.add_seal(&seal(1, 0, 1)).await })
    };
    // It waits, and looks that need no turn do not.
    while ask(
        &url,
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    ) != "1"
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.rows(0, 9).await.expect("read").len(), 1);
    drop(killed);
    assert!(other.await.expect("no panic").expect("sealed"));
    assert_eq!(store.seals(0, 9).await.expect("read"), [seal(1, 0, 1)]);
    assert_eq!(store.head().await.expect("read").sealed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_verifies_after_nodes_that_seal_at_once_and_are_killed_at_it() {
    let Some(url) = fresh("") else { return };
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(trail(&url).await);
    }
    for round in 0..30 {
        let sealing: Vec<_> = nodes
            .iter()
            .map(|node| {
                let node = node.clone();
                tokio::spawn(async move {
                    node.record(event(&round.to_string())).await.expect("written");
                    node.seal().await.map(drop)
                })
            })
            .collect();
        for (place, task) in sealing.into_iter().enumerate() {
            // Whoever is not waited for is dropped wherever it is.
            if (round + place) % 3 == 0 {
                task.abort();
            }
            match task.await {
                Ok(sealed) => sealed.expect("sealed"),
                Err(ended) => assert!(ended.is_cancelled()),
            }
        }
    }
    while nodes[0].seal().await.expect("sealed").is_some() {}
    let report = nodes[1].verify(&[]).await.expect("read");
    assert!(
        report.is_whole() && report.unsealed == 0 && report.seals > 1,
        "{report:?}"
    );
    let numbers: Vec<u64> = store(&url)
        .await
        .seals(0, 1_000)
        .await
        .expect("read")
        .iter()
        .map(|seal| seal.number)
        .collect();
    assert!(numbers.iter().copied().eq(1..=report.seals));
}
