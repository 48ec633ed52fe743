//! How a node holds on to PostgreSQL: how many links it has, and what becomes of them.

use portcullis_core::{Account, AccountStore as _, HashString, StoreError, User as _, UserStore as _};
use portcullis_sql::PostgresUsers;

use crate::own_tables::fresh;
use crate::psql::{Session, ask};

/// Nobody reads or writes accounts.
pub(crate) const LOCKED: &str = "BEGIN; LOCK TABLE portcullis_accounts IN ACCESS EXCLUSIVE MODE";

/// How many links there are to this database, and how many of them wait for a lock.
fn links(url: &str) -> (u32, u32) {
    let sql = "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'portcullis'";
    let counts = ask(url, sql);
    let (all, waiting) = counts.split_once('|').expect("two");
    (all.parse().expect("a number"), waiting.parse().expect("a number"))
}

#[tokio::test]
async fn a_node_has_a_dozen_links_however_many_wait_and_those_that_were_given_up_count() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    users.insert(&Account::new("anna")).await.expect("stored");
    let anna = users.by_login("anna").await.expect("read").expect("there");
    let locked = Session::after(&url, LOCKED);
    for _ in 0..2 {
        let swaps: Vec<_> = (0..30)
            .map(|_| {
                let (users, id) = (users.clone(), anna.id());
                let (seen, new) = (HashString::new("a"), HashString::new("b"));
                tokio::spawn(async move { users.swap_hash(&id, &seen, &new).await })
            })
            .collect();
        let looks: Vec<_> = (0..30)
            .map(|_| {
                let users = users.clone();
                tokio::spawn(async move { users.by_login("anna").await })
            })
            .collect();
        for swap in swaps {
            let swapped = swap.await.expect("no panic");
            assert!(matches!(swapped, Err(StoreError::Unavailable(_))), "{swapped:?}");
        }
        for look in looks {
            assert!(look.await.expect("no panic").is_err());
        }
        let (all, waiting) = links(&url);
        assert!(all <= 12 && waiting >= 8, "{all} links, {waiting} of them wait");
    }
    drop(locked);
    let (seen, new) = (HashString::new("a"), HashString::new("b"));
    assert!(
        !users
            .swap_hash(&anna.id(), &seen, &new)
            .await
            .expect("the lane is free again")
    );
    assert!(users.by_login("anna").await.expect("read").is_some());
}
