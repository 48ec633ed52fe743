//! What is stored comes back, and ends.

use super::samples::{MUCH, NOW, full, id, key};
use crate::api_key::store::ApiKeyStore;
use crate::contract::questions;
use crate::store::StoreError;
use crate::user::UserId;

questions! { ApiKeyStore;
    /// "No such key" is an answer.
    an_unknown_key_is_none_and_does_not_end(store) {
        let alice = UserId::from("alice");
        assert_eq!(store.api_key(id(1)).await?, None);
        assert!(store.api_keys_of(&alice).await?.is_empty());
        assert!(!store.end_api_key(id(1), &alice, NOW).await?);
        assert_eq!(store.end_api_keys_of(&alice, u64::MAX, NOW).await?, 0);
        store.touch_api_keys(&[(id(1), NOW)]).await?;
        assert_eq!(store.api_key(id(1)).await?, None);
    }

    /// Nothing is lost.
    keys_come_back_whole(store) {
        for one in [full(1, "alice"), key(2, "'; DROP TABLE users; --")] {
            assert!(store.add_api_key(&one, MUCH).await?);
            assert_eq!(store.api_key(one.id).await?, Some(one));
        }
    }

    /// And what is there stays.
    an_id_is_taken_once(store) {
        assert!(store.add_api_key(&full(1, "alice"), MUCH).await?);
        let again = store.add_api_key(&key(1, "bob"), MUCH).await;
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        assert_eq!(store.api_key(id(1)).await?, Some(full(1, "alice")));
    }

    /// Once, and no other with it.
    a_key_ends_for_its_owner_alone(store) {
        let (alice, bob) = (UserId::from("alice"), UserId::from("bob"));
        for n in [1, 2] {
            assert!(store.add_api_key(&key(n, "alice"), MUCH).await?);
        }
        assert!(!store.end_api_key(id(1), &bob, NOW).await?);
        assert_eq!(store.api_key(id(1)).await?, Some(key(1, "alice")));
        assert!(store.end_api_key(id(1), &alice, NOW).await?);
        assert!(!store.end_api_key(id(1), &alice, NOW.saturating_add(1)).await?);
        let mut ended = key(1, "alice");
        ended.ended = Some(NOW);
        assert_eq!(store.api_key(id(1)).await?, Some(ended));
        assert_eq!(store.api_keys_of(&alice).await?, [key(2, "alice")]);
    }

    /// Byte for byte.
    users_are_compared_as_they_are_and_keys_listed_by_id(store) {
        for (n, user) in [(3, "alice"), (1, "alice"), (2, "Alice"), (4, "alice ")] {
            assert!(store.add_api_key(&key(n, user), MUCH).await?);
        }
        for other in ["ALICE", "alic", "%", ""] {
            assert!(store.api_keys_of(&UserId::from(other)).await?.is_empty(), "{other}");
        }
        assert_eq!(store.api_keys_of(&UserId::from("alice")).await?, [key(1, "alice"), key(3, "alice")]);
    }

    /// Also those of others, and what had ended before.
    keys_of_former_epochs_end_and_the_others_stay(store) {
        for (n, user, epoch) in [(1, "alice", 5), (2, "alice", 6), (3, "alice", 7), (4, "bob", 5)] {
            let mut one = key(n, user);
            one.epoch = epoch;
            assert!(store.add_api_key(&one, MUCH).await?);
        }
        let alice = UserId::from("alice");
        assert_eq!(store.end_api_keys_of(&alice, 5, NOW).await?, 0);
        assert!(store.end_api_key(id(1), &alice, 5).await?);
        assert_eq!(store.end_api_keys_of(&alice, 7, NOW).await?, 1);
        for (n, ended) in [(1, Some(5)), (2, Some(NOW)), (3, None), (4, None)] {
            let found = store.api_key(id(n)).await?;
            assert_eq!(found.map(|key| key.ended), Some(ended), "{n}");
        }
        let left = store.api_keys_of(&alice).await?;
        assert_eq!(left.iter().map(|key| key.epoch).collect::<Vec<_>>(), [7]);
    }

    /// Nothing else of a key changes.
    a_use_is_noted_and_an_earlier_one_changes_nothing(store) {
        for n in [1, 2] {
            assert!(store.add_api_key(&key(n, "alice"), MUCH).await?);
        }
        store.touch_api_keys(&[(id(1), NOW), (id(9), NOW)]).await?;
        store.touch_api_keys(&[(id(1), NOW.saturating_sub(60_000))]).await?;
        store.touch_api_keys(&[]).await?;
        let mut used = key(1, "alice");
        used.used = Some(NOW);
        assert_eq!(store.api_key(id(1)).await?, Some(used));
        assert_eq!(store.api_key(id(2)).await?, Some(key(2, "alice")));
    }
}
