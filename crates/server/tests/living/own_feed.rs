//! What ends tokens in PostgreSQL: nobody is passed over, in whichever order acts commit and whichever server answers.

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use portcullis_core::jose::SigningKey;
use portcullis_core::{
    Account, Attempt, Auth, AuthError, Batch, EndReason, Ending, Entry, MemoryUsers, NewSession, RevocationStore,
    Revoked, ScopeSet, StoreError, Subject16, UserId,
};
use portcullis_sql::{PostgresDatabase, PostgresSessions};

use super::databases::Database;
use super::own_tables::fresh;
use super::psql::{Session, ask};

async fn on(url: &str) -> PostgresSessions {
    let database = PostgresDatabase::open(url).await.expect("opens");
    PostgresSessions::on(database).await.expect("migrated")
}

async fn store() -> Option<PostgresSessions> {
    Some(on(&fresh("")?).await)
}

mod contract {
    portcullis_core::revocation_store_contract!(if super::store());
}

fn token(id: impl ToString) -> Entry {
    Entry {
        kind: Revoked::Token,
        subject: Subject16::of(&id.to_string()),
        value: 0,
        until: 4_000_000_000_000,
    }
}

/// A row that a transaction of its own brings.
fn row(entry: &Entry) -> String {
    format!(
        "INSERT INTO portcullis_revocations (kind, subject, value, until, xid) \
        VALUES (2, '\\x{}', 0, {}, pg_current_xact_id()::text::bigint)",
        hex(entry),
        entry.until
    )
}

/// Each commit waits a while that follows from the entry, and one of ten is rolled back instead.
const SLOW_COMMITS: &str = "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    PERFORM pg_sleep(get_byte(NEW.subject, 0) / 8000.0); \
    IF get_byte(NEW.subject, 1) % 10 = 0 THEN RAISE EXCEPTION 'rolled back'; END IF; RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON portcullis_revocations DEFERRABLE INITIALLY DEFERRED \
    FOR EACH ROW EXECUTE FUNCTION slowly()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_missed_by_commit_order() {
    let Some(url) = fresh("") else { return };
    in_commit_order(&url, &url).await;
}

/// On nodes that come to this database by `way`.
pub(crate) async fn in_commit_order(url: &str, way: &str) {
    let (one, two) = (on(way).await, on(way).await);
    ask(url, SLOW_COMMITS);
    let open = Entry {
        subject: Subject16([1; 16]),
        ..token("")
    };
    let mut open_for_long = Session::after(url, &format!("BEGIN; {}", row(&open)));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = if writer % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move {
                let mut written = Vec::new();
                for round in 0..40 {
                    let entry = token(format!("{writer}:{round}"));
                    match store.revoke(&[entry]).await {
                        Ok(()) => written.push(entry),
                        Err(error) => assert_eq!(entry.subject.0[1] % 10, 0, "{error}"),
                    }
                }
                written
            })
        })
        .collect();
    let (mut seen, mut cursor, mut looks) = (HashSet::new(), None, 0);
    let mut look = async |seen: &mut HashSet<Entry>| {
        let Batch { entries, next, full } = one.since(cursor.as_ref()).await.expect("read");
        assert_eq!(full, cursor.is_none());
        seen.extend(entries);
        cursor = Some(next);
    };
    while !writers.iter().all(|writer| writer.is_finished()) {
        look(&mut seen).await;
        looks += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut written = HashSet::new();
    for writer in writers {
        written.extend(writer.await.expect("no panic"));
    }
    look(&mut seen).await;
    assert!(
        written.len() < 8 * 40 && looks > 1,
        "some were rolled back, and meanwhile it was looked"
    );
    assert_eq!(
        seen, written,
        "all that were committed, and the one that is open delays none"
    );
    open_for_long.ask("COMMIT");
    look(&mut seen).await;
    written.insert(open);
    assert_eq!(seen, written, "nor is it passed over itself");
}

#[tokio::test]
async fn who_has_read_the_shorter_end_reads_the_longer_one() {
    let Some(store) = store().await else { return };
    let (short, long) = (
        token("a"),
        Entry {
            until: 5_000_000_000_000,
            ..token("a")
        },
    );
    store.revoke(&[short, token("b")]).await.expect("kept");
    let cursor = store.since(None).await.expect("read").next;
    store.revoke(&[token("b"), long, short]).await.expect("kept");
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (false, vec![long]));
}

#[tokio::test]
async fn more_entries_than_are_read_at_once_are_all_read() {
    let Some(store) = store().await else { return };
    let all: HashSet<Entry> = (0..10_001).map(token).collect();
    let list: Vec<Entry> = all.iter().copied().collect();
    let cursor = store.since(None).await.expect("read").next;
    for part in list.chunks(1_000) {
        store.revoke(part).await.expect("kept");
    }
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert!(!batch.full, "nothing was lost");
    assert_eq!(batch.entries.len(), all.len());
    assert_eq!(batch.entries.into_iter().collect::<HashSet<_>>(), all);
}

#[tokio::test]
async fn an_entry_that_is_needed_for_longer_meanwhile_is_not_forgotten() {
    let Some(url) = fresh("") else { return };
    let store = on(&url).await;
    let over = Entry {
        until: 1_000,
        ..token("a")
    };
    store
        .revoke(&[
            over,
            Entry {
                until: 1_000,
                ..token("b")
            },
        ])
        .await
        .expect("kept");
    let longer = Entry { until: 9_000, ..over };
    let change = "BEGIN; UPDATE portcullis_revocations SET until = 9000 WHERE subject";
    let mut other = Session::after(&url, &format!("{change} = '\\x{}'", hex(&over)));
    assert_eq!(
        store.forget(1_000, 10).await.expect("forgotten"),
        1,
        "what others have in hand is passed over"
    );
    other.ask("COMMIT");
    assert_eq!(store.forget(1_000, 10).await.expect("forgotten"), 0);
    assert_eq!(store.since(None).await.expect("read").entries, [longer]);
}

fn hex(entry: &Entry) -> String {
    entry.subject.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn rows_that_were_brought_from_elsewhere_are_read_once_and_not_at_each_look() {
    let Some(url) = fresh("") else { return };
    let store = on(&url).await;
    let far = token("far");
    ask(
        &url,
        &row(&far).replace("pg_current_xact_id()::text::bigint", "4000000000000"),
    );
    let first = store.since(None).await.expect("read");
    assert_eq!(first.entries, [far]);
    assert_eq!(store.since(Some(&first.next)).await.expect("read").entries, []);
    // The table itself came from elsewhere: whoever had read the one before is given everything.
    ask(
        &url,
        "CREATE TABLE other (LIKE portcullis_revocations INCLUDING ALL); INSERT INTO other \
        SELECT * FROM portcullis_revocations; DROP TABLE portcullis_revocations; \
        ALTER TABLE other RENAME TO portcullis_revocations",
    );
    let batch = store.since(Some(&first.next)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (true, vec![far]));
}

/// Asks until the server is there again.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn after_a_crash_of_the_server_the_cursor_means_nothing() {
    let Some(server) = Database::postgres() else { return };
    let store = on(&server.url).await;
    store.revoke(&[token("a")]).await.expect("kept");
    let cursor = store.since(None).await.expect("read").next;
    assert!(!store.since(Some(&cursor)).await.expect("read").full);
    // One process of the server is killed: the rest begin anew from the log, and numbers of acts that were not in it yet
    // come again.
    let ours = "SELECT pid FROM pg_stat_activity WHERE application_name = 'portcullis'";
    let processes = ask(&server.url, ours);
    let first = processes.lines().next().expect("one");
    let killed = std::process::Command::new("kill").args(["-KILL", first]).status();
    assert!(killed.expect("kill").success());
    // Then the server ends all the others itself.
    until(async || {
        processes
            .lines()
            .all(|process| !Path::new("/proc").join(process).exists())
    })
    .await;
    let batch = patiently(async || store.since(Some(&cursor)).await).await;
    assert_eq!((batch.full, batch.entries), (true, vec![token("a")]));
    let cursor = batch.next;
    assert!(!store.since(Some(&cursor)).await.expect("read").full);
}

#[tokio::test]
async fn a_standby_says_nothing() {
    let Some(server) = Database::postgres() else { return };
    let store = on(&server.url).await;
    let cursor = store.since(None).await.expect("read").next;
    let standby = server.standby();
    let there = PostgresDatabase::open(&standby.url).await;
    // What opens a database may refuse one already.
    let Ok(there) = there else { return };
    let Ok(there) = PostgresSessions::on(there).await else {
        return;
    };
    for cursor in [None, Some(&cursor)] {
        let told = there.since(cursor).await;
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    }
}

/// The number of the next act.
fn number(url: &str) -> u64 {
    let next = ask(url, "SELECT pg_snapshot_xmax(pg_current_snapshot())");
    next.parse().expect("a number")
}

/// A process that checks tokens against the revocations of a store.
fn process(store: &PostgresSessions) -> Auth {
    let key = SigningKey::hs256([7; 32]).expect("a key");
    let users = MemoryUsers::from_iter([Account::new("jane")]);
    let auth = Auth::builder(key, users).issuer("us").sessions(store.clone());
    auth.build().expect("it is whole")
}

fn new_session() -> NewSession<'static> {
    static NOWHERE: LazyLock<Attempt> = LazyLock::new(Attempt::default);
    NewSession {
        user: UserId::from("jane"),
        epoch: 0,
        client: None,
        scopes: ScopeSet::empty(),
        audience: None,
        lifetime: None,
        attempt: &NOWHERE,
    }
}

async fn until(so: impl AsyncFn() -> bool) {
    while !so().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transaction_ids_that_come_back() {
    let Some(mut primary) = Database::postgres() else {
        return;
    };
    let store = on(&primary.url).await;
    store.revoke(&[token("before")]).await.expect("kept");
    let session = process(&store)
        .sessions()
        .expect("kept")
        .begin(new_session())
        .await
        .expect("begun")
        .session;
    let standby = primary.standby();
    let (first, second) = (primary.url.clone(), standby.url.clone());
    let log = ask(&first, "SELECT pg_current_wal_lsn()");
    while ask(&second, &format!("SELECT pg_last_wal_replay_lsn() >= '{log}'")) != "t" {
        std::thread::sleep(Duration::from_millis(20));
    }
    // From now on it is told nothing.
    ask(&second, "ALTER SYSTEM SET primary_conninfo = ''");
    ask(&second, "SELECT pg_reload_conf()");
    while ask(&second, "SELECT count(*) FROM pg_stat_wal_receiver") != "0" {
        std::thread::sleep(Duration::from_millis(20));
    }
    let both = format!(
        "postgres://app@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port, standby.port
    );
    let (here, there) = (on(&both).await, on(&both).await);
    let (here_auth, there_auth) = (process(&here), process(&there));
    let grant = |auth: &Auth| {
        auth.grant(&Account::new("jane"), ScopeSet::empty())
            .expect("made")
            .access_token
    };
    let (lost, later) = (grant(&here_auth), grant(&here_auth));
    let is_revoked = async |auth: &Auth, token: &str| matches!(auth.authenticate(token).await, Err(AuthError::Revoked));
    here_auth.revoke(&lost).await.expect("acknowledged");
    until(async || is_revoked(&there_auth, &lost).await).await;
    let logout = Ending::Session(session);
    let ended = here_auth
        .sessions()
        .expect("kept")
        .end(&logout, EndReason::Logout, &[])
        .await;
    assert_eq!(ended.expect("acknowledged"), [session]);
    // It is used otherwise, too.
    let sessions = here_auth.sessions().expect("kept");
    sessions.begin(new_session()).await.expect("acknowledged");
    // Numbers that the standby does not know of.
    for n in 0..50 {
        here.revoke(&[token(n)]).await.expect("acknowledged");
    }
    let cursor = there.since(None).await.expect("read").next;
    let told = number(&first);
    primary.crash();
    ask(&second, "SELECT pg_promote()");
    let again = number(&second);
    assert!(again < told, "they come again: {again} after {told}");
    // A new entry below the cursor.
    patiently(async || here.revoke(&[token("new")]).await).await;
    let batch = patiently(async || there.since(Some(&cursor)).await).await;
    assert!(batch.full && batch.entries.contains(&token("new")) && batch.entries.contains(&token("before")));
    // And what living processes had seen is there again, for one who begins now as well.
    let all = async || {
        there.since(None).await.is_ok_and(|batch| {
            let held: HashSet<_> = batch.entries.into_iter().collect();
            (0..50).all(|n| held.contains(&token(n)))
        })
    };
    until(all).await;
    let late = process(&on(&both).await);
    // Nor does a session live on that somebody living had ended.
    until(async || ask(&second, "SELECT count(*) FROM portcullis_sessions WHERE ended IS NULL") == "0").await;
    until(async || is_revoked(&late, &lost).await).await;
    patiently(async || {
        here_auth
            .revoke(&later)
            .await
            .map_err(|_| StoreError::unavailable("not yet"))
    })
    .await;
    until(async || is_revoked(&there_auth, &later).await && is_revoked(&late, &later).await).await;
}

#[tokio::test]
async fn what_only_a_newer_version_writes_hides_nothing_behind_it() {
    let Some(url) = fresh("") else { return };
    let store = on(&url).await;
    let cursor = store.since(None).await.expect("read").next;
    let others = "INSERT INTO portcullis_revocations (kind, subject, value, until, xid) \
        SELECT 99, decode(md5(n::text), 'hex'), 0, 4000000000000, pg_current_xact_id()::text::bigint \
        FROM generate_series(1, 20000) n";
    let ours: Vec<Entry> = (0..5).map(token).collect();
    let sql: Vec<String> = std::iter::once(others.to_owned()).chain(ours.iter().map(row)).collect();
    ask(&url, &format!("BEGIN; {}; COMMIT", sql.join("; ")));
    let batch = store.since(Some(&cursor)).await.expect("read");
    assert!(!batch.full, "nothing was lost");
    let read: HashSet<_> = batch.entries.into_iter().map(|entry| entry.subject).collect();
    assert!(ours.iter().all(|entry| read.contains(&entry.subject)), "{}", read.len());
}
