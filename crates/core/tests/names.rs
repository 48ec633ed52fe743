//! What a login asks of the store, and when: nobody learns from it which names there are.

#![allow(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::{self, Named};
use portcullis_core::password::{HashError, Options, Scheme, Verdict};
use portcullis_core::{
    Account, AccountChange, AccountStore, Auth, Credentials, GateSettings, HashString, LoginError, MemoryUsers,
    Password, StoreError, StoredCredentials, User, UserId, UserStore,
};
use support::{Setup, cheap, johndoe, login};
use tokio::sync::Semaphore;

#[tokio::test]
async fn a_hundred_logins_that_find_no_place_ask_the_store_nothing() {
    let setup = Setup::busy([johndoe()]).await;
    let before = setup.store.reads();
    for n in 0..50 {
        for name in ["johndoe".to_owned(), format!("nobody{n}")] {
            let busy = login(&setup.auth, &name, "secret").await;
            assert!(matches!(busy, Err(LoginError::Busy { .. })), "{busy:?}");
        }
    }
    assert_eq!(setup.store.reads(), before);
}

#[tokio::test]
async fn until_the_password_matched_the_store_is_asked_the_same_for_every_name() {
    let off = Account::new("off").with_password_hash(cheap(1, "secret"));
    let accounts = [johndoe(), Account::new("nopassword"), off.with_disabled(true)];
    let setup = Setup::with(accounts, |builder| builder.refuse_inactive_logins());
    for (name, password, reads) in [
        ("nobody", "secret", 1),
        ("nopassword", "secret", 1),
        ("johndoe", "wrong", 1),
        ("off", "wrong", 1),
        ("off", "secret", 1),
        // The hash was made anew, and with it perhaps the user's epoch: asked for once more.
        ("johndoe", "secret", 3),
        ("johndoe", "secret", 2),
    ] {
        let before = setup.store.reads();
        let answer = login(&setup.auth, name, password).await;
        assert_eq!(setup.store.reads() - before, reads, "{name} {password}: {answer:?}");
        assert_eq!(answer.is_ok(), reads > 1, "{name} {password}");
    }
}

#[tokio::test]
async fn what_a_login_is_checked_against_is_never_shown() {
    let stored = StoredCredentials::of(&johndoe());
    let shown = format!("{stored:?}");
    assert!(!shown.contains("cheap") && shown.contains("johndoe"), "{shown}");
    assert!(!StoredCredentials::of(&johndoe().with_disabled(true)).active);
}

#[tokio::test]
async fn a_password_that_was_changed_while_it_was_verified_is_a_wrong_one() {
    let setup = Setup::new([johndoe()]);
    setup.hold();
    let auth = setup.auth.clone();
    let waiting = tokio::spawn(async move { login(&auth, "johndoe", "secret").await });
    while setup.auth.gate_metrics().running < 1 {
        tokio::task::yield_now().await;
    }
    let change = AccountChange {
        password_hash: Some(cheap(5, "new")),
        ..AccountChange::default()
    };
    let id = UserId::new("johndoe");
    setup.store.update(&id, &change).await.expect("answers");
    setup.release();
    let refused = waiting.await.expect("ends");
    assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
    assert!(login(&setup.auth, "johndoe", "new").await.is_ok());
}

#[tokio::test]
async fn the_right_password_of_a_disabled_account_costs_what_a_wrong_one_costs_and_makes_no_new_hash() {
    let Ok(Named::Broken(md5)) = schemes::named("hex_md5", &Options::new()) else {
        panic!("hex_md5 is a broken scheme")
    };
    // "secret", as an old table has it, and as an outdated hash.
    let plain = Account::new("plain").with_password_hash("5ebe2294ecd0e0f08eab7690d2a6ee69".into());
    let off = [johndoe().with_disabled(true), plain.with_disabled(true)];
    let setup = Setup::accepting(off, |passwords| passwords.accept_broken(md5));
    for name in ["johndoe", "plain"] {
        for password in ["wrong", "secret"] {
            let before = (setup.verifications(), setup.store.reads());
            let credentials = Credentials::new(name, Password::from(password)).refuse_inactive();
            let refused = setup.auth.log_in(credentials).await;
            assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
            let after = (setup.verifications(), setup.store.reads());
            assert_eq!(after, (before.0 + 1, before.1 + 1), "{name} {password}");
        }
    }
    assert_eq!((setup.hashes(), setup.store.swaps()), (0, 0));
}

#[tokio::test]
async fn a_sample_that_fails_fails_no_login() {
    let setup = Setup::new([johndoe()]);
    setup.store.fail_samples();
    login(&setup.auth, "johndoe", "secret").await.expect("logs in");
    let refused = login(&setup.auth, "nobody", "secret").await;
    assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
}

#[tokio::test]
async fn a_stored_hash_that_lacks_its_salt_refuses_and_fails_no_login_not_even_of_unknown_names() {
    let Ok(Named::Broken(grafana)) = schemes::named("grafana_pbkdf2", &Options::new()) else {
        panic!("grafana_pbkdf2 is read where it is asked for")
    };
    let account = Account::new("anna").with_password_hash("0a".repeat(50).into());
    let setup = Setup::accepting([account], |passwords| passwords.accept_broken(grafana));
    for (done, name) in ["anna", "nobody", "noone"].into_iter().enumerate() {
        let refused = login(&setup.auth, name, "secret").await;
        assert!(matches!(refused, Err(LoginError::Refused)), "{name}: {refused:?}");
        assert_eq!(
            setup.verifications(),
            done as u64 + 1,
            "{name} costs what the current scheme costs"
        );
    }
}

#[tokio::test]
async fn a_hash_that_is_salted_with_the_users_name_verifies_under_that_name() {
    let named = |name: &str| match schemes::named(name, &Options::new()) {
        Ok(Named::Broken(scheme)) => scheme,
        other => panic!("{name} is read where it is asked for: {other:?}"),
    };
    // PostgreSQL's md5 of "secret" and "joe"; Oracle's of SCOTT and TIGER.
    let accounts = [
        Account::new("joe").with_password_hash("md5c59ec932d911ffdf487595b5a2adf973".into()),
        Account::new("SCOTT").with_password_hash("F894844C34402B67".into()),
    ];
    let setup = Setup::accepting(accounts, |passwords| {
        let passwords = passwords.accept_broken(named("postgres_md5"));
        passwords.accept_broken(named("oracle10"))
    });
    for (name, password) in [("joe", "secret"), ("SCOTT", "TIGER")] {
        let wrong = login(&setup.auth, name, "wrong").await;
        assert!(matches!(wrong, Err(LoginError::Refused)), "{name}: {wrong:?}");
        let right = login(&setup.auth, name, password).await;
        assert!(right.is_ok(), "{name}: {right:?}");
    }
}

#[tokio::test]
async fn a_current_scheme_that_the_pool_could_never_verify_is_refused_when_it_is_built() {
    let gate = GateSettings {
        memory_kib: 64,
        ..GateSettings::default()
    };
    let key = SigningKey::hs256("a key for tests that is long enough").expect("a good key");
    let built = Auth::builder(key, MemoryUsers::new()).hashing(gate).build();
    let refused = built.expect_err("Argon2id takes 19 MiB");
    let cause = std::error::Error::source(&refused).expect("a cause").to_string();
    assert!(cause.contains("19456") && cause.contains("64"), "{cause}");
}

/// A store whose logins wait until they are let through; what waits is counted.
#[derive(Clone)]
struct Slow {
    inner: MemoryUsers,
    through: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl UserStore for Slow {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let turn = self.through.acquire().await.map_err(StoreError::unavailable);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        drop(turn?);
        self.inner.by_login(login).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.inner.by_id(id).await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        self.inner.swap_hash(id, seen, new).await
    }
}

#[tokio::test]
async fn a_storm_of_logins_holds_a_few_look_ups_and_those_of_tokens_go_on() {
    let gate = GateSettings {
        threads: 1,
        queue: 31,
        ..GateSettings::default()
    };
    let store = Slow {
        inner: MemoryUsers::from_iter([johndoe()]),
        through: Arc::new(Semaphore::new(0)),
        waiting: Arc::default(),
    };
    let key = SigningKey::hs256("a key for tests that is long enough").expect("a good key");
    let passwords = portcullis_core::Passwords::new(support::Cheap::default());
    let auth = Auth::builder(key, store.clone()).passwords(passwords).hashing(gate);
    let auth = auth.build().expect("builds");
    let logins: Vec<_> = (0..100)
        .map(|_| {
            let auth = auth.clone();
            tokio::spawn(async move { login(&auth, "johndoe", "secret").await })
        })
        .collect();
    while store.waiting.load(Ordering::SeqCst) < 4 {
        tokio::task::yield_now().await;
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
        assert_eq!(store.waiting.load(Ordering::SeqCst), 4);
    }
    let token = auth.grant(&johndoe(), johndoe().scopes().clone()).expect("issued");
    assert!(auth.authenticate(&token.access_token).await.is_ok());
    store.through.add_permits(1);
    let (mut right, mut busy) = (0, 0);
    for login in logins {
        match login.await.expect("ends") {
            Ok(_) => right += 1,
            Err(LoginError::Busy { .. }) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((right, busy), (32, 68));
}

#[tokio::test]
async fn who_types_what_an_old_hash_saw_locks_its_owner_out_of_nothing() {
    let named = |name: &str| match schemes::named(name, &Options::new()) {
        Ok(Named::Broken(scheme)) => scheme,
        other => panic!("{name} is read where it is asked for: {other:?}"),
    };
    let bcrypt = schemes::Bcrypt::new(4).expect("a cost");
    let seen = "x".repeat(72);
    let stored = portcullis_core::Passwords::new(bcrypt).hash(&Password::from(seen.as_str()));
    let accounts = [
        Account::new("anna").with_password_hash(stored.expect("a hash")),
        // LM's hash of "PASSWORD".
        Account::new("bert").with_password_hash("e52cac67419a9a224a3b108f3fa6cb6d".into()),
        Account::new("carl").with_password_hash("e52cac67419a9a224a3b108f3fa6cb6d".into()),
    ];
    let setup = Setup::accepting(accounts, |passwords| {
        passwords.accept(bcrypt).accept_broken(named("lmhash"))
    });
    let (owner, other) = (format!("{seen} owner"), format!("{seen} other"));
    for (name, other, owner) in [
        ("anna", other.as_str(), owner.as_str()),
        ("anna", seen.as_str(), owner.as_str()),
        ("bert", "PASSWORD", "Password"),
        ("carl", "password", "PASSWORD"),
    ] {
        for password in [other, owner, other] {
            let right = login(&setup.auth, name, password).await;
            assert!(right.is_ok(), "{name} {password}: {right:?}");
        }
        let wrong = login(&setup.auth, name, "wrong").await;
        assert!(matches!(wrong, Err(LoginError::Refused)), "{name}: {wrong:?}");
    }
    assert_eq!(setup.store.swaps(), 0);
}

/// Reads the same hashes, in vain.
#[derive(Debug, Clone, Default)]
struct Second(Arc<AtomicU64>);

impl Scheme for Second {
    fn name(&self) -> &'static str {
        "second"
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with("$cheap$")
    }

    fn verify(&self, _: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.identify(hash.as_str()).then_some(Ok(Verdict::Mismatch))
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        1
    }

    fn decoy(&self, _: &HashString, _: &[u8; 32]) -> Option<HashString> {
        None
    }
}

#[tokio::test]
async fn the_right_password_of_a_disabled_account_is_asked_of_every_scheme_as_a_wrong_one_is() {
    let second = Second::default();
    let off = [johndoe().with_disabled(true)];
    let setup = Setup::accepting(off, |passwords| passwords.accept(second.clone()));
    for (asked, password) in [(1, "wrong"), (2, "secret")] {
        let credentials = Credentials::new("johndoe", Password::from(password)).refuse_inactive();
        let refused = setup.auth.log_in(credentials).await;
        assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
        assert_eq!((setup.verifications(), second.0.load(Ordering::SeqCst)), (asked, asked));
    }
}
