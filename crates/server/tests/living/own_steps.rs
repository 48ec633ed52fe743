//! Tables in PostgreSQL that change under several versions of a program, and what one node does for all.

use std::time::Duration;

use portcullis_core::{Account, AccountStore as _, UserStore as _};
use portcullis_sql::{
    PostgresDatabase, PostgresError, PostgresLease, PostgresOptions, PostgresSetup, PostgresUsers, SetupError,
};

use crate::own_tables::fresh;
use crate::psql::{Session, ask};

const FIRST: &[&str] = &["CREATE TABLE items (name TEXT, old TEXT)"];
const SECOND: &[&str] = &[FIRST[0], "-- expand\nALTER TABLE items ADD COLUMN new TEXT"];
const THIRD: &[&str] = &[
    SECOND[0],
    SECOND[1],
    "-- contract: floor 2\nALTER TABLE items DROP COLUMN old",
    "-- expand\nCREATE INDEX items_name ON items (name)",
];

async fn opened(url: &str, contract: bool) -> PostgresDatabase {
    let mut options = PostgresOptions::default();
    options.contract = contract;
    PostgresDatabase::open_with(url, options).await.expect("opens")
}

fn columns(url: &str) -> String {
    let sql = "SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns \
        WHERE table_name = 'items'";
    ask(url, sql)
}

#[tokio::test]
async fn versions_live_side_by_side_until_what_only_the_older_one_needs_is_taken_away() {
    let Some(url) = fresh("") else { return };
    let database = opened(&url, false).await;
    database.migrate("items", FIRST).await.expect("made");
    for _ in 0..2 {
        database.migrate("items", THIRD).await.expect("brought up to date");
        assert_eq!(columns(&url), "name new old", "nothing is taken away unasked");
    }
    for older in [FIRST, SECOND] {
        database
            .migrate("items", older)
            .await
            .expect("it lives with what came to it");
    }
    for _ in 0..2 {
        opened(&url, true)
            .await
            .migrate("items", THIRD)
            .await
            .expect("taken away");
        assert_eq!(columns(&url), "name new");
    }
    database
        .migrate("items", SECOND)
        .await
        .expect("it knows the second step");
    let error = database.migrate("items", FIRST).await.expect_err("refused");
    assert!(
        matches!(error, PostgresError::Newer { found: 4, known: 1, .. }),
        "{error:?}"
    );
    let unmarked = [
        SECOND[0],
        SECOND[1],
        THIRD[2],
        THIRD[3],
        "ALTER TABLE items ADD COLUMN more TEXT",
    ];
    database.migrate("items", &unmarked).await.expect("carried out");
    let error = database.migrate("items", THIRD).await.expect_err("refused");
    assert!(
        matches!(error, PostgresError::Newer { found: 5, known: 4, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn migrating_beside_a_long_reader() {
    let Some(url) = fresh("") else { return };
    let database = opened(&url, false).await;
    database.migrate("items", FIRST).await.expect("made");
    let reader = Session::after(&url, "BEGIN; SELECT count(*) FROM items");
    let migrated = tokio::spawn(async move { database.migrate("items", SECOND).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'items'::regclass";
    for _ in 0..2 {
        while ask(&url, waits) == "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Whoever comes after who waits gets through as soon as that one has waited for long enough.
        assert_eq!(
            ask(&url, "SET statement_timeout = '60s'; SELECT count(*) FROM items"),
            "0"
        );
    }
    assert_eq!(columns(&url), "name old");
    drop(reader);
    migrated.await.expect("no panic").expect("carried out");
    assert_eq!(columns(&url), "name new old");
}

#[tokio::test]
async fn one_node_holds_a_lease_until_it_gives_it_up_or_dies() {
    let Some(url) = fresh("") else { return };
    let lease = async |name, lasts| {
        let database = opened(&url, false).await;
        PostgresLease::on(database, name, Duration::from_secs(lasts))
            .await
            .expect("made")
    };
    let (one, two) = (lease("janitor", 600).await, lease("janitor", 600).await);
    assert_eq!(one.hold().await.expect("asked"), Some(1));
    assert_eq!(two.hold().await.expect("asked"), None);
    assert_eq!(
        lease("sealer", 600).await.hold().await.expect("asked"),
        Some(1),
        "another lease"
    );
    assert_eq!(one.hold().await.expect("asked"), Some(1), "kept");
    two.give_up().await.expect("nothing of its own");
    assert_eq!(two.hold().await.expect("asked"), None);
    one.give_up().await.expect("given up");
    assert_eq!(two.hold().await.expect("asked"), Some(2));
    assert_eq!(one.hold().await.expect("asked"), None);
    // It died, and its time has come.
    crate::own_tables::run(
        &url,
        "UPDATE portcullis_leases SET until = until - 600000 WHERE name = 'janitor'",
    );
    assert_eq!(one.hold().await.expect("asked"), Some(3));
    let many: Vec<_> = (0..8).map(|_| lease("busy", 600)).collect();
    let mut held = 0;
    for lease in many {
        let lease = lease.await;
        held += usize::from(lease.hold().await.expect("asked").is_some());
    }
    assert_eq!(held, 1);
}

#[tokio::test]
async fn a_setup_that_was_killed_is_taken_over_but_not_from_those_who_have_users_there_by_now() {
    let Some(url) = fresh("") else { return };
    let database = PostgresDatabase::open(&url).await.expect("opens");
    drop(PostgresSetup::begin(database.clone()).await.expect("nobody was first"));
    let users = PostgresUsers::on(database.clone()).await.expect("migrated");
    users.insert(&Account::new("administrator")).await.expect("added");
    let long_ago = "UPDATE portcullis_setup SET begun = 0";
    ask(&url, long_ago);
    drop(PostgresSetup::begin(database.clone()).await.expect("it was killed"));
    assert_eq!(users.by_login("administrator").await.expect("read"), None);
    for name in ["alice", "bob"] {
        users.insert(&Account::new(name)).await.expect("added");
    }
    ask(&url, long_ago);
    let refused = PostgresSetup::begin(database).await;
    assert!(matches!(refused, Err(SetupError::Used)), "{refused:?}");
    assert!(users.by_login("alice").await.expect("read").is_some());
}
