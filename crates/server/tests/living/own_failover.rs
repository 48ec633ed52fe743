//! What becomes of a node when its PostgreSQL server crashes, is replaced, or waits for a standby.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portcullis_core::{Account, AccountStore as _, HashString, StoreError, User as _, UserStore as _};
use portcullis_sql::{PostgresDatabase, PostgresError, PostgresOptions, PostgresUsers, Replication};

use crate::databases::Database;
use crate::fleet::{Fleet, log_in};
use crate::psql::ask;
use crate::support::{Serving, printed_password};
use tokio::task::JoinHandle;

async fn moment() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

fn is_away<T>(done: &Result<T, StoreError>) -> bool {
    matches!(done, Err(StoreError::Unavailable(_)))
}

/// Both as hosts of one URL, the first first.
fn hosts(one: &Database, two: &Database) -> String {
    format!("postgres://app@127.0.0.1:{},127.0.0.1:{}/postgres", one.port, two.port)
}

/// From now on what is acknowledged is on a standby too.
async fn replicated(primary: &Database) {
    primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.run("SELECT pg_reload_conf()");
    while ask(
        &primary.url,
        "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
    ) != "1"
    {
        moment().await;
    }
}

/// The standby is the first from now on, and waits for nobody.
pub(crate) fn promote(standby: &Database) {
    standby.run("ALTER SYSTEM RESET synchronous_standby_names");
    standby.run("SELECT pg_reload_conf()");
    standby.run("SELECT pg_promote()");
}

/// Accounts that are added, one after the other, by several at once, until it ends.
struct Load {
    ends: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<(BTreeSet<String>, BTreeSet<String>)>>,
}

impl Load {
    fn on(users: &PostgresUsers, round: usize) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let writer = |writer: usize| {
            let (users, ends) = (users.clone(), ends.clone());
            tokio::spawn(async move {
                let (mut stored, mut refused) = (BTreeSet::new(), BTreeSet::new());
                for number in 0.. {
                    if ends.load(Ordering::SeqCst) {
                        break;
                    }
                    let name = format!("r{round}w{writer}n{number}");
                    match users.insert(&Account::new(name.as_str())).await {
                        Ok(()) => stored.insert(name),
                        Err(StoreError::Unavailable(_)) => refused.insert(name),
                        Err(error) => panic!("{error:?}"),
                    };
                    moment().await;
                }
                (stored, refused)
            })
        };
        let writers = (0..4).map(writer).collect();
        Self { ends, writers }
    }

    /// What was acknowledged.
    async fn end(self) -> BTreeSet<String> {
        self.ends.store(true, Ordering::SeqCst);
        let mut all = BTreeSet::new();
        for writer in self.writers {
            let (stored, refused) = writer.await.expect("no panic");
            assert!(!stored.is_empty(), "nothing was stored, {} were refused", refused.len());
            all.extend(stored);
        }
        all
    }
}

/// What is stored there.
pub(crate) fn stored(url: &str) -> BTreeSet<String> {
    let names = ask(url, "SELECT username FROM portcullis_accounts");
    names.lines().map(str::to_owned).collect()
}

fn rounds(few: usize, many: usize) -> usize {
    if std::env::var_os("LONG_TESTS").is_some() {
        many
    } else {
        few
    }
}

/// Until a call succeeds.
pub(crate) async fn until_it_writes(users: &PostgresUsers, name: &str) {
    for number in 0.. {
        match users.insert(&Account::new(format!("{name}{number}"))).await {
            Ok(()) => return,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
        moment().await;
    }
}

#[tokio::test]
async fn stop_immediate_under_load() {
    let Some(mut database) = Database::postgres() else {
        return;
    };
    let users = PostgresUsers::open(&database.url).await.expect("opens");
    for round in 0..rounds(2, 20) {
        let load = Load::on(&users, round);
        tokio::time::sleep(Duration::from_millis(300)).await;
        database.crash();
        assert!(is_away(&users.by_login("nobody").await));
        database.revive();
        until_it_writes(&users, &format!("r{round}again")).await;
        let acknowledged = load.end().await;
        let lost: Vec<_> = acknowledged.difference(&stored(&database.url)).cloned().collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

/// How long it takes from now until a node lets the administrator in.
fn until_it_lets_in(fleet: &Fleet, node: Serving) -> JoinHandle<(Duration, Serving)> {
    let (begun, password) = (Instant::now(), fleet.password.clone());
    tokio::task::spawn_blocking(move || {
        loop {
            match log_in(&node, "admin", &password).status {
                200 => return (begun.elapsed(), node),
                status => assert_eq!(status, 503, "never refused"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

#[tokio::test]
async fn a_promoted_standby_has_everything() {
    let Some(mut first) = Database::postgres() else { return };
    let mut fleet = Fleet::bare(first.url.clone());
    fleet.password = printed_password(&fleet.run(&["init"]).good());
    let mut delays = Vec::new();
    for round in 0..rounds(1, 20) {
        let second = first.standby();
        replicated(&first).await;
        fleet.url = hosts(&first, &second);
        let node = fleet.serve();
        let users = PostgresUsers::open(&fleet.url).await.expect("opens");
        let load = Load::on(&users, round);
        tokio::time::sleep(Duration::from_millis(300)).await;
        first.crash();
        promote(&second);
        let lets_in = until_it_lets_in(&fleet, node);
        until_it_writes(&users, &format!("r{round}again")).await;
        let acknowledged = load.end().await;
        let (delay, node) = lets_in.await.expect("no panic");
        delays.push(delay);
        drop(node);
        let lost: Vec<_> = acknowledged.difference(&stored(&second.url)).cloned().collect();
        assert!(lost.is_empty(), "{lost:?}");

        // The old one comes back as it was, and is alone for a while: nobody follows it.
        first.revive();
        first.run("ALTER SYSTEM RESET synchronous_standby_names");
        first.run("SELECT pg_reload_conf()");
        let before = stored(&first.url);
        let mut second = second;
        second.halt("INT");
        for name in ["lost1", "lost2"] {
            assert!(is_away(&users.insert(&Account::new(name)).await));
            tokio::time::sleep(Duration::from_millis(1_100)).await;
        }
        assert_eq!(stored(&first.url), before);
        second.revive();
        until_it_writes(&users, &format!("r{round}back")).await;
        first = second;
    }
    delays.sort();
    println!(
        "the first login after a promotion, of {}: min {:?}, median {:?}, max {:?}",
        delays.len(),
        delays[0],
        delays[delays.len() / 2],
        delays[delays.len() - 1]
    );
}

#[tokio::test]
async fn a_cancelled_wait_is_not_acknowledged() {
    let Some(primary) = Database::postgres() else { return };
    let mut standby = primary.standby();
    replicated(&primary).await;
    let users = PostgresUsers::open(&primary.url).await.expect("opens");
    let named = |number| Account::new(format!("c{number}")).with_password_hash(HashString::new("a"));
    let several: Vec<_> = (0..12).map(named).collect();
    for account in &several {
        users.insert(account).await.expect("both have it");
    }
    standby.halt("INT");
    let waiting = tokio::spawn({
        let users = users.clone();
        async move { users.insert(&Account::new("bert")).await }
    });
    let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    while ask(&primary.url, cancel) != "1" {
        moment().await;
    }
    let told = waiting.await.expect("no panic");
    assert!(is_away(&told), "{told:?}");
    assert!(
        users.by_login("bert").await.expect("read").is_some(),
        "the primary alone has it"
    );

    // Those that nobody cancels are parked, and answered when there is a standby again.
    let parked: Vec<_> = (0..12)
        .map(|number| {
            let (users, id) = (users.clone(), several[number].id());
            tokio::spawn(async move { users.swap_hash(&id, &HashString::new("a"), &HashString::new("b")).await })
        })
        .collect();
    for parked in parked {
        assert!(is_away(&parked.await.expect("no panic")));
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    assert_eq!(ask(&primary.url, waiting), "7", "the lane is full");
    standby.revive();
    until_it_writes(&users, "dora").await;
}

#[tokio::test]
async fn the_demoted_primary_is_left() {
    let Some(first) = Database::postgres() else { return };
    let second = first.standby();
    let users = PostgresUsers::open(&hosts(&first, &second)).await.expect("opens");
    for number in 0..9 {
        users.insert(&Account::new(format!("a{number}"))).await.expect("stored");
    }
    while stored(&second.url).len() < 9 {
        moment().await;
    }
    promote(&second);
    let undone = "SELECT xact_rollback FROM pg_stat_database WHERE datname = 'postgres'";
    let before: u32 = ask(&first.url, undone).parse().expect("a number");
    first.run("ALTER SYSTEM SET default_transaction_read_only = on");
    first.run("SELECT pg_reload_conf()");
    while ask(&first.url, "SHOW transaction_read_only") != "on" {
        moment().await;
    }
    for number in 0..9 {
        users
            .insert(&Account::new(format!("b{number}")))
            .await
            .expect("by the other one");
        let found = users.by_login(&format!("b{number}")).await.expect("read");
        assert!(found.is_some(), "nobody looks at the old one any more");
    }
    assert_eq!(stored(&first.url).len(), 9);
    assert_eq!(stored(&second.url).len(), 18);
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'portcullis'";
    while ask(&first.url, ours) != "0" {
        moment().await;
    }
    let after: u32 = ask(&first.url, undone).parse().expect("a number");
    assert!(after <= before + 1, "one write was tried there, and no second one");
}

#[tokio::test]
async fn where_a_standby_must_have_it_nothing_is_written_without_one() {
    let Some(mut first) = Database::postgres() else { return };
    let mut options = PostgresOptions::default();
    options.replicated = true;
    let refused = async |url: &str| match PostgresDatabase::open_with(url, options.clone()).await {
        Err(PostgresError::NotReplicated(found)) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&first.url).await, Replication::NoNames);
    let second = first.standby();
    replicated(&first).await;
    first.run("CREATE ROLE plain LOGIN");
    let plain = first.url.replace("app@", "plain@");
    let unseen = refused(&plain).await;
    assert!(unseen.to_string().contains("pg_monitor"), "{unseen}");
    let commits = "?options=-c%20synchronous_commit%3Dlocal";
    assert_eq!(
        refused(&format!("{}{commits}", first.url)).await,
        Replication::NotAwaited
    );

    let database = PostgresDatabase::open_with(&hosts(&first, &second), options.clone())
        .await
        .expect("opens");
    let users = PostgresUsers::on(database.clone()).await.expect("opens");
    users.insert(&Account::new("anna")).await.expect("both have it");
    first.halt("QUIT");
    promote(&second);
    while users.by_login("anna").await.is_err() {
        moment().await;
    }
    let told = users.insert(&Account::new("bert")).await;
    assert!(is_away(&told), "the promoted server has no standby: {told:?}");
    assert_eq!(stored(&second.url).len(), 1);
    assert_eq!(database.replication().await.expect("asked"), Replication::NoNames);
    let third = second.standby();
    replicated(&second).await;
    until_it_writes(&users, "cora").await;
    assert!(!stored(&third.url).is_empty());
}
