use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use portcullis_core::{Digest, ScopeSet};

use super::*;
use crate::rusqlite;

portcullis_core::session_store_contract!(async { fresh().await });
portcullis_core::revocation_store_contract!(async { fresh().await });

const DAY: u64 = 24 * 60 * 60 * 1_000;

async fn fresh() -> SqliteSessions {
    let database = Database::temporary().await.expect("opens");
    SqliteSessions::on(database).await.expect("migrated")
}

async fn open(path: &Path) -> SqliteSessions {
    let database = Database::open(path).await.expect("opens");
    SqliteSessions::on(database).await.expect("migrated")
}

/// The n-th session, with its family.
pub(in crate::sqlite) fn begun(n: u8) -> (Session, Family) {
    let session = Session {
        id: SessionId::from_bytes([n; 16]),
        user: UserId::from("johndoe"),
        epoch: 0,
        client: None,
        label: String::new(),
        agent: None,
        created: 0,
        first_address: None,
        last_address: None,
        seen: 0,
        ends: 90 * DAY,
        ended: None,
    };
    let family = Family {
        id: FamilyId::from_bytes([n; 16]),
        session: session.id,
        user: session.user.clone(),
        client: None,
        scopes: ScopeSet::empty(),
        audience: None,
        epoch: 0,
        generation: 0,
        key: 1,
        digest: Digest([0; 32]),
        parent: None,
        nonce: [0; 16],
        rotated: 0,
        idle: 14 * DAY,
        ends: session.ends,
        confirmed: false,
        late: false,
        network: None,
        ended: None,
    };
    (session, family)
}

fn step(n: u8, idle: u64) -> Rotation {
    Rotation {
        key: 1,
        digest: Digest([n; 32]),
        nonce: [n; 16],
        rotated: 0,
        idle,
        network: None,
    }
}

fn occasion(seconds: u64) -> Occasion {
    Occasion {
        now: Duration::from_secs(seconds),
        lifetime: Duration::from_secs(60),
    }
}

fn token(name: &str) -> Entry {
    occasion(1_000).token(name, Duration::ZERO)
}

async fn family(store: &SqliteSessions, n: u8) -> Family {
    let found = store.family(FamilyId::from_bytes([n; 16])).await.expect("read");
    found.expect("there").0
}

#[tokio::test]
async fn a_row_that_is_no_session_is_an_error_and_not_left_out() {
    let store = fresh().await;
    let (session, family) = begun(1);
    store.begin(&session, &family).await.expect("begun");
    let spoil = "UPDATE portcullis_sessions SET last_address = 'nowhere'";
    let spoilt = store
        .database
        .write_own(move |connection| connection.execute(spoil, []))
        .await;
    spoilt.expect("written");
    assert!(matches!(store.session(session.id).await, Err(StoreError::Corrupt(_))));
    assert!(matches!(store.family(family.id).await, Err(StoreError::Corrupt(_))));
    assert!(matches!(
        store.sessions_of(&session.user, 1).await,
        Err(StoreError::Corrupt(_))
    ));
}

#[tokio::test]
async fn an_end_or_an_entry_of_a_newer_version_is_no_error() {
    let store = fresh().await;
    let (session, family) = begun(1);
    store.begin(&session, &family).await.expect("begun");
    let newer = "UPDATE portcullis_sessions SET ended = 7, ended_why = 99; \
        INSERT INTO portcullis_revocations (kind, subject, value, until) VALUES (99, zeroblob(16), 0, 9)";
    let written = store
        .database
        .write_own(move |connection| connection.execute_batch(newer))
        .await;
    written.expect("written");
    let ended = store.session(session.id).await.expect("read").expect("there").ended;
    assert_eq!(ended, Some(Ended { at: 7, why: None }));
    assert!(store.since(None).await.expect("read").entries.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_handles_that_rotate_one_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let (one, two) = (open(&path).await, open(&path).await);
    let (session, first) = begun(1);
    one.begin(&session, &first).await.expect("begun");
    for generation in 1..=50 {
        let seen = family(&two, 1).await;
        let (a, b) = (step(generation, 14 * DAY), step(generation + 100, 14 * DAY));
        let (first, second) = tokio::join!(one.rotate(&seen, &a), two.rotate(&seen, &b));
        let (first, second) = (first.expect("written"), second.expect("written"));
        assert!(first != second, "{generation}");
        let digest = if first { a.digest } else { b.digest };
        for reader in [&one, &two] {
            let now = family(reader, 1).await;
            assert_eq!((now.generation, now.digest), (u32::from(generation), digest));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_at_two_handles_miss_nothing_that_either_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let (one, two) = (open(&path).await, open(&path).await);
    let writers: Vec<_> = [("a", &one), ("b", &two)]
        .into_iter()
        .flat_map(|(name, store)| (0..4).map(move |task| (format!("{name}{task}"), store.clone())))
        .map(|(name, store)| {
            tokio::spawn(async move {
                for n in 0..25 {
                    let entries = [token(&format!("{name}:{n}")), token(&format!("{name}:{n}:too"))];
                    store.revoke(&entries).await.expect("written");
                }
            })
        })
        .collect();
    let follow = async |store: &SqliteSessions| {
        let (mut seen, mut cursor) = (HashSet::new(), None);
        loop {
            let done = writers.iter().all(|writer| writer.is_finished());
            let batch = store.since(cursor.as_ref()).await.expect("read");
            assert_eq!(batch.full, cursor.is_none());
            for entry in batch.entries {
                assert!(seen.insert(entry), "given twice: {entry:?}");
            }
            cursor = Some(batch.next);
            if done {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    let (at_one, at_two) = tokio::join!(follow(&one), follow(&two));
    for writer in writers {
        writer.await.expect("ends");
    }
    assert_eq!((at_one.len(), &at_one), (8 * 25 * 2, &at_two));
}

#[tokio::test]
async fn a_cursor_of_another_file_is_given_everything() {
    let (one, two) = (fresh().await, fresh().await);
    for store in [&one, &two] {
        store.revoke(&[token("a"), token("b")]).await.expect("written");
    }
    let cursor = one.since(None).await.expect("read").next;
    let batch = two.since(Some(&cursor)).await.expect("read");
    assert!(batch.full && batch.entries.len() == 2);
}

#[tokio::test]
async fn a_reader_of_a_file_that_was_brought_back_from_an_older_copy_is_given_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("app.db"), folder.path().join("copy.db"));
    let store = open(&path).await;
    store.revoke(&[token("a")]).await.expect("written");
    let before = store.since(None).await.expect("read").next;
    store.database.back_up(&copy).await.expect("copied");
    store.revoke(&[token("b"), token("c")]).await.expect("written");
    let after = store.since(Some(&before)).await.expect("read").next;
    store.database.close().await;

    // Behind where the reader is.
    let store = open(&copy).await;
    let batch = store.since(Some(&after)).await.expect("read");
    assert!(batch.full);
    assert_eq!(batch.entries, [token("a")]);
    // Who stopped before the copy was made goes on.
    assert!(!store.since(Some(&before)).await.expect("read").full);

    // And grown beyond: the positions that the reader knows were given a second time.
    store
        .revoke(&[token("d"), token("e"), token("f")])
        .await
        .expect("written");
    let batch = store.since(Some(&after)).await.expect("read");
    assert!(batch.full && batch.entries.len() == 4);
    let batch = store.since(Some(&before)).await.expect("read");
    assert_eq!(
        (batch.full, batch.entries),
        (false, vec![token("d"), token("e"), token("f")])
    );
}

#[tokio::test]
async fn what_is_needed_for_longer_is_given_again_to_who_has_read_it() {
    let store = fresh().await;
    let (short, long) = (
        Entry {
            until: 5_000,
            ..token("a")
        },
        Entry {
            until: 7_000,
            ..token("a")
        },
    );
    store.revoke(&[short, token("b")]).await.expect("written");
    let cursor = store.since(None).await.expect("read").next;
    store.revoke(&[short]).await.expect("written");
    assert!(store.since(Some(&cursor)).await.expect("read").entries.is_empty());
    store.revoke(&[long]).await.expect("written");
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (false, vec![long]));
    // Also where it was the newest.
    let longer = Entry { until: 9_000, ..long };
    store.revoke(&[longer]).await.expect("written");
    let batch = store.since(Some(&batch.next)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (false, vec![longer]));
}

#[tokio::test]
async fn a_reader_goes_on_after_everything_was_forgotten() {
    let store = fresh().await;
    store.revoke(&[token("a"), token("b")]).await.expect("written");
    let cursor = store.since(None).await.expect("read").next;
    assert_eq!(store.forget(u64::MAX, 9).await.expect("forgotten"), 2);
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert!(!batch.full && batch.entries.is_empty() && batch.next == cursor);
    store.revoke(&[token("c")]).await.expect("written");
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (false, vec![token("c")]));
}

#[tokio::test]
async fn eras_are_forgotten_with_the_last_of_their_entries() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let eras = |store: &SqliteSessions| {
        let count = "SELECT count(*) FROM portcullis_revocation_eras";
        let counted = store
            .database
            .read(|connection| connection.query_row(count, [], |row| row.get::<_, i64>(0)));
        counted.expect("counted")
    };
    for n in 1..=3 {
        let store = open(&path).await;
        // One that writes nothing begins none.
        open(&path).await;
        let entry = Entry {
            until: n * 1_000,
            ..token(&n.to_string())
        };
        store.revoke(&[entry]).await.expect("written");
        assert_eq!(eras(&store), i64::try_from(n).expect("small"));
    }
    let store = open(&path).await;
    store.forget(2_000, 9).await.expect("forgotten");
    assert_eq!(eras(&store), 1);
}

#[tokio::test]
async fn more_than_a_few_entries_come_all_the_same() {
    let store = fresh().await;
    let cursor = store.since(None).await.expect("read").next;
    let entries: Vec<Entry> = (0..3_000).map(|n| token(&n.to_string())).collect();
    store.revoke(&entries).await.expect("written");
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert_eq!((batch.full, batch.entries.len()), (false, 3_000));
    let batch = store.since(None).await.expect("read");
    assert_eq!((batch.full, batch.entries.len()), (true, 3_000));
}

#[tokio::test]
async fn a_session_that_is_refreshed_stays_until_nothing_of_it_lives() {
    let store = fresh().await;
    let (session, first) = begun(1);
    store.begin(&session, &first).await.expect("begun");
    let purge = |store: &SqliteSessions| {
        let day = "SELECT purge FROM portcullis_sessions";
        let day = store
            .database
            .read(|connection| connection.query_row(day, [], |row| row.get::<_, i64>(0)));
        day.expect("read")
    };
    let mut days = Vec::new();
    for day in 1..=80 {
        let seen = family(&store, 1).await;
        let idle = (day + 14) * DAY;
        assert!(store.rotate(&seen, &step(1, idle)).await.expect("written"));
        assert_eq!(store.purge(idle.min(session.ends), 9).await.expect("purged"), 0);
        days.push(purge(&store));
    }
    days.dedup();
    // What is indexed changes when it is looked at, though there was a refresh a day.
    assert_eq!(days, [21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91]);
    assert_eq!(store.purge(session.ends + 7 * DAY, 9).await.expect("purged"), 1);
}

#[tokio::test]
async fn users_whom_the_process_remembers_stay_remembered() {
    let store = fresh().await;
    let before = store.database.generation();
    let (session, family) = begun(1);
    store.begin(&session, &family).await.expect("begun");
    store.rotate(&family, &step(1, 14 * DAY)).await.expect("written");
    let all = Ending::OfUser(session.user, None);
    store
        .end(&all, EndReason::Logout, occasion(1), &[])
        .await
        .expect("ended");
    assert_eq!(store.database.generation(), before);
}

#[tokio::test]
async fn no_act_looks_through_a_table() {
    let store = fresh().await;
    let plans = |connection: &Connection| {
        let all = [families::STATEMENTS, sessions::STATEMENTS, entries::STATEMENTS].concat();
        for (name, sql) in all.into_iter().filter(|(name, _)| *name != "ENDED") {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let none = vec![rusqlite::types::Null; plan.parameter_count()];
            let steps = plan.query_map(rusqlite::params_from_iter(none), |row| row.get::<_, String>(3))?;
            for step in steps {
                let step = step?;
                assert!(!step.starts_with("SCAN"), "{name}: {step}");
            }
        }
        Ok(())
    };
    store.database.read(plans).expect("planned");
}
