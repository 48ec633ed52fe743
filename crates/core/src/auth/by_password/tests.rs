use portcullis_jose::SigningKey;
use portcullis_password::schemes::Argon2;
use portcullis_password::{Password, Passwords};

use super::*;
use crate::account::{Account, AccountChange};
use crate::accounts::Accounts;
use crate::clock::ManualClock;
use crate::memory::MemoryUsers;
use crate::scope::ScopeSet;
use crate::store::AccountStore as _;
use crate::throttle::MemoryThrottle;

const NOW: u64 = 1_800_000_000;
const RIGHT: &str = "correct horse battery";

struct Scene {
    auth: Auth<Account>,
    users: MemoryUsers,
    clock: ManualClock,
}

/// Alice, and Bob, who is disabled; both have the same password.
fn scene() -> Scene {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).unwrap());
    let hash = passwords.hash(&Password::from(RIGHT)).unwrap();
    let account = |name: &str| Account::new(name).with_password_hash(hash.clone());
    let alice = account("alice").with_scopes(ScopeSet::parse("items").unwrap());
    let users = MemoryUsers::from_iter([alice, account("bob").with_disabled(true)]);
    let clock = ManualClock::at(NOW);
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let builder = Auth::builder(key, users.clone()).passwords(passwords);
    let builder = builder.clock(clock.clone()).throttle(MemoryThrottle::new());
    Scene {
        auth: builder.build().unwrap(),
        users,
        clock,
    }
}

impl Scene {
    async fn comes(&self, name: &str, password: &str) -> Result<Arc<Principal<Account>>, LoginError> {
        let credentials = Credentials::new(name, Password::from(password));
        self.auth.authenticate_password(credentials, &Attempt::default()).await
    }

    async fn refused(&self, name: &str, password: &str) -> LoginError {
        self.comes(name, password).await.expect_err("refused")
    }

    /// How many were hashed and right, and how many wrong.
    fn looked_at(&self) -> (u64, u64) {
        let logins = &self.auth.counts().logins;
        (logins.count("success"), logins.count("refused"))
    }

    async fn change(&self, change: AccountChange) {
        let id = UserId::from("alice");
        self.users.update(&id, &change).await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_disabled_user_are_refused_alike_each_time() {
    let scene = scene();
    for (name, password) in [("alice", "wrong"), ("nobody", RIGHT), ("bob", RIGHT), ("Alice", RIGHT)] {
        for _ in 0..2 {
            let error = scene.refused(name, password).await;
            assert!(matches!(error, LoginError::Refused), "{name}: {error:?}");
        }
    }
    assert_eq!(scene.looked_at(), (0, 8));
}

#[tokio::test]
async fn where_a_name_ends_and_the_password_begins_is_told_apart() {
    let scene = scene();
    scene.comes("alice", RIGHT).await.unwrap();
    scene.refused("alic", &format!("e{RIGHT}")).await;
    scene.refused("", &format!("alice{RIGHT}")).await;
}

#[tokio::test]
async fn guessing_is_slowed_and_who_was_right_a_moment_ago_does_not_notice() {
    let scene = scene();
    scene.comes("alice", RIGHT).await.unwrap();
    let mut last = None;
    for guess in 0..100 {
        last = Some(scene.refused("alice", &format!("guess {guess}")).await);
    }
    assert!(matches!(last, Some(LoginError::Throttled(_))), "{last:?}");
    scene.comes("alice", RIGHT).await.unwrap();
}

#[tokio::test]
async fn what_was_right_is_hashed_once_a_minute_whichever_way_the_clock_goes() {
    let scene = scene();
    for _ in 0..3 {
        let alice = scene.comes("alice", RIGHT).await.unwrap();
        assert_eq!((alice.user.username(), alice.scopes.as_str()), ("alice", "items"));
        scene.clock.advance(Duration::from_secs(19));
    }
    assert_eq!(scene.looked_at(), (1, 0));
    scene.clock.advance(Duration::from_secs(3));
    scene.comes("alice", RIGHT).await.unwrap();
    assert_eq!(scene.looked_at(), (2, 0), "the minute is over");
    scene.clock.set(NOW - 1);
    scene.comes("alice", RIGHT).await.unwrap();
    assert_eq!(scene.looked_at(), (3, 0), "it was seen later than now");
}

#[tokio::test]
async fn a_new_password_makes_the_old_one_wrong_at_once() {
    let scene = scene();
    scene.comes("alice", RIGHT).await.unwrap();
    let accounts = Accounts::new(scene.auth.clone(), scene.users.clone()).with_clock(scene.clock.clone());
    let new = "another long sentence";
    accounts.set_password("alice", Password::from(new)).await.unwrap();
    scene.refused("alice", RIGHT).await;
    scene.comes("alice", new).await.unwrap();
}

#[tokio::test]
async fn a_user_who_is_disabled_or_loses_a_scope_does_so_at_once() {
    let scene = scene();
    scene.comes("alice", RIGHT).await.unwrap();
    let fewer = AccountChange {
        scopes: Some(ScopeSet::empty()),
        ..AccountChange::default()
    };
    scene.change(fewer).await;
    assert_eq!(scene.comes("alice", RIGHT).await.unwrap().scopes.as_str(), "");
    let disabled = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    scene.change(disabled).await;
    assert!(matches!(scene.refused("alice", RIGHT).await, LoginError::Refused));
}
