//! Signing keys and secrets in PostgreSQL, on a real server.

use std::time::Duration;

use portcullis_core::{
    KeyRecord, KeySchedule, KeyStore as _, ManualClock, MasterKey, Secrets, SigningKeys, StoreError,
};
use portcullis_sql::{PostgresDatabase, PostgresKeys, PostgresSecrets};

use crate::own_tables::{fresh, run};

async fn open(url: &str) -> PostgresDatabase {
    PostgresDatabase::open(url).await.expect("opens")
}

async fn keys_in(url: &str) -> PostgresKeys {
    PostgresKeys::on(open(url).await).await.expect("migrated")
}

async fn keys() -> Option<PostgresKeys> {
    Some(keys_in(&fresh("")?).await)
}

async fn secrets() -> Option<PostgresSecrets> {
    let database = open(&fresh("")?).await;
    Some(PostgresSecrets::on(database).await.expect("migrated"))
}

fn master() -> MasterKey {
    MasterKey::new(&[1; 32]).expect("a master key")
}

mod keys_contract {
    portcullis_core::key_store_contract!(if super::keys());
}

mod secrets_contract {
    portcullis_core::secret_store_contract!(if super::secrets());
}

#[tokio::test]
async fn a_row_that_is_no_key_is_an_error_and_not_left_out() {
    let Some(url) = fresh("") else { return };
    let keys = keys_in(&url).await;
    run(
        &url,
        "INSERT INTO portcullis_signing_keys VALUES (1, 'a', 'HS257', 0, 0, NULL, 0, '\\x00')",
    );
    assert!(matches!(keys.list().await, Err(StoreError::Corrupt(_))));
    let (records, unreadable) = keys.list_readable().await.expect("read");
    let [row] = &unreadable[..] else {
        panic!("{unreadable:?}")
    };
    assert_eq!((records.len(), &*row.id), (0, "a"));
    assert!(
        row.why.contains("column 1") && !row.why.contains("HS257"),
        "{}",
        row.why
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_rotate_at_once_come_to_one_new_key() {
    let Some(url) = fresh("") else { return };
    let clock = ManualClock::at(1_000);
    let schedule = KeySchedule::default();
    let every = schedule.rotate_every.expect("on schedule") + Duration::from_secs(1);
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(SigningKeys::new(
            keys_in(&url).await,
            master(),
            schedule.clone(),
            clock.clone(),
        ));
    }
    let store = keys_in(&url).await;
    let mut known: Vec<KeyRecord> = Vec::new();
    for round in 0..20 {
        let tending: Vec<_> = nodes
            .iter()
            .map(|node| {
                let node = node.clone();
                tokio::spawn(async move { node.tend().await })
            })
            .collect();
        for tended in tending {
            tended.await.expect("no panic").expect("tended");
        }
        let now = store.list().await.expect("listed");
        let ids = |records: &[KeyRecord]| records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
        assert_eq!(now.len(), known.len() + 1, "round {round}");
        assert_eq!(ids(&now[..known.len()]), ids(&known));
        known = now;
        clock.advance(every);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_open_a_new_database_at_once_come_to_the_same_secret() {
    let Some(url) = fresh("") else { return };
    let opening = || {
        let url = url.clone();
        tokio::spawn(async move {
            let store = PostgresSecrets::on(open(&url).await).await.expect("migrated");
            Secrets::open(&store, &master(), &ManualClock::at(1))
                .await
                .expect("opened")
        })
    };
    let nodes: Vec<_> = (0..4).map(|_| opening()).collect();
    let mut newest = Vec::new();
    for node in nodes {
        let (number, secret) = {
            let secrets = node.await.expect("ends");
            let (number, secret) = secrets.newest();
            (number, *secret)
        };
        newest.push((number, secret));
    }
    assert!(newest.windows(2).all(|two| two[0] == two[1]) && newest[0].0 == 1);
}
