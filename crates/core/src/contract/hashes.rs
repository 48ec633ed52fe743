//! Hashes, and the epoch that ends with them.

use std::sync::Arc;

use super::people::{full, hash};
use super::questions::questions;
use crate::account::{Account, AccountChange};
use crate::store::{AccountStore, StoreError};
use crate::user::{User, UserId};

questions! { AccountStore;
    /// A format that the oldest users have is not the format of all.
    a_sample_of_hashes_is_spread_over_all_users_and_stays_the_same(store) {
        for n in 0..100_u8 {
            store.insert(&Account::new(format!("user{n:03}")).with_password_hash(hash(n / 25))).await?;
        }
        let sample = store.sample_hashes(20).await?;
        assert!((10..=20).contains(&sample.len()), "{}", sample.len());
        for quarter in 0..4 {
            let share = sample.iter().filter(|found| **found == hash(quarter)).count();
            let shares = share.saturating_mul(8) >= sample.len() && share.saturating_mul(2) <= sample.len();
            assert!(shares, "{share} of {}", sample.len());
        }
        assert_eq!(store.sample_hashes(20).await?, sample);
    }

    /// Compare-and-swap.
    a_hash_is_swapped_only_if_it_is_the_one_seen(store) {
        store.insert(&full("johndoe")).await?;
        let id = UserId::new("johndoe");
        assert!(!store.swap_hash(&id, &hash(9), &hash(2)).await?);
        assert_eq!(store.by_id(&id).await?, Some(full("johndoe")));
        assert!(store.swap_hash(&id, &hash(1), &hash(2)).await?);
        assert_eq!(store.by_id(&id).await?, Some(full("johndoe").with_password_hash(hash(2))));
    }

    /// A race has one winner.
    of_two_swaps_at_once_one_wins(store) {
        store.insert(&full("johndoe")).await?;
        let store = Arc::new(store);
        let mut races = Vec::new();
        for n in 2..10 {
            let store = store.clone();
            races.push(tokio::spawn(async move {
                store.swap_hash(&UserId::new("johndoe"), &hash(1), &hash(n)).await
            }));
        }
        let mut won = Vec::new();
        for race in races {
            won.push(race.await.map_err(StoreError::unavailable)??);
        }
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    }

    /// The epoch counts up with the password, and only with it.
    a_new_password_ends_older_tokens_and_an_upgraded_hash_does_not(store) {
        store.insert(&full("johndoe")).await?;
        let id = UserId::new("johndoe");
        store.swap_hash(&id, &hash(1), &hash(2)).await?;
        assert_eq!(store.by_id(&id).await?.map(|user| user.token_epoch()), Some(7));
        let change = AccountChange { password_hash: Some(hash(3)), ..AccountChange::default() };
        let changed = store.update(&id, &change).await?;
        assert_eq!(changed.as_ref().map(User::token_epoch), Some(8));
        assert_eq!(store.by_id(&id).await?, changed);
        let end = AccountChange { end_tokens: true, ..AccountChange::default() };
        assert_eq!(store.update(&id, &end).await?.map(|user| user.token_epoch()), Some(9));
    }

    /// A salt, an algorithm, a name: a better hash needs them no more.
    what_stands_beside_a_hash_is_kept_and_goes_with_it(store) {
        let salted = hash(1).with_salt("s").with_algorithm("a").with_user("u");
        let account = full("johndoe").with_password_hash(salted.clone());
        let id = account.id();
        store.insert(&account).await?;
        assert_eq!(store.by_login("johndoe").await?.as_ref(), Some(&account));
        assert_eq!(store.by_id(&id).await?.as_ref(), Some(&account));
        assert_eq!(store.sample_hashes(10).await?, std::slice::from_ref(&salted));
        assert!(!store.swap_hash(&id, &hash(1), &hash(2)).await?, "another salt is another hash");
        assert!(store.swap_hash(&id, &salted, &hash(2)).await?);
        assert_eq!(store.by_id(&id).await?, Some(full("johndoe").with_password_hash(hash(2))));
        let change = AccountChange { password_hash: Some(salted), ..AccountChange::default() };
        store.update(&id, &change).await?;
        assert_eq!(store.by_id(&id).await?, Some(account.with_token_epoch(8)));
    }

    /// Whatever the clock says, by which new epochs are made.
    the_epoch_of_a_deleted_account_never_comes_again(store) {
        let id = UserId::new("johndoe");
        store.insert(&full("johndoe").with_token_epoch(50)).await?;
        store.delete(&id).await?;
        for epoch in [50, 7] {
            store.insert(&full("johndoe").with_token_epoch(epoch)).await?;
            let now = store.by_id(&id).await?.map_or(0, |account| account.token_epoch());
            assert!(now > 50, "{now}");
            store.delete(&id).await?;
        }
        store.insert(&full("johndoe").with_token_epoch(1_000)).await?;
        assert_eq!(store.by_id(&id).await?.map(|account| account.token_epoch()), Some(1_000));
    }
}
