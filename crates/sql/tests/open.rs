//! What can be wrong with a file, each with its own error, and how tables are brought up to date.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use portcullis_core::{Account, AccountStore, StoreError, UserStore};
use portcullis_sql::rusqlite::Connection;
use portcullis_sql::{Database, MigrateError, OpenError, SqliteOptions, SqliteUsers};
use tempfile::{TempDir, tempdir};

fn folder() -> TempDir {
    tempdir().expect("a temporary folder")
}

fn impatient() -> SqliteOptions {
    let mut options = SqliteOptions::default();
    options.busy_timeout = Duration::from_millis(100);
    options
}

/// Opens, closes, and gives the file to a plain connection.
async fn made(path: &Path) -> Connection {
    let users = SqliteUsers::open(path).await.expect("opens");
    users.insert(&Account::new("johndoe")).await.expect("stored");
    users.close().await;
    Connection::open(path).expect("SQLite opens it")
}

async fn refused(path: &Path) -> OpenError {
    SqliteUsers::open_with(path, impatient()).await.expect_err("refused")
}

#[tokio::test]
async fn a_missing_folder_is_named_and_not_made() {
    let folder = folder();
    let path = folder.path().join("none").join("app.db");
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::NoFolder(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("app.db does not exist, or its folder: look at the name, or make the folder first"),
        "{error}"
    );
    assert!(!folder.path().join("none").exists());
}

#[tokio::test]
async fn a_folder_is_not_a_database() {
    let folder = folder();
    let error = refused(folder.path()).await;
    assert!(matches!(error, OpenError::NotAFile(_)), "{error:?}");
}

#[tokio::test]
async fn another_kind_of_file_is_refused_and_left_as_it_was() {
    let folder = folder();
    let path = folder.path().join("letter.txt");
    let text = "Dear Sir or Madam, ".repeat(1000);
    fs::write(&path, &text).expect("written");
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert!(error.to_string().contains("is not an SQLite database"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("still there"), text);
}

#[tokio::test]
async fn a_damaged_database_is_called_damaged() {
    let folder = folder();
    let path = folder.path().join("app.db");
    drop(made(&path).await);
    let mut bytes = fs::read(&path).expect("read");
    // The header stays, the schema behind it does not.
    bytes[100..1000].fill(0xa5);
    fs::write(&path, bytes).expect("written");
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("bring back a copy"), "{error}");
}

#[tokio::test]
async fn a_file_that_another_program_keeps_locked_is_called_locked() {
    let folder = folder();
    let path = folder.path().join("app.db");
    let other = Connection::open(&path).expect("opens");
    other
        .execute_batch("CREATE TABLE own (x); BEGIN EXCLUSIVE")
        .expect("locked");
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::Locked(_)), "{error:?}");
    assert!(error.to_string().contains("locked by another program"), "{error}");
    other.execute_batch("COMMIT").expect("unlocked");
    SqliteUsers::open_with(&path, impatient())
        .await
        .expect("opens now")
        .close()
        .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_with_both_numbers() {
    let folder = folder();
    let path = folder.path().join("app.db");
    let made = made(&path).await;
    made.execute("INSERT INTO portcullis_migrations VALUES ('portcullis', 99, 'x')", [])
        .expect("stored");
    let error = refused(&path).await;
    let OpenError::Migrate(_, MigrateError::Newer { found: 99, known, .. }) = &error else {
        panic!("{error:?}");
    };
    let numbers = format!("newer version (step 99, known here up to {known})");
    assert!(*known < 99 && error.to_string().contains(&numbers), "{error}");
}

#[tokio::test]
async fn a_step_that_was_changed_since_is_refused() {
    let folder = folder();
    let path = folder.path().join("app.db");
    let made = made(&path).await;
    made.execute("UPDATE portcullis_migrations SET sha256 = 'other'", [])
        .expect("stored");
    let error = refused(&path).await;
    assert!(
        matches!(&error, OpenError::Migrate(_, MigrateError::Changed { step: 1, .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_behind_and_is_named() {
    let database = Database::temporary().await.expect("opens");
    let steps = &[
        "CREATE TABLE items (name TEXT) STRICT",
        "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)",
    ];
    let error = database.migrate("items", steps).await.expect_err("refused");
    assert!(
        matches!(&error, OpenError::Migrate(_, MigrateError::Failed { step: 2, .. })),
        "{error:?}"
    );
    assert!(
        error
            .source()
            .is_some_and(|cause| cause.to_string().contains("nowhere")),
        "{error:?}"
    );
    let tables =
        "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name)";
    let tables: String = database
        .read(|db| db.query_row(tables, [], |row| row.get(0)))
        .expect("read");
    assert_eq!(tables, "items portcullis_migrations");
}

#[tokio::test]
async fn later_steps_are_added_to_what_is_there_and_earlier_programs_are_refused() {
    let folder = folder();
    let path = folder.path().join("app.db");
    const OLD: &[&str] = &["CREATE TABLE items (name TEXT) STRICT"];
    const NEW: &[&str] = &[
        OLD[0],
        "ALTER TABLE items ADD COLUMN owner TEXT",
        "UPDATE items SET owner = 'johndoe'",
    ];
    let database = Database::open(&path).await.expect("opens");
    database.migrate("items", OLD).await.expect("made");
    database
        .write(|tx| tx.execute("INSERT INTO items VALUES ('Foo')", []))
        .await
        .expect("stored");
    database.close().await;

    let database = Database::open(&path).await.expect("opens");
    for _ in 0..2 {
        database.migrate("items", NEW).await.expect("brought up to date");
    }
    let owner = |db: &Connection| db.query_row("SELECT owner FROM items WHERE name = 'Foo'", [], |row| row.get(0));
    assert_eq!(database.read::<String>(owner).expect("read"), "johndoe");
    let error = database.migrate("items", OLD).await.expect_err("refused");
    assert!(
        matches!(
            error,
            OpenError::Migrate(_, MigrateError::Newer { found: 3, known: 1, .. })
        ),
        "{error:?}"
    );
    // Another name has numbers of its own.
    database
        .migrate("cars", &["CREATE TABLE cars (name TEXT) STRICT"])
        .await
        .expect("made");
}

#[tokio::test]
async fn tables_of_the_application_stay_as_they_are() {
    let folder = folder();
    let path = folder.path().join("own.db");
    let own = Connection::open(&path).expect("opens");
    own.execute_batch(
        "PRAGMA user_version = 7; PRAGMA application_id = 77; CREATE TABLE users (x); INSERT INTO users VALUES (42)",
    )
    .expect("made");
    drop(own);
    let after = made(&path).await;
    let kept = "SELECT x, (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id) FROM users";
    let kept: (i64, i64, i64) = after
        .query_row(kept, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("read");
    assert_eq!(kept, (42, 7, 77));
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = folder();
    let path = folder.path().join("app.db");
    fs::write(&path, "").expect("made");
    SqliteUsers::open(&path).await.expect("opens").ping().expect("answers");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_database_and_its_log_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("app.db");
    let users = SqliteUsers::open(&path).await.expect("opens");
    users.insert(&Account::new("johndoe")).await.expect("stored");
    for name in ["app.db", "app.db-wal", "app.db-shm"] {
        let mode = fs::metadata(folder.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn after_closing_the_file_stands_alone_and_every_clone_refuses() {
    let folder = folder();
    let path = folder.path().join("app.db");
    let users = SqliteUsers::open(&path).await.expect("opens");
    let clone = users.clone();
    users.insert(&Account::new("johndoe")).await.expect("stored");
    assert!(users.by_login("johndoe").await.expect("read").is_some());
    users.close().await;
    clone.close().await;
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["app.db"]);
    assert!(matches!(
        clone.by_login("johndoe").await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(clone.count().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(
        clone.insert(&Account::new("alice")).await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(clone.ping(), Err(StoreError::Unavailable(_))));
    let again = SqliteUsers::open(&path).await.expect("opens again");
    assert_eq!(again.count().await.expect("counted"), 1);
}

#[tokio::test]
async fn a_temporary_database_takes_its_folder_with_it() {
    let users = SqliteUsers::temporary().await.expect("opens");
    let path = users.path().to_path_buf();
    users.insert(&Account::new("johndoe")).await.expect("stored");
    assert!(path.exists());
    drop(users);
    assert!(!path.parent().expect("a folder").exists());
}

#[tokio::test]
async fn a_row_that_is_no_account_is_corrupt_and_no_guess() {
    let users = SqliteUsers::temporary().await.expect("opens");
    let break_it =
        "INSERT INTO portcullis_accounts (id, username, disabled, scopes, token_epoch) VALUES ('x', 'x', 0, 'a\"b', 0)";
    users
        .database()
        .write(move |tx| tx.execute(break_it, []))
        .await
        .expect("stored");
    assert!(matches!(users.by_login("x").await, Err(StoreError::Corrupt(_))));
    assert!(matches!(users.list(None, 10).await, Err(StoreError::Corrupt(_))));
    let epoch = Account::new("y").with_token_epoch(u64::MAX);
    assert!(matches!(users.insert(&epoch).await, Err(StoreError::Corrupt(_))));
    assert_eq!(users.count().await.expect("counted"), 1);
}

#[tokio::test]
async fn versions_live_side_by_side_until_what_only_the_older_one_needs_is_taken_away() {
    let folder = folder();
    let path = folder.path().join("app.db");
    const FIRST: &[&str] = &["CREATE TABLE items (name TEXT, old TEXT) STRICT"];
    const SECOND: &[&str] = &[FIRST[0], "-- expand\nALTER TABLE items ADD COLUMN new TEXT"];
    const THIRD: &[&str] = &[
        SECOND[0],
        SECOND[1],
        "-- contract: floor 2\nALTER TABLE items DROP COLUMN old",
        "-- expand\nCREATE INDEX items_name ON items (name)",
    ];
    let columns = |database: &Database| {
        let read = |db: &Connection| {
            let sql = "SELECT group_concat(name, ' ') FROM pragma_table_info('items')";
            db.query_row(sql, [], |row| row.get::<_, String>(0))
        };
        database.read(read).expect("read")
    };
    let database = Database::open(&path).await.expect("opens");
    database.migrate("items", FIRST).await.expect("made");
    for _ in 0..2 {
        database.migrate("items", THIRD).await.expect("brought up to date");
        assert_eq!(columns(&database), "name old new", "nothing is taken away unasked");
    }
    for older in [FIRST, SECOND] {
        database
            .migrate("items", older)
            .await
            .expect("it lives with what came to it");
    }
    let mut options = SqliteOptions::default();
    options.contract = true;
    let contracting = Database::open_with(&path, options).await.expect("opens");
    for _ in 0..2 {
        contracting.migrate("items", THIRD).await.expect("taken away");
        assert_eq!(columns(&database), "name new");
    }
    database
        .migrate("items", SECOND)
        .await
        .expect("it knows the second step");
    let error = database.migrate("items", FIRST).await.expect_err("refused");
    assert!(
        matches!(
            error,
            OpenError::Migrate(_, MigrateError::Newer { found: 4, known: 1, .. })
        ),
        "{error:?}"
    );
}
