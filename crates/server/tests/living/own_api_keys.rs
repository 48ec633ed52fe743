//! API keys in PostgreSQL, on a real server.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, ApiKeyStore as _, Digest, ScopeSet, StoreError};
use portcullis_sql::{PostgresApiKeys, PostgresDatabase};

use crate::own_tables::{fresh, run};

async fn store(url: &str) -> PostgresApiKeys {
    let database = PostgresDatabase::open(url).await.expect("opens");
    PostgresApiKeys::on(database).await.expect("migrated")
}

async fn keys() -> Option<PostgresApiKeys> {
    Some(store(&fresh("")?).await)
}

mod contract {
    portcullis_core::api_key_store_contract!(if super::keys());
}

/// Room for one that is good.
const ONE: ApiKeyRoom = ApiKeyRoom {
    good: 1,
    made: 1_000,
    since: 0,
    before: 0,
};

fn key(n: u8) -> ApiKeyRecord {
    ApiKeyRecord {
        id: ApiKeyId::from_bytes([n; 16]),
        user: "alice".into(),
        epoch: 1,
        name: "ci".to_owned(),
        scopes: ScopeSet::empty(),
        key: 1,
        digest: Digest([n; 32]),
        created: 1_000,
        expires: None,
        used: None,
        ended: None,
    }
}

#[tokio::test]
async fn a_row_that_is_no_key_is_an_error_and_not_left_out() {
    let Some(url) = fresh("") else { return };
    let keys = store(&url).await;
    assert!(keys.add_api_key(&key(1), ONE).await.expect("added"));
    run(&url, "UPDATE portcullis_api_keys SET scopes = 'a\"b'");
    assert!(matches!(keys.api_key(key(1).id).await, Err(StoreError::Corrupt(_))));
    let listed = keys.api_keys_of(&"alice".into()).await;
    assert!(matches!(listed, Err(StoreError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_see_each_others_keys_and_give_none_too_many() {
    let Some(url) = fresh("") else { return };
    let nodes = [store(&url).await, store(&url).await];
    for n in (0..40).step_by(2) {
        let adding = [(&nodes[0], key(n)), (&nodes[1], key(n | 1))].map(|(node, key)| {
            let node = node.clone();
            tokio::spawn(async move { node.add_api_key(&key, ONE).await })
        });
        let mut added = Vec::new();
        for add in adding {
            added.push(add.await.expect("no panic").expect("written"));
        }
        assert!(added[0] != added[1], "{n}");
        let (there, other) = if added[0] {
            (key(n), &nodes[1])
        } else {
            (key(n | 1), &nodes[0])
        };
        for node in &nodes {
            assert_eq!(node.api_key(there.id).await.expect("read"), Some(there.clone()));
        }
        assert!(other.end_api_key(there.id, &there.user, 2_000).await.expect("ended"));
    }
    assert!(nodes[0].add_api_key(&key(100), ONE).await.expect("added"));
    assert_eq!(nodes[1].end_all(3_000).await.expect("ended"), 1);
    let ended = nodes[0].api_key(key(100).id).await.expect("read");
    assert_eq!(ended.and_then(|key| key.ended), Some(3_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_note_uses_of_the_same_keys_at_once_all_do_and_the_last_use_stays() {
    let Some(url) = fresh("") else { return };
    let nodes = [store(&url).await, store(&url).await];
    let all = ApiKeyRoom { good: 1_000, ..ONE };
    for n in 0..100 {
        assert!(nodes[0].add_api_key(&key(n), all).await.expect("added"));
    }
    for round in 0..20_u64 {
        let touching = nodes.each_ref().map(|node| {
            let node = node.clone();
            // One the other way round, and each twice.
            let mut used: Vec<_> = (0..100)
                .flat_map(|n| [(key(n).id, round), (key(n).id, round + 1)])
                .collect();
            if round % 2 == 0 {
                used.reverse();
            }
            tokio::spawn(async move { node.touch_api_keys(&used).await })
        });
        for touch in touching {
            touch.await.expect("no panic").expect("noted");
        }
    }
    for n in 0..100 {
        let used = nodes[1]
            .api_key(key(n).id)
            .await
            .expect("read")
            .and_then(|key| key.used);
        assert_eq!(used, Some(20));
    }
}
