//! Nodes whose database is behind PgBouncer in transaction mode: each transaction may find another session, and links share
//! four of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portcullis_core::password::HashString;
use portcullis_core::{Account, AccountStore as _, StoreError, User as _, UserStore as _};
use portcullis_sql::foreign::{Mapping, ScopeSource, Stage};
use portcullis_sql::{PostgresDatabase, PostgresError, PostgresOptions, PostgresSessions, PostgresUsers};

use super::databases::Database;
use super::fleet::{self, Fleet, Tokens, is_good, log_in, refresh, until};
use super::links::{MEMBERS, john, members, opened};
use super::own_failover::{promote, stored, until_it_writes};
use super::own_tables::fresh;
use super::pooler::{Pooler, fresh_behind, port_of};
use super::psql::ask;
use super::support::Serving;
use super::{own_feed, own_sessions};

async fn store() -> Option<PostgresSessions> {
    let [_, through] = fresh_behind()?;
    Some(own_sessions::on(&through).await)
}

mod sessions {
    portcullis_core::session_store_contract!(if super::store());
}

mod revocations {
    portcullis_core::revocation_store_contract!(if super::store());
}

#[tokio::test]
async fn a_pooler_is_noticed_and_a_server_is_not_taken_for_one() {
    let Some([url, through]) = fresh_behind() else { return };
    let is_pooled = async |url: &str| PostgresDatabase::open(url).await.expect("opens").is_pooled();
    for name in ["", "?application_name=us", "?application_name=f%C3%BCr%20uns"] {
        assert!(!is_pooled(&format!("{url}{name}")).await, "{name}");
        // The second one finds sessions that the first one has named already.
        for _ in 0..2 {
            assert!(is_pooled(&format!("{through}{name}")).await, "{name}");
        }
    }
}

#[tokio::test]
async fn what_a_pooler_cannot_do_is_told_with_what_to_do() {
    let Some([_, through]) = fresh_behind() else { return };
    let mut options = PostgresOptions::default();
    options.replicated = true;
    let told = |opened: Result<PostgresDatabase, PostgresError>| opened.expect_err("refused").to_string();
    let error = told(PostgresDatabase::open_with(&through, options).await);
    assert!(error.contains("must name the server itself"), "{error}");
    let error = told(PostgresDatabase::open(&format!("{through}?options=-c%20search_path%3Dus")).await);
    assert!(error.contains("ALTER ROLE"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_racers_on_two_nodes_get_one_successor() {
    let Some([url, through]) = fresh_behind() else { return };
    own_sessions::racers(&url, &through).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoke_and_refresh_in_every_order() {
    let Some([url, through]) = fresh_behind() else { return };
    own_sessions::in_every_order(&url, &through).await;
}

#[tokio::test]
async fn a_rotation_leaves_its_row_in_the_same_statement() {
    let Some([_, through]) = fresh_behind() else { return };
    own_sessions::rotations_leave_rows(&through).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outcome_of_a_commit_is_unknown() {
    let Some([url, through]) = fresh_behind() else { return };
    own_sessions::unknown_outcomes(&url, &through).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_acts_at_once_none_waits_for_one_that_waits_for_it() {
    let Some([url, through]) = fresh_behind() else { return };
    own_sessions::many_at_once(&url, &through).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_missed_by_commit_order() {
    let Some([url, through]) = fresh_behind() else { return };
    own_feed::in_commit_order(&url, &through).await;
}

#[test]
fn what_one_node_does_holds_on_the_other() {
    let Some([_, through]) = fresh_behind() else { return };
    fleet::holds_on_the_other(&Fleet::on(through));
}

#[test]
fn clients_and_keys_are_those_of_all_nodes() {
    let Some([_, through]) = fresh_behind() else { return };
    fleet::of_all_nodes(&Fleet::on(through));
}

#[test]
fn a_node_that_is_killed_and_started_again_goes_on_where_it_was() {
    let Some([_, through]) = fresh_behind() else { return };
    fleet::goes_on_where_it_was(&Fleet::on(through));
}

#[tokio::test]
async fn the_server_behind_it_changes_and_one_that_was_left_behind_is_not_written_to() {
    let Some(first) = Database::postgres() else { return };
    let Some(mut pooler) = Pooler::before(first.port) else {
        return;
    };
    let second = first.standby();
    let users = PostgresUsers::open(&pooler.url(&first.url)).await.expect("opens");
    until_it_writes(&users, "first").await;
    while stored(&second.url).is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    promote(&second);
    pooler.lead_to(second.port);
    for number in 0.. {
        until_it_writes(&users, &format!("second{number}n")).await;
        if !stored(&second.url).is_subset(&stored(&first.url)) {
            break;
        }
    }
    // New links see the newer one at once, and then none is lost any more.
    pooler.end();
    pooler.revive();
    until_it_writes(&users, "seen").await;
    // It leads to the one that was left behind: until the next look at who is there what is written goes there.
    pooler.lead_to(first.port);
    for number in 0.. {
        match users.insert(&Account::new(format!("stray{number}"))).await {
            Err(error) if format!("{error:?}").contains("timeline is behind") => break,
            Ok(()) | Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    let before = stored(&first.url);
    for name in ["lost1", "lost2"] {
        assert!(users.insert(&Account::new(name)).await.is_err());
    }
    assert_eq!(stored(&first.url), before);
    pooler.lead_to(second.port);
    until_it_writes(&users, "again").await;
    assert!(stored(&second.url).iter().any(|name| name.starts_with("again")));
}

#[tokio::test]
async fn tables_of_another_application_are_read_and_written_through_it() {
    let Some([url, through]) = fresh_behind() else { return };
    ask(&url, MEMBERS);
    let nodes = [
        opened(&through, members(), Stage::ReadOnly).await.expect("opens"),
        opened(&through, members(), Stage::ReadOnly).await.expect("opens"),
    ];
    let writing = opened(&through, members(), Stage::WriteBack).await.expect("opens");
    for (seen, new) in [("h1", "h8"), ("h8", "h9")] {
        let (seen, new) = (HashString::new(seen), HashString::new(new));
        assert!(writing.swap_hash(&john(), &seen, &new).await.expect("written"));
        assert!(
            !writing
                .swap_hash(&john(), &seen, &new)
                .await
                .expect("another was first")
        );
        for node in &nodes {
            assert!(node.by_id(&john()).await.expect("read").is_some());
            let found = node.credentials("john").await.expect("read").expect("there");
            assert_eq!(found.password_hash.as_ref().map(HashString::as_str), Some(new.as_str()));
        }
    }
    // That it only reads is held by each transaction.
    ask(
        &url,
        "CREATE TABLE asked (n INTEGER); CREATE FUNCTION counted() RETURNS TEXT AS \
        $$ INSERT INTO asked VALUES (1); SELECT 'x' $$ LANGUAGE sql",
    );
    let mapping = Mapping {
        scopes: vec![ScopeSource::Query(
            "SELECT counted() FROM members WHERE id = {id}".into(),
        )],
        ..members()
    };
    let users = opened(&through, mapping.clone(), Stage::ReadOnly).await.expect("opens");
    let refused = format!("{:?}", users.by_id(&john()).await.expect_err("refused"));
    assert!(refused.contains("25006"), "{refused}");
    let users = opened(&through, mapping, Stage::WriteBack).await.expect("opens");
    assert_eq!(
        users
            .by_id(&john())
            .await
            .expect("read")
            .expect("there")
            .scopes()
            .as_str(),
        "x"
    );
}

fn ready(node: &Serving) -> u16 {
    node.send("GET", "/health/ready", None, "", "").status
}

/// Who refreshes until it ends, and asks again where the answer was 503; how often a new token was given, and the last.
fn refreshing(node: &Serving, first: &Tokens, ends: &AtomicBool) -> (usize, Tokens) {
    let (mut given, mut tokens) = (0, first.clone());
    while !ends.load(Ordering::SeqCst) {
        let answer = refresh(node, &tokens.refresh);
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
        match answer.status {
            200 => (given, tokens) = (given + 1, Tokens::of(&answer)),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    (given, tokens)
}

#[test]
fn through_pgbouncer_in_transaction_mode() {
    let Some(url) = fresh("") else { return };
    let Some(mut pooler) = Pooler::before(port_of(&url)) else {
        return;
    };
    let fleet = Fleet::on(pooler.url(&url));
    let nodes = [fleet.serve(), fleet.serve()];
    let tokens = Tokens::of(&log_in(&nodes[0], "admin", &fleet.password));
    let next = Tokens::of(&refresh(&nodes[1], &tokens.refresh));
    assert!(is_good(&nodes[0], &next.access));
    let leaving = format!("token={}", next.refresh);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(nodes[0].send("POST", "/revoke", None, form, &leaving).status, 200);
    until(|| nodes.iter().all(|node| !is_good(node, &next.access)));
    assert_eq!(refresh(&nodes[1], &next.refresh).status, 400);
    assert_eq!([ready(&nodes[0]), ready(&nodes[1])], [200, 200]);

    let ends = AtomicBool::new(false);
    let firsts: Vec<_> = (0..4)
        .map(|at| Tokens::of(&log_in(&nodes[at % 2], "admin", &fleet.password)))
        .collect();
    let lasts: Vec<_> = std::thread::scope(|scope| {
        let clients: Vec<_> = (firsts.iter().enumerate())
            .map(|(at, first)| {
                let (node, ends) = (&nodes[at % 2], &ends);
                scope.spawn(move || refreshing(node, first, ends))
            })
            .collect();
        // Its settings are read anew; it is started anew; it is away for a while; it hands out no session for a while.
        pooler.signal("HUP");
        pooler.end();
        pooler.revive();
        until(|| nodes.iter().all(|node| ready(node) == 200));
        pooler.end();
        until(|| nodes.iter().all(|node| ready(node) == 503));
        pooler.revive();
        until(|| nodes.iter().all(|node| ready(node) == 200));
        pooler.signal("USR1");
        until(|| nodes.iter().all(|node| ready(node) == 503));
        pooler.signal("USR2");
        until(|| nodes.iter().all(|node| ready(node) == 200));
        ends.store(true, Ordering::SeqCst);
        clients
            .into_iter()
            .map(|client| client.join().expect("no panic"))
            .collect()
    });
    let generations = "SELECT sum(generation) FROM portcullis_refresh_families WHERE ended IS NULL";
    let given: usize = lasts.iter().map(|(given, _)| given).sum();
    let stored: usize = ask(&url, generations).parse().expect("a number");
    // What was acknowledged is there; of each client one more may be, that it was not told of.
    assert!(
        given >= 4 && (given..=given + 4).contains(&stored),
        "{given} given, {stored} stored"
    );
    for (at, (_, tokens)) in lasts.iter().enumerate() {
        assert!(is_good(&nodes[at % 2], &tokens.access));
        Tokens::of(&refresh(&nodes[(at + 1) % 2], &tokens.refresh));
    }
}
