//! Accounts as records: stored, changed, listed, deleted.

use super::people::{full, hash};
use super::questions::questions;
use crate::account::{Account, AccountChange};
use crate::scope::ScopeSet;
use crate::store::{AccountStore, StoredCredentials};
use crate::user::{User, UserId};

questions! { AccountStore;
    /// Every field, filled and empty.
    everything_that_was_stored_comes_back(store) {
        let bare = Account::new("bare");
        let other_id = full("named").with_id(UserId::new("id-7")).with_disabled(true);
        let many: Vec<String> = (0..300).map(|n| format!("application.permission_{n}")).collect();
        let many = Account::new("many").with_scopes(many.iter().map(String::as_str).collect());
        for account in [full("johndoe"), bare, other_id, many] {
            store.insert(&account).await?;
            assert_eq!(store.by_login(account.username()).await?.as_ref(), Some(&account));
            assert_eq!(store.by_id(&account.id()).await?.as_ref(), Some(&account));
            let credentials = store.credentials(account.username()).await?;
            assert_eq!(credentials, Some(StoredCredentials::of(&account)));
        }
        assert_eq!(store.count().await?, 4);
        assert_eq!(store.sample_hashes(10).await?, [hash(1), hash(1)]);
        assert_eq!(store.sample_hashes(1).await?.len(), 1);
    }

    /// Only what a change names is changed.
    a_change_leaves_the_rest_as_it_was(store) {
        store.insert(&full("johndoe")).await?;
        let id = UserId::new("johndoe");
        let change = AccountChange { email: Some(None), disabled: Some(true), ..AccountChange::default() };
        let expected = full("johndoe").changed(&change);
        assert_eq!(store.update(&id, &change).await?, Some(expected.clone()));
        let scopes = AccountChange { scopes: Some(ScopeSet::empty()), ..AccountChange::default() };
        assert_eq!(store.update(&id, &scopes).await?, Some(expected.with_scopes(ScopeSet::empty())));
    }

    /// Deleting twice says so.
    a_deleted_account_is_gone(store) {
        store.insert(&full("johndoe")).await?;
        assert!(store.delete(&UserId::new("johndoe")).await?);
        assert!(!store.delete(&UserId::new("johndoe")).await?);
        assert!(store.by_login("johndoe").await?.is_none());
        store.insert(&full("johndoe")).await?;
    }

    /// Byte order, from after the last one seen.
    accounts_are_listed_by_name_in_pages(store) {
        for name in ["b", "a", "C", "\u{e9}", "d"] {
            store.insert(&Account::new(name)).await?;
        }
        let names = |page: Vec<Account>| page.iter().map(|a| a.username().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(store.list(None, 2).await?), ["C", "a"]);
        assert_eq!(names(store.list(Some("a"), 2).await?), ["b", "d"]);
        assert_eq!(names(store.list(Some("d"), 2).await?), ["\u{e9}"]);
        assert!(store.list(Some("\u{e9}"), 2).await?.is_empty());
    }

    /// So that whoever remembers a user forgets in time.
    every_write_counts_the_generation_up(store) {
        let id = UserId::new("johndoe");
        let mut last = store.generation();
        let mut step = |now: u64| {
            let counted = now > last;
            last = now;
            counted
        };
        store.insert(&full("johndoe")).await?;
        assert!(step(store.generation()));
        store.swap_hash(&id, &hash(1), &hash(2)).await?;
        assert!(step(store.generation()));
        store.update(&id, &AccountChange { disabled: Some(true), ..AccountChange::default() }).await?;
        assert!(step(store.generation()));
        store.delete(&id).await?;
        assert!(step(store.generation()));
    }
}
