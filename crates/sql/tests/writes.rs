//! Writes share a commit and nothing else; reads see what was committed last.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::sync::mpsc;
use std::time::Duration;

use portcullis_core::{Account, AccountChange, AccountStore, StoreError, User, UserId, UserStore};
use portcullis_sql::rusqlite::{self, Connection};
use portcullis_sql::{Database, SqliteOptions, SqliteUsers};

async fn users() -> SqliteUsers {
    SqliteUsers::temporary().await.expect("opens")
}

/// A table of the application's own.
async fn with_table(users: &SqliteUsers) -> &Database {
    let table = &["CREATE TABLE t (x INTEGER, filling BLOB) STRICT"];
    users.database().migrate("t", table).await.expect("made");
    users.database()
}

/// Keeps the writer busy until it is released, so that what is written meanwhile makes one group.
async fn hold(database: &Database) -> Held {
    let (go, held) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let database = database.clone();
    let task = tokio::spawn(async move {
        let wait = move |_: &Connection| {
            let _ = begun.send(());
            let _ = held.recv();
            Ok(())
        };
        database.write(wait).await.expect("held");
    });
    has_begun.await.expect("begun");
    Held { go, task }
}

/// A writer that is kept busy.
struct Held {
    go: mpsc::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Held {
    /// Lets the writer go on once everything else waits for it; what became of the write that held it up.
    async fn release(self) -> Result<(), tokio::task::JoinError> {
        settle().await;
        drop(self.go);
        self.task.await
    }
}

/// An account that is being added meanwhile.
fn insert(users: &SqliteUsers, name: &str) -> tokio::task::JoinHandle<Result<(), StoreError>> {
    let (users, account) = (users.clone(), Account::new(name));
    tokio::spawn(async move { users.insert(&account).await })
}

/// Lets every task that is ready run until it waits for the writer.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_taken_name_in_the_middle_of_a_group_undoes_nothing_else() {
    let users = users().await;
    users
        .insert(&Account::new("n5").with_full_name("The first"))
        .await
        .expect("stored");
    let held = hold(users.database()).await;
    let before = users.generation();
    let writes: Vec<_> = (0..12).map(|n| insert(&users, &format!("n{n}"))).collect();
    held.release().await.expect("ends");
    for (n, write) in writes.into_iter().enumerate() {
        let answer = write.await.expect("ends");
        assert_eq!(matches!(answer, Err(StoreError::Taken)), n == 5, "{n}: {answer:?}");
        assert_eq!(answer.is_ok(), n != 5, "{n}: {answer:?}");
    }
    // One commit for the write that held the others up and for all of them.
    assert_eq!(users.generation(), before + 1);
    assert_eq!(users.count().await.expect("counted"), 12);
    let first = users.by_login("n5").await.expect("read").expect("there");
    assert_eq!(first.full_name(), Some("The first"));
}

#[tokio::test]
async fn a_write_that_fails_or_panics_half_way_is_undone_alone() {
    let users = users().await;
    let database = with_table(&users).await;
    let held = hold(database).await;
    let fails = database.write(|tx| {
        tx.execute("INSERT INTO t (x) VALUES (1)", [])?;
        tx.execute("INSERT INTO nowhere VALUES (1)", [])
    });
    let panics = database.write(|tx| -> rusqlite::Result<()> {
        tx.execute("INSERT INTO t (x) VALUES (2)", [])?;
        panic!("as planned")
    });
    let stands = database.write(|tx| tx.execute("INSERT INTO t (x) VALUES (3)", []));
    let release = async {
        held.release().await.expect("ends");
    };
    let (fails, panics, stands, ()) = tokio::join!(fails, panics, stands, release);
    assert!(matches!(fails, Err(StoreError::Unavailable(_))), "{fails:?}");
    assert!(matches!(panics, Err(StoreError::Unavailable(_))), "{panics:?}");
    assert_eq!(stands.expect("stored"), 1);
    let left: String = database
        .read(|db| db.query_row("SELECT group_concat(x) FROM t", [], |row| row.get(0)))
        .expect("read");
    assert_eq!(left, "3");
}

#[tokio::test]
async fn a_write_that_ends_the_transaction_is_refused_and_the_next_one_works() {
    let users = users().await;
    for ending in ["COMMIT", "ROLLBACK"] {
        let answer = users.database().write(move |tx| tx.execute_batch(ending)).await;
        assert!(
            matches!(answer, Err(StoreError::Unavailable(_))),
            "{ending}: {answer:?}"
        );
        users.insert(&Account::new(ending)).await.expect("stored");
    }
    assert_eq!(users.count().await.expect("counted"), 2);
}

#[tokio::test]
async fn what_a_write_leaves_that_cannot_be_undone_alone_is_kept_of_nobody_and_all_are_told() {
    for fails in [true, false] {
        let users = users().await;
        let database = with_table(&users).await;
        let held = hold(database).await;
        let before = insert(&users, "before");
        settle().await;
        let broken = {
            let database = database.clone();
            let work = move |connection: &Connection| {
                connection.execute_batch("INSERT INTO t (x) VALUES (1); RELEASE job")?;
                match fails {
                    true => Err(rusqlite::Error::InvalidQuery),
                    false => Ok(()),
                }
            };
            tokio::spawn(async move { database.write(work).await })
        };
        let held = held.release().await;
        assert!(held.is_err(), "told too, for it was in the same group");
        assert!(before.await.expect("ends").is_err());
        assert!(broken.await.expect("ends").is_err());
        let count =
            |connection: &Connection| connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
        assert_eq!(database.read(count).expect("read"), 0);
        assert!(users.by_login("before").await.expect("read").is_none());
        users.insert(&Account::new("after")).await.expect("and it goes on");
    }
}

#[tokio::test]
async fn a_write_that_touches_no_user_lets_users_be_remembered() {
    let users = users().await;
    let database = with_table(&users).await;
    let before = users.generation();
    let row = |connection: &Connection| connection.execute("INSERT INTO t (x) VALUES (1)", []);
    assert_eq!(database.write_own(row).await.expect("stored"), 1);
    assert_eq!(users.generation(), before);
    assert_eq!(database.write(row).await.expect("stored"), 1);
    assert_eq!(
        users.generation(),
        before + 1,
        "unless it says so, a write may change users"
    );
    let held = hold(database).await;
    let before = users.generation();
    let own = {
        let database = database.clone();
        tokio::spawn(async move { database.write_own(row).await })
    };
    let user = insert(&users, "johndoe");
    held.release().await.expect("ends");
    own.await.expect("ends").expect("stored");
    user.await.expect("ends").expect("stored");
    assert!(users.generation() > before, "one of a group is enough");
}

#[tokio::test]
async fn on_a_full_disk_what_was_refused_is_absent_and_what_was_answered_is_there() {
    let users = users().await;
    let database = with_table(&users).await;
    let limit = |pages: u32| {
        database.write(move |tx| tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())))
    };
    limit(40).await.expect("set");
    let held = hold(database).await;
    let mut writes = Vec::new();
    for n in 0..40_i64 {
        let database = database.clone();
        let size = if n % 4 == 3 { 400_000 } else { 10 };
        let sql = "INSERT INTO t VALUES (?1, zeroblob(?2))";
        writes.push(tokio::spawn(async move {
            database.write(move |tx| tx.execute(sql, (n, size))).await
        }));
    }
    held.release().await.ok();
    let mut refused = 0;
    for (write, n) in writes.into_iter().zip(0_i64..) {
        let answered = write.await.expect("ends").is_ok();
        refused += usize::from(!answered);
        let sql = "SELECT count(*) FROM t WHERE x = ?1";
        let there: i64 = database
            .read(|db| db.query_row(sql, [n], |row| row.get(0)))
            .expect("read");
        assert_eq!(there == 1, answered, "{n}");
    }
    assert!(refused >= 10, "{refused}");
    limit(100_000).await.expect("set");
    users
        .insert(&Account::new("johndoe"))
        .await
        .expect("there is room again");
}

#[tokio::test]
async fn while_another_program_holds_the_lock_every_waiting_write_is_refused_and_reads_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let mut options = SqliteOptions::default();
    options.busy_timeout = Duration::from_millis(200);
    let users = SqliteUsers::open_with(&path, options).await.expect("opens");
    let other = Connection::open(&path).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let writes: Vec<_> = (0..200).map(|n| insert(&users, &format!("n{n}"))).collect();
    for write in writes {
        let answer = write.await.expect("ends");
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    // Reads go on.
    assert_eq!(users.count().await.expect("counted"), 0);
    assert!(users.by_login("n1").await.expect("read").is_none());
    other.execute_batch("COMMIT").expect("unlocked");
    users.insert(&Account::new("johndoe")).await.expect("stored");
}

/// Panics on the writer thread, where nothing catches it: in the answer that nobody takes.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if std::thread::current().name() == Some("sqlite-writer") {
            panic!("as planned");
        }
    }
}

#[tokio::test]
async fn when_the_writer_thread_dies_callers_are_told_and_none_hangs() {
    let users = users().await;
    let held = hold(users.database()).await;
    let database = users.database().clone();
    let bomb = tokio::spawn(async move { database.write(|_| Ok(Bomb)).await.map(std::mem::forget) });
    settle().await;
    bomb.abort();
    let waiting = insert(&users, "johndoe");
    held.release().await.ok();
    // Answered or refused, but answered.
    let _ = waiting.await.expect("ends");
    let late = tokio::time::timeout(Duration::from_secs(20), async {
        // The thread may take a moment to end.
        while users.insert(&Account::new("alice")).await.is_ok() {
            users.delete(&UserId::new("alice")).await.ok();
        }
        users.insert(&Account::new("alice")).await
    });
    assert!(matches!(late.await.expect("no hang"), Err(StoreError::Unavailable(_))));
    assert!(users.ping().is_err());
    assert!(users.by_login("nobody").await.expect("reads go on").is_none());
}

#[tokio::test]
async fn the_last_clone_may_be_dropped_by_the_writer_itself() {
    let users = users().await;
    let folder = users.path().parent().expect("a folder").to_path_buf();
    let clone = users.database().clone();
    let (go, held) = mpsc::channel::<()>();
    let write = tokio::spawn(async move {
        let inner = clone.clone();
        let wait = move |_: &Connection| {
            let _ = held.recv();
            drop(inner);
            Ok(())
        };
        clone.write(wait).await
    });
    settle().await;
    write.abort();
    drop(users);
    settle().await;
    drop(go);
    for _ in 0..500 {
        if !folder.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the writer never ended");
}

#[tokio::test]
async fn a_read_cannot_write_and_cannot_leave_the_past_behind() {
    let users = users().await;
    let database = users.database();
    let write = database.read(|db| db.execute("DELETE FROM portcullis_accounts", []));
    assert!(write.is_err());
    // A transaction that a read forgets would hold this view for every later read.
    let forgotten = "BEGIN; SELECT count(*) FROM portcullis_accounts";
    database.read(|db| db.execute_batch(forgotten)).expect("read");
    users.insert(&Account::new("johndoe")).await.expect("stored");
    assert!(users.by_login("johndoe").await.expect("read").is_some());
}

#[tokio::test]
async fn a_change_by_another_connection_is_seen_by_the_next_read() {
    let users = users().await;
    users.insert(&Account::new("johndoe")).await.expect("stored");
    let is_active = async || {
        users
            .by_login("johndoe")
            .await
            .expect("read")
            .expect("there")
            .is_active()
    };
    assert!(is_active().await);
    let other = Connection::open(users.path()).expect("opens");
    other
        .execute("UPDATE portcullis_accounts SET disabled = 1", [])
        .expect("changed");
    assert!(!is_active().await);
}

#[tokio::test]
async fn a_change_keeps_the_rows_that_an_application_hung_on_the_account() {
    let users = users().await;
    users.insert(&Account::new("johndoe")).await.expect("stored");
    let items = "CREATE TABLE items (owner TEXT REFERENCES portcullis_accounts (id) ON DELETE CASCADE) STRICT";
    users
        .database()
        .migrate("items", Box::leak(Box::new([items])))
        .await
        .expect("made");
    users
        .database()
        .write(|tx| tx.execute("INSERT INTO items VALUES ('johndoe')", []))
        .await
        .expect("stored");
    let count = |users: &SqliteUsers| {
        users
            .database()
            .read(|db| db.query_row("SELECT count(*) FROM items", [], |row| row.get::<_, i64>(0)))
            .expect("read")
    };
    let change = AccountChange {
        end_tokens: true,
        ..AccountChange::default()
    };
    users.update(&UserId::new("johndoe"), &change).await.expect("changed");
    assert_eq!(count(&users), 1);
    users.delete(&UserId::new("johndoe")).await.expect("deleted");
    assert_eq!(count(&users), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_beside_writers_never_see_an_account_go_back() {
    let users = users().await;
    let id = UserId::new("johndoe");
    users.insert(&Account::new("johndoe")).await.expect("stored");
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let (users, id) = (users.clone(), id.clone());
        tasks.push(tokio::spawn(async move {
            let mut last = 0;
            while last < 300 {
                let generation = users.generation();
                let epoch = users.by_id(&id).await.expect("read").expect("there").token_epoch();
                assert!(epoch >= last, "{epoch} after {last}");
                // The insert is the first commit, each change one more: what was counted before is seen by the read.
                assert!(epoch + 1 >= generation, "epoch {epoch} after commit {generation}");
                last = epoch;
                tokio::task::yield_now().await;
            }
        }));
    }
    let change = AccountChange {
        end_tokens: true,
        ..AccountChange::default()
    };
    for written in 1..=300 {
        let answered = users.update(&id, &change).await.expect("stored").expect("there");
        assert_eq!(answered.token_epoch(), written);
        let seen = users.by_id(&id).await.expect("read").expect("there");
        assert_eq!(seen, answered, "what was answered is what is read");
    }
    for task in tasks {
        task.await.expect("no reader failed");
    }
}

#[tokio::test]
async fn the_log_is_short_again_after_a_long_read() {
    let users = users().await;
    let database = with_table(&users).await;
    let log = users.path().with_file_name("portcullis.db-wal");
    let length = || std::fs::metadata(&log).map_or(0, |log| log.len());
    let (go, held) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let reader = database.clone();
    let long_read = tokio::spawn(async move {
        let look = move |db: &Connection| {
            let past = db.unchecked_transaction()?;
            past.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))?;
            let _ = begun.send(());
            let _ = held.recv();
            past.commit()
        };
        reader.scan(look).await.expect("read");
    });
    has_begun.await.expect("begun");
    let fill = || database.write(|tx| tx.execute("INSERT INTO t (filling) VALUES (zeroblob(8000000))", []));
    for _ in 0..9 {
        fill().await.expect("stored");
    }
    // Its turn comes when the writer has given up emptying the log.
    users.insert(&Account::new("johndoe")).await.expect("stored");
    assert!(length() > 64 << 20, "{}", length());
    drop(go);
    long_read.await.expect("ends");
    for _ in 0..2 {
        users
            .insert(&Account::new(format!("n{}", length())))
            .await
            .expect("stored");
    }
    // The second write starts the log over.
    assert!(length() <= 64 << 20, "{}", length());
}

#[tokio::test]
async fn the_log_that_one_write_made_too_long_is_emptied_without_another() {
    let users = users().await;
    let database = with_table(&users).await;
    let log = users.path().with_file_name("portcullis.db-wal");
    let fill = |tx: &Connection| {
        for _ in 0..9 {
            tx.execute("INSERT INTO t (filling) VALUES (zeroblob(8000000))", [])?;
        }
        Ok(())
    };
    database.write(fill).await.expect("stored");
    for _ in 0..1000 {
        if std::fs::metadata(&log).expect("a log").len() <= 64 << 20 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the log stayed long");
}
