//! The questions that every store must answer alike.

use std::sync::Arc;

use portcullis_password::HashString;

use crate::account::{Account, AccountChange, Login};
use crate::condition::{ADMINISTRATOR, Condition, Revision, Unmet};
use crate::scope::ScopeSet;
use crate::store::{AccountStore, StoreError, StoredCredentials};
use crate::user::{User, UserId};

/// Writes one test per question of the store contract. The argument is an expression that gives a future of a fresh,
/// empty [`AccountStore`]; it is evaluated once per test.
///
/// Needs `tokio` with the `macros` and `rt` features among the dev-dependencies.
#[macro_export]
macro_rules! store_contract {
    ($fresh:expr) => {
        $crate::store_contract!(@each $fresh;
            an_unknown_login_is_none_and_no_error,
            names_are_compared_as_they_are,
            a_login_leads_to_its_one_account,
            a_login_of_two_accounts_is_nobodys,
            a_name_is_taken_once,
            everything_that_was_stored_comes_back,
            a_sample_of_hashes_is_spread_over_all_users_and_stays_the_same,
            a_hash_is_swapped_only_if_it_is_the_one_seen,
            of_two_swaps_at_once_one_wins,
            a_new_password_ends_older_tokens_and_an_upgraded_hash_does_not,
            a_change_leaves_the_rest_as_it_was,
            a_change_under_a_condition_that_does_not_hold_changes_nothing,
            logins_change_and_go_with_their_account,
            what_stands_beside_a_hash_is_kept_and_goes_with_it,
            a_deleted_account_is_gone,
            the_epoch_of_a_deleted_account_never_comes_again,
            accounts_are_listed_by_name_in_pages,
            every_write_counts_the_generation_up,
            names_that_look_like_sql_are_names,
            a_condition_that_does_not_hold_changes_nothing,
            the_last_administrator_stays_whatever_is_tried,
            of_two_administrators_who_leave_at_once_one_stays,
        );
    };
    (@each $fresh:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let store = $fresh.await;
            $crate::contract::$question(store).await.expect("the store answers");
        }
    )+};
}

type Answer = Result<(), StoreError>;

fn hash(n: u8) -> HashString {
    HashString::new(format!("$test${n}"))
}

fn scopes(text: &str) -> ScopeSet {
    text.split(' ').collect()
}

fn full(name: &str) -> Account {
    Account::new(name)
        .with_email("johndoe@example.com")
        .with_full_name("John Doe \u{1f600}")
        .with_password_hash(hash(1))
        .with_scopes(["items", "me"].into_iter().collect())
        .with_token_epoch(7)
}

fn with_logins(name: &str) -> Account {
    full(name)
        .with_email("Anna@example.com")
        .with_login(Login::folded(name))
        .with_login(Login::folded("Anna@example.com").of_email())
        .with_login(Login::exact("\u{c4}-1"))
        .with_login(Login::exact("'; --"))
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: AccountStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "No such user" is an answer.
    an_unknown_login_is_none_and_no_error(store) {
        assert!(store.by_login("nobody").await?.is_none());
        assert!(store.by_login("").await?.is_none());
        assert!(store.credentials("nobody").await?.is_none());
        assert!(store.by_id(&UserId::new("nobody")).await?.is_none());
        assert!(store.update(&UserId::new("nobody"), &AccountChange::default()).await?.is_none());
        assert!(!store.swap_hash(&UserId::new("nobody"), &hash(1), &hash(2)).await?);
        assert!(!store.delete(&UserId::new("nobody")).await?);
    }

    /// No folding, no trimming, no normalisation.
    names_are_compared_as_they_are(store) {
        store.insert(&full("johndoe")).await?;
        for other in ["JOHNDOE", " johndoe", "johndoe ", "johndoe\0", "johnd\u{f6}e", "%", "johndo_"] {
            assert!(store.by_login(other).await?.is_none(), "{other:?}");
            assert!(store.by_id(&UserId::new(other)).await?.is_none(), "{other:?}");
        }
    }

    /// Beside the user name, as each login says; the user name alone is what administration asks for.
    a_login_leads_to_its_one_account(store) {
        let anna = with_logins("anna");
        store.insert(&anna).await?;
        store.insert(&full("johndoe")).await?;
        for typed in ["anna", "ANNA", "anna@example.com", "Anna@Example.COM", "\u{c4}-1", "'; --"] {
            let found = store.by_login(typed).await?.map(|account| account.id());
            assert_eq!(found, Some(anna.id()), "{typed:?}");
        }
        for typed in ["\u{e4}-1", " anna", "anna@example.co", "", "%"] {
            assert!(store.by_login(typed).await?.is_none(), "{typed:?}");
        }
        assert_eq!(store.by_username("anna").await?.as_ref(), Some(&anna));
        for name in ["ANNA", "anna@example.com"] {
            assert!(store.by_username(name).await?.is_none(), "{name:?}");
        }
        assert_eq!(store.list(None, 10).await?, [anna, full("johndoe")]);
    }

    /// Neither of the two may use it; their other logins go on.
    a_login_of_two_accounts_is_nobodys(store) {
        store.insert(&with_logins("anna")).await?;
        let other = Account::new("other").with_login(Login::exact("anna")).with_login(Login::folded("\u{c4}-1"));
        store.insert(&other).await?;
        for typed in ["anna", "\u{c4}-1"] {
            assert!(store.by_login(typed).await?.is_none(), "{typed:?}");
        }
        for (typed, whose) in [("ANNA", "anna"), ("other", "other"), ("\u{e4}-1", "other")] {
            let found = store.by_login(typed).await?.map(|account| account.id());
            assert_eq!(found, Some(UserId::new(whose)), "{typed:?}");
        }
        assert_eq!(store.by_username("anna").await?, Some(with_logins("anna")));
    }

    /// The second account of a name is refused and the first stays.
    a_name_is_taken_once(store) {
        store.insert(&full("johndoe")).await?;
        let second = store.insert(&Account::new("johndoe")).await;
        assert!(matches!(second, Err(StoreError::Taken)), "{second:?}");
        assert_eq!(store.by_login("johndoe").await?, Some(full("johndoe")));
        let same_id = Account::new("other").with_id(UserId::new("johndoe"));
        assert!(matches!(store.insert(&same_id).await, Err(StoreError::Taken)));
    }

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

    /// In the same step as the account.
    logins_change_and_go_with_their_account(store) {
        store.insert(&with_logins("anna")).await?;
        let id = UserId::new("anna");
        let change = AccountChange { email: Some(Some("New@example.com".to_owned())), ..AccountChange::default() };
        assert_eq!(store.update(&id, &change).await?, Some(with_logins("anna").changed(&change)));
        assert!(store.by_login("anna@example.com").await?.is_none());
        assert!(store.by_login("new@example.com").await?.is_some());
        let rest = AccountChange { disabled: Some(true), ..AccountChange::default() };
        store.update(&id, &rest).await?;
        assert_eq!(store.by_username("anna").await?, Some(with_logins("anna").changed(&change).changed(&rest)));
        store.delete(&id).await?;
        for typed in ["anna", "ANNA", "new@example.com"] {
            assert!(store.by_login(typed).await?.is_none(), "{typed:?}");
        }
        store.insert(&Account::new("anna").with_token_epoch(99)).await?;
        assert!(store.by_login("ANNA").await?.is_none());
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

    /// Deleting twice says so.
    a_deleted_account_is_gone(store) {
        store.insert(&full("johndoe")).await?;
        assert!(store.delete(&UserId::new("johndoe")).await?);
        assert!(!store.delete(&UserId::new("johndoe")).await?);
        assert!(store.by_login("johndoe").await?.is_none());
        store.insert(&full("johndoe")).await?;
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

    /// Nothing is ever pasted into a statement.
    names_that_look_like_sql_are_names(store) {
        for name in ["'; DROP TABLE accounts; --", "\" OR 1=1", "a;b", "\u{202e}x", "NULL"] {
            store.insert(&Account::new(name)).await?;
            assert_eq!(store.by_login(name).await?, Some(Account::new(name)), "{name:?}");
        }
        assert_eq!(store.count().await?, 5);
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
