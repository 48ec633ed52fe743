//! Clients in PostgreSQL, on a real server.

use std::time::Duration;

use portcullis_core::{Client, ClientStore as _, Occasion, RevocationStore as _, StoreError};
use portcullis_sql::{PostgresClients, PostgresDatabase, PostgresSessions};

use crate::own_tables::{fresh, run};

async fn store(url: &str) -> PostgresClients {
    let database = PostgresDatabase::open(url).await.expect("opens");
    PostgresClients::on(database).await.expect("migrated")
}

async fn clients() -> Option<(PostgresClients, PostgresSessions)> {
    let database = PostgresDatabase::open(&fresh("")?).await.expect("opens");
    let clients = PostgresClients::on(database.clone()).await.expect("migrated");
    Some((clients, PostgresSessions::on(database).await.expect("migrated")))
}

mod contract {
    portcullis_core::client_store_contract!(if super::clients());
}

#[tokio::test]
async fn a_row_that_is_no_client_is_an_error_and_not_left_out() {
    let Some(url) = fresh("") else { return };
    let clients = store(&url).await;
    run(
        &url,
        "INSERT INTO portcullis_clients VALUES ('a', 0, 0, '', 'a\"b', NULL, '', NULL, 0, 0)",
    );
    assert!(matches!(clients.client("a").await, Err(StoreError::Corrupt(_))));
    assert!(matches!(clients.clients(None, 9).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_use_an_assertion_one_is_the_first_while_old_ones_are_forgotten() {
    let Some(url) = fresh("") else { return };
    let nodes = [store(&url).await, store(&url).await];
    let later = PostgresClients::KEPT_LONGER + 10_000;
    // Each digest is used again when its first use is over, as it is about to be forgotten.
    for now in [1_000, 1_000 + later] {
        for n in 0..50 {
            let using = nodes.each_ref().map(|node| {
                let node = node.clone();
                tokio::spawn(async move { node.use_once(&[n; 16], now + 1_000, now).await })
            });
            let mut first = Vec::new();
            for using in using {
                first.push(using.await.expect("no panic").expect("written"));
            }
            assert!(first[0] != first[1], "{n} at {now}");
            let again = nodes[1].use_once(&[n; 16], now + 1_000, now).await;
            assert!(!again.expect("written"), "{n} at {now}");
        }
    }
}

#[tokio::test]
async fn what_a_change_of_a_client_ends_is_seen_by_who_follows_the_sessions_of_another_node() {
    let Some(url) = fresh("") else { return };
    let clients = store(&url).await;
    let database = PostgresDatabase::open(&url).await.expect("opens");
    let sessions = PostgresSessions::on(database).await.expect("migrated");
    clients.add_client(&Client::named("a")).await.expect("added");
    let cursor = sessions.since(None).await.expect("read").next;
    let occasion = Occasion {
        now: Duration::from_secs(1_000),
        lifetime: Duration::from_secs(60),
    };
    let removed = clients.remove_client("a", &[occasion.client("a")]).await;
    assert!(removed.expect("removed"));
    let batch = sessions.since(Some(&cursor)).await.expect("read");
    assert_eq!((batch.full, batch.entries), (false, vec![occasion.client("a")]));
}
