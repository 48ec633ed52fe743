//! The questions that every store of keys must answer alike.

use portcullis_jose::Algorithm;

use super::record::KeyRecord;
use super::store::{KeyChange, KeyStore};
use crate::contract::questions;
use crate::store::StoreError;

/// Writes one test per question of the contract of a [`KeyStore`](crate::KeyStore). The argument is an expression that
/// gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! key_store_contract {
    (if $fresh:expr) => {
        $crate::key_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::key_store_contract!(@each $fresh, $is_there;
            an_unknown_key_is_not_changed,
            a_key_is_added_only_after_the_newest_that_was_seen,
            of_two_keys_added_at_once_one_is,
            an_id_is_taken_once,
            keys_come_back_whole_and_in_order,
            changes_go_in_one_direction_only,
            a_key_is_resealed_only_if_it_is_the_one_seen,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::key_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::key_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

fn record(id: &str) -> KeyRecord {
    KeyRecord {
        id: id.to_owned(),
        algorithm: Algorithm::EdDSA,
        created: 1_000,
        activates: 2_000,
        ended: None,
        token_lifetime: 1_800,
        sealed: vec![0, 1, 255],
    }
}

questions! { KeyStore;
    /// "No such key" is an answer.
    an_unknown_key_is_not_changed(store) {
        assert!(store.list().await?.is_empty());
        assert!(!store.change("a", KeyChange::End(1)).await?);
        assert!(!store.reseal("a", &[], &[1]).await?);
        assert!(store.list().await?.is_empty());
    }

    /// The condition is checked in the same step.
    a_key_is_added_only_after_the_newest_that_was_seen(store) {
        assert!(!store.add(&record("a"), Some("z")).await?);
        assert!(store.add(&record("a"), None).await?);
        assert!(!store.add(&record("b"), None).await?);
        assert!(store.add(&record("b"), Some("a")).await?);
        assert!(!store.add(&record("c"), Some("a")).await?);
        assert_eq!(store.list().await?.len(), 2);
    }

    /// However they fall.
    of_two_keys_added_at_once_one_is(store) {
        let store = std::sync::Arc::new(store);
        let add = |id: &str| {
            let (store, record) = (store.clone(), record(id));
            tokio::spawn(async move { store.add(&record, None).await })
        };
        let (one, two) = (add("a"), add("b"));
        let added = [one.await, two.await].map(|added| matches!(added, Ok(Ok(true))));
        assert!(added == [true, false] || added == [false, true], "{added:?}");
        assert_eq!(store.list().await?.len(), 1);
    }

    /// An id never means two keys.
    an_id_is_taken_once(store) {
        assert!(store.add(&record("a"), None).await?);
        assert!(matches!(store.add(&record("a"), Some("a")).await, Err(StoreError::Taken)));
        assert_eq!(store.list().await?, [record("a")]);
    }

    /// Nothing is lost; the order is that of adding, whatever the ids and times.
    keys_come_back_whole_and_in_order(store) {
        let mut records = vec![record("z"), record("a'; --"), record("m")];
        for (record, algorithm) in records.iter_mut().zip(Algorithm::ALL) {
            record.algorithm = algorithm;
            record.sealed = record.id.clone().into_bytes();
        }
        let mut newest: Option<&str> = None;
        for record in &records {
            assert!(store.add(record, newest).await?);
            newest = Some(&record.id);
        }
        assert_eq!(store.list().await?, records);
    }

    /// So that two changes at once come to the same, whichever is first.
    changes_go_in_one_direction_only(store) {
        store.add(&record("b"), None).await?;
        store.add(&record("a"), Some("b")).await?;
        let changes = [
            KeyChange::Activate(3_000),
            KeyChange::Activate(1_500),
            KeyChange::Activate(1_600),
            KeyChange::End(9_000),
            KeyChange::End(8_000),
            KeyChange::End(8_500),
            KeyChange::TokenLifetime(60),
            KeyChange::TokenLifetime(3_600),
            KeyChange::TokenLifetime(120),
        ];
        let mut expected = record("a");
        for change in changes {
            assert!(store.change("a", change).await?);
            expected = expected.changed(change);
        }
        assert_eq!((expected.activates, expected.ended, expected.token_lifetime), (1_500, Some(8_000), 3_600));
        assert_eq!(store.list().await?, [record("b"), expected]);
    }

    /// So that a key that was wiped does not come back.
    a_key_is_resealed_only_if_it_is_the_one_seen(store) {
        store.add(&record("a"), None).await?;
        assert!(!store.reseal("a", &[9], &[7]).await?);
        assert!(store.reseal("a", &[0, 1, 255], &[]).await?);
        assert!(!store.reseal("a", &[0, 1, 255], &[7]).await?);
        assert_eq!(store.list().await?, [KeyRecord { sealed: Vec::new(), ..record("a") }]);
    }
}
