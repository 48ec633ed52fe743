//! The questions that every store of revocations must answer alike.

use std::collections::HashSet;
use std::sync::Arc;

use super::entry::{Entry, Revoked, Subject16};
use super::store::{Cursor, RevocationStore};
use crate::store::StoreError;

/// Writes one test per question of the contract of a [`RevocationStore`](crate::RevocationStore). The argument is an
/// expression that gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it the future gives
/// an `Option`: where there is no store nothing is asked.
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! revocation_store_contract {
    (if $fresh:expr) => {
        $crate::revocation_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::revocation_store_contract!(@each $fresh, $is_there;
            a_reader_without_a_cursor_is_given_everything,
            a_reader_goes_on_where_it_stopped,
            a_cursor_of_nobody_is_given_everything,
            an_entry_that_comes_again_stays_with_the_later_end,
            entries_that_differ_in_one_part_are_different,
            no_entry_is_missed_while_many_write,
            what_is_not_needed_any_more_is_forgotten_a_few_at_a_time,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::revocation_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::revocation_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

type Answer = Result<(), StoreError>;

fn entry(kind: Revoked, subject: &str, value: u64, until: u64) -> Entry {
    Entry {
        kind,
        subject: Subject16::of(subject),
        value,
        until,
    }
}

fn token(id: &str) -> Entry {
    entry(Revoked::Token, id, 0, 9_000)
}

/// As a set: the order means nothing.
fn set(entries: impl IntoIterator<Item = Entry>) -> HashSet<Entry> {
    entries.into_iter().collect()
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: RevocationStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// Also where there is nothing yet.
    a_reader_without_a_cursor_is_given_everything(store) {
        let nothing = store.since(None).await?;
        assert!(nothing.full && nothing.entries.is_empty());
        store.revoke(&[]).await?;
        store.revoke(&[token("a"), token("b")]).await?;
        let all = store.since(None).await?;
        assert!(all.full);
        assert_eq!(set(all.entries), set([token("a"), token("b")]));
    }

    /// One may be given more than once, none is passed over.
    a_reader_goes_on_where_it_stopped(store) {
        store.revoke(&[token("a")]).await?;
        let first = store.since(None).await?;
        store.revoke(&[token("b"), token("c")]).await?;
        let second = store.since(Some(&first.next)).await?;
        assert!(!second.full);
        let given = set(second.entries);
        assert!(given.contains(&token("b")) && given.contains(&token("c")), "{given:?}");
        let third = store.since(Some(&second.next)).await?;
        assert!(!third.full);
        assert!(set(third.entries).is_subset(&set([token("a"), token("b"), token("c")])));
        // Another reader is another reader.
        assert!(set(store.since(Some(&first.next)).await?.entries).is_superset(&set([token("b"), token("c")])));
    }

    /// Whatever somebody hands in.
    a_cursor_of_nobody_is_given_everything(store) {
        store.revoke(&[token("a")]).await?;
        for text in ["", "0", ":", "a:b", "'; --", "18446744073709551615:18446744073709551615"] {
            let batch = store.since(Some(&Cursor(text.into()))).await?;
            assert!(batch.full, "{text}");
            assert_eq!(set(batch.entries), set([token("a")]), "{text}");
        }
    }

    /// So that to revoke again is no error and shortens nothing.
    an_entry_that_comes_again_stays_with_the_later_end(store) {
        for until in [5_000, 7_000, 6_000] {
            store.revoke(&[entry(Revoked::Session, "s", 0, until)]).await?;
        }
        let all = store.since(None).await?.entries;
        assert_eq!(all, [entry(Revoked::Session, "s", 0, 7_000)]);
    }

    /// Kind, subject and value; a value may be any number.
    entries_that_differ_in_one_part_are_different(store) {
        let entries: Vec<Entry> = Revoked::ALL
            .into_iter()
            .flat_map(|kind| ["a", "b"].map(|subject| (kind, subject)))
            .flat_map(|(kind, subject)| [0, 1, u64::MAX].map(|value| entry(kind, subject, value, 9_000)))
            .collect();
        store.revoke(&entries).await?;
        assert_eq!(set(store.since(None).await?.entries), set(entries));
    }

    /// A slower writer commits later than a faster one that began after it: a reader between them must not pass it over.
    no_entry_is_missed_while_many_write(store) {
        let store = Arc::new(store);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for round in 0..16 {
                        store.revoke(&[token(&format!("{writer}:{round}"))]).await?;
                    }
                    Ok::<(), StoreError>(())
                })
            })
            .collect();
        let (mut seen, mut cursor) = (HashSet::new(), None);
        loop {
            let done = writers.iter().all(|writer| writer.is_finished());
            let batch = store.since(cursor.as_ref()).await?;
            seen.extend(batch.entries);
            cursor = Some(batch.next);
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.map_err(StoreError::unavailable)??;
        }
        let written = (0..8).flat_map(|writer| (0..16).map(move |round| token(&format!("{writer}:{round}"))));
        assert_eq!(seen, set(written));
    }

    /// And what is still needed stays.
    what_is_not_needed_any_more_is_forgotten_a_few_at_a_time(store) {
        let over = ["a", "b", "c"].map(|id| entry(Revoked::Token, id, 0, 1_000));
        store.revoke(&over).await?;
        store.revoke(&[entry(Revoked::Token, "d", 0, 2_000)]).await?;
        let cursor = store.since(None).await?.next;
        assert_eq!(store.forget(999, 10).await?, 0);
        assert_eq!(store.forget(1_000, 2).await?, 2);
        assert_eq!(store.forget(1_000, 2).await?, 1);
        assert_eq!(store.forget(1_000, 2).await?, 0);
        assert_eq!(store.since(None).await?.entries, [entry(Revoked::Token, "d", 0, 2_000)]);
        // Readers go on, and what was forgotten can come again.
        store.revoke(&over[..1]).await?;
        let batch = store.since(Some(&cursor)).await?;
        assert!(!batch.full && batch.entries.contains(&over[0]));
    }
}
