//! How many keys a user has.

use std::sync::Arc;

use super::samples::{MUCH, NOW, id, key, room};
use crate::api_key::store::{ApiKeyRoom, ApiKeyStore};
use crate::contract::questions;
use crate::user::UserId;

questions! { ApiKeyStore;
    /// Those that are over, have ended, are of another epoch or of somebody else do not count.
    nobody_has_more_than_so_many_that_are_good(store) {
        let (mut over, mut lasting) = (key(1, "alice"), key(2, "alice"));
        (over.expires, lasting.expires) = (Some(NOW), Some(NOW.saturating_add(1)));
        let mut former = key(3, "alice");
        former.epoch = 6;
        for one in [&over, &lasting, &former, &key(4, "bob")] {
            assert!(store.add_api_key(one, MUCH).await?);
        }
        assert!(!store.add_api_key(&key(5, "alice"), room(1, 0)).await?);
        assert_eq!(store.api_key(id(5)).await?, None);
        assert!(store.add_api_key(&key(5, "alice"), room(2, 0)).await?);
        assert!(!store.add_api_key(&key(6, "alice"), room(2, 0)).await?);
        assert!(store.end_api_key(id(2), &UserId::from("alice"), NOW).await?);
        assert!(store.add_api_key(&key(6, "alice"), room(2, 0)).await?);
    }

    /// Also those that have ended; not those of others, nor of a clock that was set forth for a while.
    nobody_makes_more_than_so_many_in_a_while(store) {
        let alice = UserId::from("alice");
        let made = |n: u8, user: &str, created: u64| {
            let mut one = key(n, user);
            one.created = created;
            one
        };
        let (since, later) = (NOW.saturating_sub(5), NOW.saturating_add(5));
        for one in [made(1, "alice", since), made(2, "alice", NOW), made(3, "alice", later), made(4, "bob", NOW)] {
            assert!(store.add_api_key(&one, MUCH).await?);
        }
        let few = |made| ApiKeyRoom { made, since, ..MUCH };
        assert!(!store.add_api_key(&key(5, "alice"), few(1)).await?);
        assert!(store.add_api_key(&key(5, "alice"), few(2)).await?);
        assert_eq!(store.end_api_keys_of(&alice, u64::MAX, NOW).await?, 4);
        assert!(!store.add_api_key(&key(6, "alice"), few(2)).await?);
        assert_eq!(store.api_key(id(6)).await?, None);
        assert!(store.add_api_key(&key(6, "alice"), few(3)).await?);
    }

    /// However they fall.
    of_two_that_are_added_at_once_none_is_one_too_many(store) {
        let store = Arc::new(store);
        let add = |n| {
            let store = store.clone();
            tokio::spawn(async move { store.add_api_key(&key(n, "alice"), room(1, 0)).await })
        };
        let (one, two) = (add(1), add(2));
        let added = [one.await, two.await].map(|added| matches!(added, Ok(Ok(true))));
        assert!(added == [true, false] || added == [false, true], "{added:?}");
        assert_eq!(store.api_keys_of(&UserId::from("alice")).await?.len(), 1);
    }

    /// Of its owner alone, and nothing that is good.
    what_has_been_over_for_long_goes_when_another_is_made(store) {
        let before = NOW.saturating_sub(1_000);
        let made = |n: u8, user: &str, epoch: u64, expires: Option<u64>| {
            let mut one = key(n, user);
            (one.epoch, one.expires, one.created) = (epoch, expires, before);
            one
        };
        let later = before.saturating_add(1);
        for one in [
            made(1, "alice", 7, Some(before)),
            made(2, "alice", 6, None),
            made(3, "alice", 7, None),
            made(4, "alice", 7, Some(later)),
            made(5, "bob", 6, Some(before)),
        ] {
            assert!(store.add_api_key(&one, MUCH).await?);
        }
        let mut young = key(6, "alice");
        (young.epoch, young.created) = (6, later);
        assert!(store.add_api_key(&young, MUCH).await?);
        assert!(store.add_api_key(&key(7, "alice"), room(1_000, before)).await?);
        let left = store.api_keys_of(&UserId::from("alice")).await?;
        assert_eq!(left.iter().map(|key| key.id).collect::<Vec<_>>(), [3, 4, 6, 7].map(id));
        assert_eq!(store.api_keys_of(&UserId::from("bob")).await?.len(), 1);
    }

    /// Whosever it is.
    what_ended_is_kept_until_then(store) {
        for (n, user) in [(1, "alice"), (2, "alice"), (3, "bob"), (4, "bob")] {
            assert!(store.add_api_key(&key(n, user), MUCH).await?);
        }
        for (n, user, ended) in [(1, "alice", 5), (2, "alice", 6), (3, "bob", 5)] {
            assert!(store.end_api_key(id(n), &UserId::from(user), ended).await?);
        }
        assert!(store.add_api_key(&key(5, "carol"), room(1_000, 5)).await?);
        for (n, is_there) in [(1, false), (2, true), (3, false), (4, true), (5, true)] {
            assert_eq!(store.api_key(id(n)).await?.is_some(), is_there, "{n}");
        }
    }
}
