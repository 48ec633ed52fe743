//! The questions that every store of secrets must answer alike.

use super::store::{SecretRecord, SecretStore};
use crate::store::StoreError;

/// Writes one test per question of the contract of a [`SecretStore`](crate::SecretStore). The argument is an expression
/// that gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! secret_store_contract {
    (if $fresh:expr) => {
        $crate::secret_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::secret_store_contract!(@each $fresh, $is_there;
            an_unknown_secret_is_not_changed,
            a_secret_is_added_only_after_the_newest_that_was_seen,
            of_two_secrets_added_at_once_one_is,
            a_number_is_taken_once,
            secrets_come_back_whole_and_in_the_order_of_their_numbers,
            a_secret_is_resealed_only_if_it_is_the_one_seen,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::secret_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::secret_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

type Answer = Result<(), StoreError>;

fn record(number: u8) -> SecretRecord {
    SecretRecord {
        number,
        created: 1_000,
        sealed: vec![0, number, 255],
    }
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: SecretStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "No such secret" is an answer.
    an_unknown_secret_is_not_changed(store) {
        assert!(store.list().await?.is_empty());
        assert!(!store.reseal(1, &[], &[1]).await?);
        assert!(store.list().await?.is_empty());
    }

    /// The condition is checked in the same step.
    a_secret_is_added_only_after_the_newest_that_was_seen(store) {
        assert!(!store.add(&record(2), Some(1)).await?);
        assert!(store.add(&record(1), None).await?);
        assert!(!store.add(&record(2), None).await?);
        assert!(store.add(&record(2), Some(1)).await?);
        assert!(!store.add(&record(3), Some(1)).await?);
        assert_eq!(store.list().await?, [record(1), record(2)]);
    }

    /// However they fall.
    of_two_secrets_added_at_once_one_is(store) {
        let store = std::sync::Arc::new(store);
        let add = |sealed| {
            let (store, record) = (store.clone(), SecretRecord { sealed: vec![sealed], ..record(1) });
            tokio::spawn(async move { store.add(&record, None).await })
        };
        let (one, two) = (add(1), add(2));
        let added = [one.await, two.await].map(|added| matches!(added, Ok(Ok(true))));
        assert!(added == [true, false] || added == [false, true], "{added:?}");
        let first = if added == [true, false] { 1 } else { 2 };
        assert_eq!(store.list().await?, [SecretRecord { sealed: vec![first], ..record(1) }]);
    }

    /// A number never means two secrets.
    a_number_is_taken_once(store) {
        assert!(store.add(&record(1), None).await?);
        let other = SecretRecord { sealed: vec![9], ..record(1) };
        assert!(matches!(store.add(&other, Some(1)).await, Err(StoreError::Taken)));
        assert_eq!(store.list().await?, [record(1)]);
    }

    /// Nothing is lost.
    secrets_come_back_whole_and_in_the_order_of_their_numbers(store) {
        let largest = SecretRecord { created: 1_900_000_000_000, ..record(255) };
        for (record, newest) in [(record(3), None), (record(20), Some(3)), (largest.clone(), Some(20))] {
            assert!(store.add(&record, newest).await?);
        }
        assert_eq!(store.list().await?, [record(3), record(20), largest]);
    }

    /// So that a secret that was wiped does not come back.
    a_secret_is_resealed_only_if_it_is_the_one_seen(store) {
        store.add(&record(1), None).await?;
        store.add(&record(2), Some(1)).await?;
        assert!(!store.reseal(1, &[9], &[7]).await?);
        assert!(store.reseal(1, &[0, 1, 255], &[]).await?);
        assert!(!store.reseal(1, &[0, 1, 255], &[7]).await?);
        assert_eq!(store.list().await?, [SecretRecord { sealed: Vec::new(), ..record(1) }, record(2)]);
    }
}
