//! Changes under a condition.

use std::sync::Arc;

use super::people::{full, hash, scopes};
use super::questions::questions;
use crate::account::{Account, AccountChange};
use crate::condition::{ADMINISTRATOR, Condition, Revision, Unmet};
use crate::store::{AccountStore, StoreError};
use crate::user::UserId;

questions! { AccountStore;
    /// The condition is checked in the same step.
    a_change_under_a_condition_that_does_not_hold_changes_nothing(store) {
        store.insert(&full("johndoe")).await?;
        let id = UserId::new("johndoe");
        let mut change = AccountChange {
            password_hash: Some(hash(2)),
            only_if_hash: Some(hash(9)),
            ..AccountChange::default()
        };
        assert_eq!(store.update(&id, &change).await?, None);
        assert_eq!(store.by_id(&id).await?, Some(full("johndoe")));
        change.only_if_hash = Some(hash(1));
        assert!(store.update(&id, &change).await?.is_some());
    }

    /// The account is looked at in the same step.
    a_condition_that_does_not_hold_changes_nothing(store) {
        let (id, johndoe) = (UserId::new("johndoe"), full("johndoe"));
        store.insert(&johndoe).await?;
        let change = AccountChange { scopes: Some(scopes("items admin")), ..AccountChange::default() };
        let stale = Condition { only_if: Some(vec![Revision::new("x")]), ..Condition::default() };
        let beyond = Condition { within: Some(scopes("items")), ..Condition::default() };
        for (condition, unmet) in [(&stale, Unmet::Stale), (&beyond, Unmet::Beyond)] {
            let refused = store.update_if(&id, &change, condition).await;
            assert!(matches!(refused, Err(StoreError::Unmet(why)) if why == unmet), "{refused:?}");
        }
        assert!(matches!(store.delete_if(&id, &stale).await, Err(StoreError::Unmet(Unmet::Stale))));
        assert_eq!(store.by_id(&id).await?, Some(johndoe.clone()));
        let fresh = Condition { only_if: Some(vec![Revision::of(&johndoe)]), ..Condition::default() };
        assert!(store.update_if(&id, &change, &fresh).await?.is_some());
        assert!(matches!(store.delete_if(&id, &fresh).await, Err(StoreError::Unmet(Unmet::Stale))));
        assert!(store.update_if(&UserId::new("nobody"), &change, &fresh).await?.is_none());
        assert!(!store.delete_if(&UserId::new("nobody"), &fresh).await?);
    }

    /// Who is disabled, has no password or another scope is no other administrator.
    the_last_administrator_stays_whatever_is_tried(store) {
        let admin = |name: &str| full(name).with_scopes(scopes(ADMINISTRATOR));
        let keep = Condition { keep_administrator: true, ..Condition::default() };
        store.insert(&admin("admin")).await?;
        store.insert(&admin("disabled").with_disabled(true)).await?;
        store.insert(&Account::new("no password").with_scopes(scopes(ADMINISTRATOR))).await?;
        store.insert(&full("no admin").with_scopes(scopes("users:writer xusers:write users:read"))).await?;
        let id = UserId::new("admin");
        let none = AccountChange { scopes: Some(scopes("users:read")), ..AccountChange::default() };
        let disabled = AccountChange { disabled: Some(true), ..AccountChange::default() };
        for change in [&none, &disabled] {
            let refused = store.update_if(&id, change, &keep).await;
            assert!(matches!(refused, Err(StoreError::Unmet(Unmet::LastAdministrator))), "{refused:?}");
        }
        let refused = store.delete_if(&id, &keep).await;
        assert!(matches!(refused, Err(StoreError::Unmet(Unmet::LastAdministrator))), "{refused:?}");
        assert_eq!(store.by_id(&id).await?, Some(admin("admin")));
        store.insert(&admin("second").with_scopes(scopes("me users:write items"))).await?;
        assert!(store.update_if(&id, &none, &keep).await?.is_some());
        assert!(store.delete_if(&id, &keep).await?);
        assert!(store.delete_if(&UserId::new("disabled"), &keep).await?);
    }

    /// Each of them would be allowed alone.
    of_two_administrators_who_leave_at_once_one_stays(store) {
        let store = Arc::new(store);
        for round in 0..8 {
            let names = [format!("a{round}"), format!("b{round}")];
            for name in &names {
                store.insert(&full(name).with_scopes(scopes(ADMINISTRATOR))).await?;
            }
            let leave = |name: &String, deletes: bool| {
                let (store, id) = (store.clone(), UserId::new(name.as_str()));
                let keep = Condition { keep_administrator: true, ..Condition::default() };
                tokio::spawn(async move {
                    if deletes {
                        return store.delete_if(&id, &keep).await.is_ok();
                    }
                    let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
                    store.update_if(&id, &change, &keep).await.is_ok()
                })
            };
            let [first, second] = &names;
            let (first, second) = (leave(first, true), leave(second, round % 2 == 0));
            let left = [first.await, second.await].into_iter().filter(|left| matches!(left, Ok(true))).count();
            assert_eq!(left, 1, "round {round}");
            for name in &names {
                store.delete(&UserId::new(name.as_str())).await?;
            }
        }
    }
}
