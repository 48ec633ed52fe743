//! What is asked of a store of an application's own, which holds one user with a password.

use std::sync::Arc;

use portcullis_password::HashString;

use super::people::hash;
use crate::store::{StoreError, UserStore};
use crate::user::{User, UserId};

/// The user and the hash that is stored.
async fn known<S: UserStore>(store: &S, login: &str) -> Result<(UserId, HashString), StoreError> {
    let user = store.by_login(login).await?;
    let found = user.and_then(|user| Some((user.id(), user.password_hash()?.clone())));
    Ok(found.unwrap_or_else(|| missing(login)))
}

#[allow(clippy::panic)]
fn missing<T>(login: &str) -> T {
    panic!("the store holds no user with a password who logs in with {login:?}")
}

/// Writes each as a public function over any store, which panics where the answer is not the one that all must give.
macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident, $login:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: UserStore>($store: S, $login: &str) -> Result<(), StoreError> {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "No such user" is an answer, also to texts that look like SQL.
    nobody_is_none_and_no_error(store, login) {
        known(&store, login).await?;
        for nobody in ["nobody", "", "%", "' OR '1'='1", "\"; --", "\u{202e}"] {
            assert!(store.by_login(nobody).await?.is_none(), "{nobody:?}");
            assert!(store.credentials(nobody).await?.is_none(), "{nobody:?}");
            assert!(store.by_id(&UserId::new(nobody)).await?.is_none(), "{nobody:?}");
            assert!(!store.swap_hash(&UserId::new(nobody), &hash(1), &hash(2)).await?, "{nobody:?}");
        }
    }

    /// What a login is checked against is that user's, too.
    a_login_and_an_id_lead_to_the_same_user(store, login) {
        let (id, stored) = known(&store, login).await?;
        let found = store.by_id(&id).await?;
        assert_eq!(found.as_ref().map(User::id).as_ref(), Some(&id));
        assert_eq!(found.as_ref().and_then(User::password_hash), Some(&stored));
        let credentials = store.credentials(login).await?;
        assert_eq!(credentials.as_ref().map(|own| &own.id), Some(&id));
        assert_eq!(credentials.as_ref().and_then(|own| own.password_hash.as_ref()), Some(&stored));
        assert_eq!(credentials.map(|own| own.active), found.map(|user| user.is_active()));
    }

    /// Compare-and-swap: a password that was changed meanwhile stays.
    only_the_hash_that_was_seen_is_swapped(store, login) {
        let (id, stored) = known(&store, login).await?;
        assert!(!store.swap_hash(&id, &hash(9), &hash(2)).await?);
        assert_eq!(known(&store, login).await?.1, stored);
        assert!(store.swap_hash(&id, &stored, &hash(2)).await?);
        assert_eq!(known(&store, login).await?.1, hash(2));
        assert!(!store.swap_hash(&id, &stored, &hash(3)).await?);
    }

    /// A race has one winner.
    of_two_upgrades_at_once_one_wins(store, login) {
        let (id, stored) = known(&store, login).await?;
        let store = Arc::new(store);
        let races: Vec<_> = (2..10_u8).map(|n| {
            let (store, id, stored) = (store.clone(), id.clone(), stored.clone());
            tokio::spawn(async move { store.swap_hash(&id, &stored, &hash(n)).await })
        }).collect();
        let mut won = 0_usize;
        for race in races {
            won = won.saturating_add(usize::from(race.await.map_err(StoreError::unavailable)??));
        }
        assert_eq!(won, 1);
    }

    /// None is right as well: then an unknown name costs one verification of the current scheme.
    a_sample_is_no_larger_than_asked_for(store, login) {
        known(&store, login).await?;
        for limit in [0, 1, 100] {
            let sample = store.sample_hashes(limit).await?;
            assert!(sample.len() <= limit, "{}", sample.len());
            assert!(sample.iter().all(|hash| !hash.as_str().is_empty()));
        }
    }
}
