//! Which servers are at work on one PostgreSQL database, and what waits for older ones.

use std::time::Duration;

use portcullis_sql::{PostgresDatabase, PostgresError, PostgresNode, PostgresNodes, PostgresOptions};

use serde_json::{Value, json};

use crate::databases::Database;
use crate::fleet::{Fleet, until};
use crate::own_tables::{fresh, run};
use crate::psql::{Session, ask};
use crate::support::{Serving, finish};
use crate::wrong_clock::wrong_clock;

const OLD: &[&str] = &["CREATE TABLE items (name TEXT, old TEXT)"];
const NEW: &[&str] = &[
    OLD[0],
    "-- expand\nALTER TABLE items ADD COLUMN new TEXT",
    "-- contract: floor 2\nALTER TABLE items DROP COLUMN old",
];

async fn opened(url: &str, contract: bool) -> PostgresDatabase {
    let mut options = PostgresOptions::default();
    options.contract = contract;
    PostgresDatabase::open_with(url, options).await.expect("opens")
}

/// A server that knows these steps, and has said that it is at work.
async fn node(url: &str, host: &str, steps: &[&str]) -> PostgresNodes {
    let database = opened(url, false).await;
    if !steps.is_empty() {
        database.migrate("items", steps).await.expect("brought up to date");
    }
    let node = PostgresNodes::on(database, host, "0.1.0").await.expect("opens");
    let newer = node.tell().await.expect("told");
    assert!(newer.is_none(), "{newer:?}");
    node
}

async fn contract(url: &str) -> Result<(), PostgresError> {
    opened(url, true).await.migrate("items", NEW).await
}

/// Which servers a step waits for.
fn behind(done: Result<(), PostgresError>) -> Vec<String> {
    match done {
        Err(PostgresError::Behind {
            name,
            step,
            floor,
            nodes,
        }) => {
            assert_eq!((name, step, floor), ("items", 3, 2));
            nodes.into_iter().map(|node| node.host).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn hosts(url: &str) -> Vec<String> {
    let nodes = PostgresNodes::all(&opened(url, false).await).await.expect("read");
    nodes.into_iter().map(|node| node.host).collect()
}

#[tokio::test]
async fn what_older_servers_do_not_live_with_waits_until_none_of_them_is_at_work() {
    let Some(url) = fresh("") else { return };
    assert!(hosts(&url).await.is_empty());
    let (old, new) = (node(&url, "old", OLD).await, node(&url, "new", NEW).await);
    let _other = node(&url, "other", &[]).await;
    let refused = contract(&url).await;
    let told = refused.as_ref().expect_err("refused").to_string();
    assert!(told.contains("old (version 0.1.0, knows step 1, seen "), "{told}");
    assert_eq!(behind(refused), ["old"]);
    let columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'items'";
    assert_eq!(ask(&url, columns), "3", "nothing was taken away");
    old.leave().await.expect("told");
    contract(&url).await.expect("taken away");
    assert_eq!(ask(&url, columns), "2");
    assert!(new.tell().await.expect("told").is_none());
    // It had been stopped, and goes on.
    let newer = old.tell().await.expect("told");
    assert!(
        matches!(
            newer,
            Some(PostgresError::Newer {
                name: "items",
                found: 3,
                known: 1
            })
        ),
        "{newer:?}"
    );
}

#[tokio::test]
async fn a_server_that_was_killed_counts_for_a_minute_and_is_forgotten_after_a_day() {
    let Some(url) = fresh("") else { return };
    let (old, other) = (node(&url, "old", OLD).await, node(&url, "other", NEW).await);
    let silent = |seconds: u32| {
        run(
            &url,
            &format!("UPDATE portcullis_nodes SET seen = seen - {seconds} * 1000 WHERE host = 'old'"),
        )
    };
    silent(30);
    assert_eq!(behind(contract(&url).await), ["old"]);
    old.tell().await.expect("told");
    silent(40);
    assert_eq!(behind(contract(&url).await), ["old"], "it was heard of since");
    silent(30);
    contract(&url).await.expect("taken away");
    assert_eq!(hosts(&url).await, ["old", "other"]);
    silent(86_400);
    other.tell().await.expect("told");
    assert_eq!(hosts(&url).await, ["other"]);
    // A database whose clock was set back has heard of it in the future.
    run(&url, "UPDATE portcullis_nodes SET seen = seen + 3600000");
    let nodes = PostgresNodes::all(&opened(&url, false).await).await.expect("read");
    assert!(nodes.iter().all(PostgresNode::is_at_work), "{nodes:?}");
}

#[tokio::test]
async fn who_begins_while_a_step_is_carried_out_waits_and_then_knows_it() {
    let Some(url) = fresh("") else { return };
    let old = node(&url, "old", OLD).await;
    old.leave().await.expect("told");
    node(&url, "new", NEW).await;
    let mut step = Session::after(&url, "BEGIN; LOCK TABLE portcullis_nodes IN SHARE MODE");
    step.ask("INSERT INTO portcullis_migrations VALUES ('items', 3, 'x'); INSERT INTO portcullis_floors VALUES ('items', 3, 2)");
    let begun = tokio::spawn(async move {
        loop {
            // That it took too long is no answer.
            if let Ok(newer) = old.tell().await {
                return newer;
            }
        }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'portcullis_nodes'::regclass";
    while ask(&url, waits) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    step.ask("COMMIT");
    let newer = begun.await.expect("no panic");
    assert!(matches!(newer, Some(PostgresError::Newer { .. })), "{newer:?}");
}

#[tokio::test]
async fn who_begins_while_a_step_waits_for_its_table_is_waited_for() {
    let Some(url) = fresh("") else { return };
    let old = node(&url, "old", OLD).await;
    old.leave().await.expect("told");
    node(&url, "new", NEW).await;
    let reader = Session::after(&url, "BEGIN; SELECT count(*) FROM items");
    let waiting = tokio::spawn({
        let url = url.clone();
        async move { contract(&url).await }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'items'::regclass";
    while ask(&url, waits) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while old.tell().await.is_err() {}
    assert_eq!(behind(waiting.await.expect("no panic")), ["old"]);
    drop(reader);
}

/// What stands for the steps of a table of ours in a newer version, whose first step is the one that was carried out.
const NEWER: &[&str] = &["SELECT 1", "-- expand\nSELECT 2", "-- contract: floor 2\nSELECT 3"];

async fn contract_ours(url: &str) -> Result<(), PostgresError> {
    opened(url, true).await.migrate("portcullis_throttle", NEWER).await
}

#[tokio::test]
async fn a_step_waits_for_real_servers_and_one_that_is_too_old_ends_and_does_not_start() {
    let Some(fleet) = Fleet::new() else { return };
    let url = &fleet.url;
    let servers = [fleet.serve(), fleet.serve()];
    for server in &servers {
        until(|| server.get("/health/live", "").status == 200);
    }
    let digest = "portcullis_migrations WHERE name = 'portcullis_throttle' AND step = 1";
    let was = ask(url, &format!("SELECT sha256 FROM {digest}"));
    let is = |sha256: &str| {
        let change = digest.replace(" WHERE", &format!(" SET sha256 = {sha256} WHERE"));
        run(url, &format!("UPDATE {change}"));
    };
    let refused = async || {
        is("encode(sha256('SELECT 1'), 'hex')");
        let done = contract_ours(url).await;
        is(&format!("'{was}'"));
        match done {
            Err(PostgresError::Behind { nodes, .. }) => nodes,
            Ok(()) => Vec::new(),
            other => panic!("{other:?}"),
        }
    };
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
    let nodes = refused().await;
    let is_ours = |node: &PostgresNode| node.host == host.trim() && node.version == env!("CARGO_PKG_VERSION");
    assert!(nodes.len() == 2 && nodes.iter().all(is_ours), "{nodes:?}");
    let [one, two] = servers;
    one.signal("TERM");
    assert_eq!(one.wait(), Some(0));
    assert_eq!(
        refused().await.len(),
        1,
        "who ends takes its row away; who only gives commands has none"
    );
    fleet.run(&["user", "list"]).good();
    assert_eq!(hosts(url).await.len(), 1);
    // It hangs for longer than a minute, and goes on.
    two.signal("STOP");
    run(url, "UPDATE portcullis_nodes SET seen = seen - 61000");
    assert!(refused().await.is_empty());
    two.signal("CONT");
    assert_eq!(two.wait(), Some(1));
    assert!(hosts(url).await.is_empty());
    let error = fleet.run(&["serve", "--listen", "127.0.0.1:0"]).bad(1);
    assert!(error.contains("newer version"), "{error}");
}

#[test]
fn a_server_whose_clock_is_wrong_is_neither_lost_nor_kept() {
    let Some(fleet) = Fleet::new() else { return };
    let servers = ["-10m", "+10m"].map(|off| {
        let mut command = fleet.command(&["serve", "--listen", "127.0.0.1:0"]);
        wrong_clock(&mut command, off);
        Serving::spawn(command)
    });
    for server in &servers {
        until(|| server.get("/health/live", "").status == 200);
    }
    let off = "SELECT count(*), count(*) FILTER (WHERE abs(seen - extract(epoch FROM clock_timestamp()) * 1000) > 300000) \
        FROM portcullis_nodes";
    assert_eq!(ask(&fleet.url, off), "2|0");
}

/// What `doctor` found: question, grade, what, what mends it.
fn examined(fleet: &Fleet, durability: &str) -> Vec<[String; 4]> {
    let mut command = fleet.command(&["doctor", "--json"]);
    command.env("PORTCULLIS_DURABILITY", durability);
    let ended = finish(command, "");
    let said: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
    let all = said["findings"].as_array().expect("findings").iter();
    let text = |finding: &Value, name: &str| finding[name].as_str().expect("text").to_owned();
    all.map(|finding| ["check", "grade", "what", "remedy"].map(|name| text(finding, name)))
        .collect()
}

#[track_caller]
fn of<'a>(found: &'a [[String; 4]], check: &str) -> Vec<[&'a str; 3]> {
    let ours = found.iter().filter(|[name, ..]| name == check);
    ours.map(|[_, grade, what, remedy]| [grade.as_str(), what, remedy])
        .collect()
}

#[test]
fn doctor_shows_who_is_at_work_who_copies_the_database_and_how_it_is_set() {
    let Some(fleet) = Fleet::new() else { return };
    let found = examined(&fleet, "local");
    assert_eq!(of(&found, "nodes")[0][0], "advice", "{found:?}");
    assert!(of(&found, "node").is_empty());
    let [grade, what, remedy] = of(&found, "replication")[0];
    assert!(
        grade == "advice" && what.contains("no standby") && !remedy.is_empty(),
        "{found:?}"
    );
    let version = of(&found, "postgresql")[0][1];
    assert!(version.contains(&ask(&fleet.url, "SHOW server_version")), "{version}");
    for (check, grade, mends) in [
        ("checkpoint_timeout", "advice", "ALTER SYSTEM SET checkpoint_timeout"),
        ("wal_compression", "advice", "ALTER SYSTEM SET wal_compression"),
        ("max_wal_size", "advice", "ALTER SYSTEM SET max_wal_size"),
        ("max_connections", "good", ""),
    ] {
        let [is, _, remedy] = of(&found, check)[0];
        assert!(is == grade && remedy.starts_with(mends), "{check}: {found:?}");
    }
    // What is advised is no fault, and what the settings ask for and is not there is one.
    let found = examined(&fleet, "replicated");
    let [grade, what, _] = of(&found, "replication")[0];
    assert!(
        grade == "fault" && what.contains("synchronous_standby_names"),
        "{found:?}"
    );
    assert_eq!(of(&found, "database")[0][0], "good");
    // What three servers told, as if one were older and one had been killed a while ago.
    for _ in 0..3 {
        let server = fleet.serve();
        until(|| server.get("/health/live", "").status == 200);
    }
    let change = |what: &str, skip: u32| {
        let which = format!("(SELECT id FROM portcullis_nodes ORDER BY id LIMIT 1 OFFSET {skip})");
        run(
            &fleet.url,
            &format!("UPDATE portcullis_nodes SET {what} WHERE id = {which}"),
        );
    };
    let now = "seen = (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    change(&format!("{now} - 180000, host = 'gone'"), 0);
    change(
        &format!("{now}, level = regexp_replace(level, 'portcullis_audit \\d+', 'portcullis_audit 0'), host = 'older'"),
        1,
    );
    change(now, 2);
    let found = examined(&fleet, "local");
    assert_eq!(of(&found, "nodes")[0][..2], ["good", "2 at work"], "{found:?}");
    let nodes = of(&found, "node");
    let line = |part: &str| nodes.iter().find(|[_, what, _]| what.contains(part)).expect("a line");
    assert!(
        nodes.len() == 3
            && nodes
                .iter()
                .all(|[_, what, _]| what.contains(env!("CARGO_PKG_VERSION"))),
        "{nodes:?}"
    );
    let [grade, what, _] = line("gone: ");
    assert!(*grade == "advice" && what.contains("minutes ago"), "{what}");
    let [grade, what, _] = line("older: ");
    assert!(
        *grade == "advice" && what.contains("0 of ") && what.contains(" steps of portcullis_audit"),
        "{what}"
    );
    assert_eq!(
        nodes.iter().filter(|[grade, ..]| *grade == "good").count(),
        1,
        "{nodes:?}"
    );
}

#[test]
fn doctor_names_standbys_and_says_what_to_grant_where_it_may_not_see_them() {
    let Some(primary) = Database::postgres() else { return };
    let mut fleet = Fleet::bare(primary.url.clone());
    fleet.run(&["init"]).good();
    let _standby = primary.standby();
    let streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
    until(|| ask(&primary.url, streams) == "1");
    let [grade, what, _] = replication(&fleet, "local");
    assert!(
        grade == "advice" && what.contains("walreceiver (streaming, async)"),
        "{what}"
    );
    primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.run("SELECT pg_reload_conf()");
    until(|| {
        ask(
            &primary.url,
            &streams.replace("state = 'streaming'", "sync_state = 'sync'"),
        ) == "1"
    });
    let [grade, what, remedy] = replication(&fleet, "replicated");
    assert!(
        grade == "good" && what.contains("walreceiver (streaming, sync)") && remedy.is_empty(),
        "{what}"
    );
    // A role that may do all with our tables, and see nothing of the server.
    primary.run("CREATE ROLE blind LOGIN; GRANT ALL ON SCHEMA public TO blind; GRANT ALL ON ALL TABLES IN SCHEMA public TO blind");
    fleet.url = primary.url.replace("app@", "blind@");
    for (durability, expected) in [("local", "advice"), ("replicated", "fault")] {
        let [grade, what, remedy] = replication(&fleet, durability);
        assert!(grade == expected && what.contains("cannot be seen"), "{what}");
        assert!(remedy.contains("GRANT pg_monitor TO blind;"), "{remedy}");
    }
}

fn replication(fleet: &Fleet, durability: &str) -> [String; 3] {
    let found = examined(fleet, durability);
    let [found] = &of(&found, "replication")[..] else {
        panic!("{found:?}")
    };
    found.map(str::to_owned)
}

#[test]
fn servers_whose_settings_differ_tell_so_once() {
    let Some(fleet) = Fleet::new() else { return };
    let start = |listen: &str, more: &[&str]| {
        let server = Serving::spawn(fleet.command(&[&["serve", "--listen", listen], more].concat()));
        until(|| server.get("/health/live", "").status == 200);
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        let rows = fleet
            .run(&["audit", "--kind", "settings_changed", "--json", "-n", "100"])
            .good();
        let rows = rows
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        rows.map(|row| row["detail"]["changed"].clone()).collect::<Vec<_>>()
    };
    let (one, two) = ("127.0.0.1:0", "127.0.0.2:0");
    let (short, both) = (["--access-token-minutes", "5"], ["--session-days", "30"]);
    assert!(start(one, &[]).is_empty(), "nothing was before");
    let mut told = vec![json!(["access_token_minutes", "listen"])];
    assert_eq!(start(two, &short), told, "the second differs from the first");
    for _ in 0..2 {
        assert_eq!(start(one, &[]), told, "each is as it was");
        assert_eq!(start(two, &short), told);
    }
    told.push(json!(["session_days"]));
    for _ in 0..2 {
        assert_eq!(start(one, &both), told);
        assert_eq!(start(two, &short), told);
    }
    told.push(json!(["session_days"]));
    assert_eq!(start(one, &[]), told, "and back");
}
