//! Copies of databases in use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use portcullis_sql::backup::{BackupError, Contents, check, copy, copy_still};
use portcullis_sql::rusqlite::Connection;
use portcullis_sql::{Database, OpenError};

const NUMBERS: &[&str] = &["CREATE TABLE numbers (number INTEGER PRIMARY KEY, worker INTEGER NOT NULL) STRICT"];

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    (folder, path)
}

async fn numbers(path: &Path) -> Database {
    let database = Database::open(path).await.expect("opened");
    database.migrate("numbers", NUMBERS).await.expect("migrated");
    database
}

/// What is in a folder, without the logs of databases in use.
fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("listed");
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

fn copied(from: &Path, to: &Path) -> Result<Contents, BackupError> {
    copy(from, to, &mut |_, _| {})
}

/// The numbers of one worker in a copy, of which each was stored after the one before it.
fn stored(copy: &Path, worker: usize) -> i64 {
    let copy = Connection::open(copy).expect("a database");
    let sql = "SELECT coalesce(max(number), 0), count(*) FROM numbers WHERE worker = ?1";
    let (last, count): (i64, i64) = copy
        .query_row(sql, [i64::try_from(worker).unwrap()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("read");
    let first = i64::try_from(worker).unwrap() * 1_000_000_000;
    assert_eq!(count, (last - first).max(0), "none in between is missing");
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_of_a_hundred_copies_under_constant_writes_hold_every_write_that_was_answered_before() {
    const WORKERS: usize = 16;
    let (folder, path) = folder();
    let database = numbers(&path).await;
    let answered: Arc<[AtomicI64; WORKERS]> = Arc::default();
    let over = Arc::new(AtomicBool::new(false));
    let write = |worker: usize| {
        let (database, answered, over) = (database.clone(), answered.clone(), over.clone());
        tokio::spawn(async move {
            let mut count = 0;
            while !over.load(Ordering::SeqCst) {
                count += 1;
                let number = i64::try_from(worker).unwrap() * 1_000_000_000 + count;
                let insert = move |tx: &Connection| {
                    tx.execute(
                        "INSERT INTO numbers VALUES (?1, ?2)",
                        [number, i64::try_from(worker).unwrap()],
                    )
                };
                database.write(insert).await.expect("stored");
                answered[worker].store(count, Ordering::SeqCst);
            }
        })
    };
    let writers: Vec<_> = (0..WORKERS).map(write).collect();
    let mut grown = 0;
    for number in 0..100 {
        let before: Vec<i64> = answered.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        let to = folder.path().join(format!("{number}.db"));
        let contents = database.back_up(&to).await.expect("copied");
        let mut all = 0;
        for (worker, before) in before.iter().enumerate() {
            let stored = stored(&to, worker);
            assert!(
                stored >= *before,
                "copy {number}: {before} writes were answered, it has {stored}"
            );
            all += stored;
        }
        assert_eq!(contents.tables["numbers"], u64::try_from(all).unwrap());
        grown += i32::from(all > before.iter().sum());
    }
    over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("ended");
    }
    assert!(grown > 0, "writes went on while it was copied");
}

#[tokio::test]
async fn a_copy_is_one_file_of_its_owner_alone_and_nothing_is_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = folder();
    let database = numbers(&path).await;
    let to = folder.path().join("copy ?#%20ä.db");
    let contents = database.back_up(&to).await.expect("copied");
    assert_eq!(
        (contents.tables.len(), contents.orphans),
        (2, 0),
        "numbers and the steps"
    );
    assert_eq!(check(&to).expect("whole"), contents);
    assert_eq!(
        std::fs::metadata(&to).expect("there").permissions().mode() & 0o777,
        0o600
    );
    std::fs::write(folder.path().join("letter"), "dear").expect("written");
    assert!(matches!(
        database.back_up(folder.path().join("letter")).await,
        Err(BackupError::Target(..))
    ));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("letter")).expect("read"),
        "dear"
    );
    assert_eq!(files(folder.path()), ["app.db", "copy ?#%20ä.db", "letter"]);
}

#[tokio::test]
async fn what_is_damaged_cut_or_no_database_is_told_and_a_log_beside_it_too() {
    let (folder, path) = folder();
    let database = numbers(&path).await;
    let fill = |tx: &Connection| {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
            INSERT INTO numbers SELECT i, 0 FROM n";
        tx.execute(sql, [])
    };
    database.write(fill).await.expect("stored");
    assert!(
        matches!(check(&path), Err(BackupError::InUse(_))),
        "what is in use is no backup"
    );
    let whole = folder.path().join("whole.db");
    database.back_up(&whole).await.expect("copied");
    let bytes = std::fs::read(&whole).expect("read");
    let with = |bytes: &[u8]| {
        let path = folder.path().join("broken.db");
        std::fs::write(&path, bytes).expect("written");
        let found = check(&path).expect_err("told");
        copy_still(&path, &folder.path().join("of-broken.db"), &mut |_, _| {}).expect_err("not copied");
        found
    };
    // A leaf of the table.
    let mut damaged = bytes.clone();
    let last = damaged.len() - 4096;
    damaged[last..last + 64].fill(0xff);
    assert!(
        matches!(with(&damaged), BackupError::Damaged(..)),
        "{:?}",
        with(&damaged)
    );
    assert!(matches!(
        with(&bytes[..bytes.len() / 2]),
        BackupError::Damaged(..) | BackupError::Source(_)
    ));
    assert!(matches!(
        with(
            b"no database at all, but long enough to be looked at"
                .repeat(50)
                .as_slice()
        ),
        BackupError::Source(OpenError::NotADatabase(_))
    ));
    assert!(matches!(
        check(&folder.path().join("none.db")),
        Err(BackupError::Source(_))
    ));
    assert!(matches!(
        check(folder.path()),
        Err(BackupError::Source(OpenError::NotAFile(_)))
    ));
}

#[tokio::test]
async fn rows_that_refer_to_nothing_are_counted_and_copied() {
    let (folder, path) = folder();
    let database = Database::open(&path).await.expect("opened");
    let steps: &[&str] = &["CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id));"];
    database.migrate("orphans", steps).await.expect("migrated");
    let careless = Connection::open(&path).expect("opened");
    careless
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO b VALUES (7), (8)")
        .expect("stored");
    let contents = copied(&path, &folder.path().join("copy.db")).expect("copied");
    assert_eq!((contents.orphans, contents.tables["b"]), (2, 2));
}

#[tokio::test]
async fn a_database_is_copied_before_tables_that_are_there_are_changed_and_not_when_they_are_made() {
    const MORE: &[&str] = &[
        NUMBERS[0],
        "ALTER TABLE numbers ADD COLUMN name TEXT",
        "DELETE FROM numbers",
    ];
    let (folder, path) = folder();
    let copies = || files(folder.path());
    let database = numbers(&path).await;
    let one = |tx: &Connection| tx.execute("INSERT INTO numbers (number, worker) VALUES (1, 1)", []);
    database.write(one).await.expect("stored");
    database
        .migrate("others", &["CREATE TABLE others (id INTEGER)"])
        .await
        .expect("migrated");
    database.migrate("numbers", NUMBERS).await.expect("nothing to do");
    assert_eq!(copies(), ["app.db"], "nothing that was there is changed");
    database.migrate("numbers", MORE).await.expect("migrated");
    assert_eq!(copies(), ["app.db", "app.db.before-3"], "one copy for all steps");
    let copy = folder.path().join("app.db.before-3");
    assert_eq!(check(&copy).expect("whole").tables["numbers"], 1);
    // A step that fails is undone, and the next attempt makes its copy anew.
    const BROKEN: &[&str] = &[MORE[0], MORE[1], MORE[2], "DROP TABLE none"];
    for _ in 0..2 {
        database.migrate("numbers", BROKEN).await.expect_err("it fails");
    }
    assert_eq!(copies(), ["app.db", "app.db.before-3", "app.db.before-5"]);
    // Where no copy can be made, nothing is changed.
    let in_the_way = folder.path().join("app.db.before-5");
    std::fs::remove_file(&in_the_way).expect("removed");
    std::fs::create_dir(&in_the_way).expect("made");
    std::fs::write(in_the_way.join("x"), "").expect("written");
    const LAST: &[&str] = &[MORE[0], MORE[1], MORE[2], "DROP TABLE numbers"];
    let error = database.migrate("numbers", LAST).await.expect_err("no copy");
    assert!(error.to_string().contains("was not begun"), "{error}");
    let there = database.read(|db| db.query_row("SELECT count(*) FROM numbers", [], |row| row.get::<_, i64>(0)));
    assert_eq!(there.expect("still there"), 0);
}
