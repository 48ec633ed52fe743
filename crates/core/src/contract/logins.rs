//! What one logs in with.

use super::people::{full, hash, with_logins};
use super::questions::questions;
use crate::account::{Account, AccountChange, Login};
use crate::store::{AccountStore, StoreError};
use crate::user::{User, UserId};

questions! { AccountStore;
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

    /// Nothing is ever pasted into a statement.
    names_that_look_like_sql_are_names(store) {
        for name in ["'; DROP TABLE accounts; --", "\" OR 1=1", "a;b", "\u{202e}x", "NULL"] {
            store.insert(&Account::new(name)).await?;
            assert_eq!(store.by_login(name).await?, Some(Account::new(name)), "{name:?}");
        }
        assert_eq!(store.count().await?, 5);
    }
}
