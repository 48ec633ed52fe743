//! A user model whose epoch follows from the stored hash, and hashes that are made anew.

#![allow(clippy::expect_used)]

mod support;

use std::sync::{Arc, Mutex};

use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::{
    Auth, AuthError, Credentials, HashString, LoginError, Password, Passwords, StoreError, User, UserId, UserStore,
    epoch_of,
};
use support::{Cheap, cheap};

#[derive(Clone)]
struct Member(HashString);

impl User for Member {
    fn id(&self) -> UserId {
        "ada".into()
    }

    fn password_hash(&self) -> Option<&HashString> {
        Some(&self.0)
    }

    fn is_active(&self) -> bool {
        true
    }

    fn token_epoch(&self) -> u64 {
        epoch_of(&self.0)
    }
}

/// One member, and what somebody else stores at the very moment when the hash is to be swapped.
#[derive(Clone)]
struct One {
    stored: Arc<Mutex<HashString>>,
    meanwhile: Option<HashString>,
    /// Whether that happens after the swap and not before.
    after: bool,
}

impl One {
    fn put(&self) {
        if let Some(meanwhile) = &self.meanwhile {
            *self.stored.lock().expect("not poisoned") = meanwhile.clone();
        }
    }

    fn member(&self) -> Member {
        Member(self.stored.lock().expect("not poisoned").clone())
    }
}

impl UserStore for One {
    type User = Member;

    async fn by_login(&self, login: &str) -> Result<Option<Member>, StoreError> {
        Ok((login == "ada").then(|| self.member()))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Member>, StoreError> {
        self.by_login(id.as_str()).await
    }

    async fn swap_hash(&self, _: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        if !self.after {
            self.put();
        }
        let swapped = {
            let mut stored = self.stored.lock().expect("not poisoned");
            let swaps = *stored == *seen;
            if swaps {
                *stored = new.clone();
            }
            swaps
        };
        if self.after {
            self.put();
        }
        Ok(swapped)
    }
}

/// What the token of a login is good for whose hash is made anew while `meanwhile` is stored.
async fn after_an_upgrade(meanwhile: Option<HashString>, after: bool) -> Result<(), AuthError> {
    let store = One {
        stored: Arc::new(Mutex::new(cheap(1, "secret"))),
        meanwhile,
        after,
    };
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let passwords = Passwords::new(Cheap::default());
    let auth = Auth::builder(key, store).passwords(passwords).build().expect("builds");
    let login = auth.log_in(Credentials::new("ada", Password::from("secret"))).await;
    auth.authenticate(&login.expect("logs in").access_token).await.map(drop)
}

#[tokio::test]
async fn what_is_issued_for_a_password_that_is_changed_while_its_hash_is_made_anew_is_good_for_nothing() {
    for after in [false, true] {
        let refused = after_an_upgrade(Some(cheap(5, "another")), after).await;
        assert!(refused.is_err(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_login_whose_hash_is_made_anew_gives_a_token_that_is_good() {
    after_an_upgrade(None, false).await.expect("good");
}

#[tokio::test]
async fn so_does_one_that_another_login_was_faster_with() {
    after_an_upgrade(Some(cheap(6, "secret")), false).await.expect("good");
}

#[tokio::test]
async fn a_wrong_password_is_refused_all_the_same() {
    let store = One {
        stored: Arc::new(Mutex::new(cheap(1, "secret"))),
        meanwhile: None,
        after: false,
    };
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let passwords = Passwords::new(Cheap::default());
    let auth = Auth::builder(key, store.clone())
        .passwords(passwords)
        .build()
        .expect("builds");
    let refused = auth.log_in(Credentials::new("ada", Password::from("wrong"))).await;
    assert!(matches!(refused, Err(LoginError::Refused)));
    assert_eq!(store.member().0, cheap(1, "secret"));
}
