//! How a node holds on to PostgreSQL: how many links it has, and what becomes of a call whose link is lost.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{
    Account, AccountStore as _, Clock as _, FamilyId, HashString, SessionStore as _, StoreError, User as _, UserId,
    UserStore as _,
};
use portcullis_sql::{PostgresDatabase, PostgresOptions, PostgresSessions, PostgresUsers};

use crate::own_tables::{fresh, run};
use crate::psql::{Session, ask};
use crate::relay::{Relay, Way};

/// Nobody reads or writes accounts.
const LOCKED: &str = "BEGIN; LOCK TABLE portcullis_accounts IN ACCESS EXCLUSIVE MODE";

/// What ends every link but our own client's.
const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'portcullis'";

/// How many links there are to this database, and how many of them wait for a lock.
fn links(url: &str) -> (u32, u32) {
    let sql = "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'portcullis'";
    let counts = ask(url, sql);
    let (all, waiting) = counts.split_once('|').expect("two");
    (all.parse().expect("a number"), waiting.parse().expect("a number"))
}

/// A moment, in which other tasks get on.
async fn moment() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// The URL, through a relay.
fn through(url: &str) -> (String, Relay) {
    let (before, rest) = url.rsplit_once(':').expect("a port");
    let (port, name) = rest.split_once('/').expect("a name");
    let relay = Relay::to(port.parse().expect("a port"));
    (format!("{before}:{}/{name}", relay.port), relay)
}

fn is_away<T>(done: &Result<T, StoreError>) -> bool {
    matches!(done, Err(StoreError::Unavailable(_)))
}

/// Anna, whose hash is `a`.
async fn anna(users: &PostgresUsers) -> UserId {
    let account = Account::new("anna").with_password_hash(HashString::new("a"));
    users.insert(&account).await.expect("stored");
    account.id()
}

async fn swap(users: &PostgresUsers, id: &UserId, seen: &str, new: &str) -> Result<bool, StoreError> {
    users.swap_hash(id, &HashString::new(seen), &HashString::new(new)).await
}

#[tokio::test]
async fn a_node_has_a_dozen_links_however_many_wait_and_those_that_were_given_up_count() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    let anna = anna(&users).await;
    let locked = Session::after(&url, LOCKED);
    for _ in 0..2 {
        let swaps: Vec<_> = (0..30)
            .map(|_| {
                let (users, anna) = (users.clone(), anna.clone());
                tokio::spawn(async move { swap(&users, &anna, "b", "c").await })
            })
            .collect();
        let looks: Vec<_> = (0..30)
            .map(|_| {
                let users = users.clone();
                tokio::spawn(async move { users.by_login("anna").await })
            })
            .collect();
        for swap in swaps {
            assert!(is_away(&swap.await.expect("no panic")));
        }
        for look in looks {
            assert!(is_away(&look.await.expect("no panic")));
        }
        let (all, waiting) = links(&url);
        // Beside those of which no answer came, which count too, as many may look again.
        assert!(waiting >= 7 && all <= 12 + 2, "{all} links, {waiting} of them wait");
    }
    // The database's clock is read all the same.
    let read = "SELECT max(state_change) FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'portcullis' AND query LIKE '%clock_timestamp%'";
    let before = ask(&url, read);
    while ask(&url, read) == before {
        moment().await;
    }
    drop(locked);
    assert!(!swap(&users, &anna, "b", "c").await.expect("the lane is free again"));
    assert!(users.by_login("anna").await.expect("read").is_some());
}

/// `VACUUM FULL`, `ALTER TABLE`, `REINDEX` take such a lock, for minutes.
#[tokio::test]
async fn a_table_that_somebody_has_locked_holds_up_no_guard() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    let sessions = PostgresSessions::on(users.database().clone()).await.expect("opens");
    let anna = anna(&users).await;
    let locked = Session::after(
        &url,
        "BEGIN; LOCK TABLE portcullis_refresh_families IN ACCESS EXCLUSIVE MODE",
    );
    let family = FamilyId::from_bytes([7; 16]);
    let looks: Vec<_> = (0..8)
        .map(|_| {
            let sessions = sessions.clone();
            tokio::spawn(async move { sessions.family(family).await })
        })
        .collect();
    while links(&url).1 == 0 {
        moment().await;
    }
    for _ in 0..100 {
        assert!(users.by_id(&anna).await.expect("found").is_some());
    }
    for look in looks {
        assert!(is_away(&look.await.expect("no panic")));
    }
    // Nor do such looks hold up one another for ever, or other tables.
    assert!(users.by_username("anna").await.expect("read").is_some());
    drop(locked);
    assert!(sessions.family(family).await.expect("read").is_none());
}

#[tokio::test]
async fn a_call_whose_link_was_ended_is_asked_again_where_nothing_was_carried_out() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    let anna = anna(&users).await;
    let (near, relay) = through(&url);
    let cut = PostgresUsers::open(&near).await.expect("opens");
    for round in 0..3 {
        relay.cut_at("anna", round == 1);
        assert!(cut.by_login("anna").await.expect("asked again").is_some());
        assert!(relay.was_cut());
        let locked = Session::after(&url, LOCKED);
        let act = tokio::spawn({
            let (users, account) = (users.clone(), Account::new(format!("bert{round}")));
            async move { users.insert(&account).await }
        });
        let write = tokio::spawn({
            let (users, anna, seen, new) = (users.clone(), anna.clone(), round.to_string(), (round + 1).to_string());
            async move { swap(&users, &anna, if round == 0 { "a" } else { &seen }, &new).await }
        });
        while links(&url).1 < 2 {
            moment().await;
        }
        run(&url, END);
        drop(locked);
        act.await.expect("no panic").expect("begun anew");
        assert!(write.await.expect("no panic").expect("asked again"));
    }
    assert_eq!(users.count().await.expect("read"), 4);
}

#[tokio::test]
async fn a_commit_that_was_cut_is_not_begun_anew_and_whoever_asks_again_finds_out() {
    let Some(url) = fresh("") else { return };
    let (near, relay) = through(&url);
    let users = PostgresUsers::open(&near).await.expect("opens");
    let anna = anna(&users).await;
    let (bert, cora) = (Account::new("bert"), Account::new("cora"));
    relay.cut_at("BEGIN", true);
    users
        .insert(&bert)
        .await
        .expect("nothing was begun, so it is begun anew");
    relay.cut_at("COMMIT", false);
    assert!(
        is_away(&users.insert(&cora).await),
        "whether it arrived is not known here"
    );
    assert!(relay.was_cut());
    assert!(users.by_login("cora").await.expect("read").is_none());
    users.insert(&cora).await.expect("asked again");
    let dora = Account::new("dora");
    relay.cut_at("COMMIT", true);
    assert!(is_away(&users.insert(&dora).await));
    while users.by_login("dora").await.expect("read").is_none() {
        moment().await;
    }
    let again = users.insert(&dora).await;
    assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");

    // A statement that compares and swaps, and holds by itself.
    assert!(swap(&users, &anna, "a", "b").await.expect("written"));
    relay.cut_at("not-arrived", false);
    assert!(is_away(&swap(&users, &anna, "b", "not-arrived").await));
    assert!(swap(&users, &anna, "b", "c").await.expect("nothing was written"));
    relay.cut_at("arrived", true);
    assert!(is_away(&swap(&users, &anna, "c", "arrived").await));
    while !swap(&users, &anna, "arrived", "d").await.expect("written") {
        moment().await;
    }
    assert!(!swap(&users, &anna, "c", "e").await.expect("nobody's any more"));
}

#[tokio::test]
async fn while_the_database_is_away_it_is_said_at_once_and_then_it_is_found_again() {
    let Some(url) = fresh("") else { return };
    let (near, relay) = through(&url);
    let users = PostgresUsers::open(&near).await.expect("opens");
    let anna = anna(&users).await;
    relay.set(Way::Refused);
    relay.cut();
    while links(&url).0 > 0 {
        moment().await;
    }
    let before = relay.accepted();
    for _ in 0..200 {
        assert!(is_away(&users.by_login("anna").await));
        assert!(is_away(&swap(&users, &anna, "a", "b").await));
    }
    let tried = relay.accepted() - before;
    assert!((1..200).contains(&tried), "{tried} attempts for 400 calls");
    relay.set(Way::Open);
    while users.by_login("anna").await.is_err() {
        moment().await;
    }
    assert!(swap(&users, &anna, "a", "b").await.expect("written"));
}

#[tokio::test]
async fn a_black_hole_among_the_hosts() {
    let Some(url) = fresh("") else { return };
    let (before, rest) = url.rsplit_once(':').expect("a port");
    let (port, name) = rest.split_once('/').expect("a name");
    let hole = Relay::to(port.parse().expect("a port"));
    hole.set(Way::Stalled);
    let hosts = format!("{before}:{},127.0.0.1:{port}/{name}", hole.port);
    let users = PostgresUsers::open(&hosts).await.expect("the other one speaks");
    users.insert(&Account::new("anna")).await.expect("stored");
    while hole.accepted() < 2 {
        moment().await;
    }
    let alone = format!("{before}:{}/{name}", hole.port);
    let error = PostgresUsers::open(&alone).await.expect_err("it says nothing");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_host_that_lets_nobody_write_is_not_the_one() {
    let Some(url) = fresh("") else { return };
    let Some(other) = fresh("") else { return };
    let name = |url: &str| url.rsplit('/').next().expect("a name").to_owned();
    run(
        &other,
        &format!("ALTER DATABASE {} SET default_transaction_read_only = on", name(&other)),
    );
    let error = PostgresUsers::open(&other).await.expect_err("refused");
    assert!(error.to_string().contains("lets nobody write"), "{error}");
    run(&url, "CREATE TABLE here (n INT)");
}

#[tokio::test]
async fn a_node_whose_own_time_is_another_reads_the_databases_clock() {
    let Some(url) = fresh("") else { return };
    // Half of what an answer may take, and what clocks part in between.
    const APART: u128 = 300;
    let there = || -> u128 {
        let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        ask(&url, now).parse().expect("a number")
    };
    for minutes in [0, 10, 60 * 24 * 365 * 50] {
        let begun = std::time::Instant::now();
        let mut options = PostgresOptions::default();
        options.monotonic = Arc::new(move || begun.elapsed() + Duration::from_secs(60 * minutes));
        let database = PostgresDatabase::open_with(&url, options).await.expect("opens");
        let clock = database.clock();
        for _ in 0..3 {
            let (before, now, after) = (there(), clock.now().as_millis(), there());
            assert!(
                (before - APART..=after + APART).contains(&now),
                "{before} {now} {after}"
            );
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}
