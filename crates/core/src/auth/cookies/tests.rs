#![allow(clippy::arithmetic_side_effects)]

use portcullis_jose::SigningKey;
use portcullis_password::schemes::Argon2;
use portcullis_password::{Password, Passwords};

use super::*;
use crate::account::{Account, AccountChange};
use crate::accounts::Accounts;
use crate::builder::{AuthBuilder, BuildError};
use crate::clock::{Clock as _, ManualClock};
use crate::cookies::{Cookies, CookiesError};
use crate::memory::MemoryUsers;
use crate::revocation::Occasion;
use crate::session::{MemorySessions, SessionStore as _};
use crate::store::AccountStore as _;
use crate::user::UserId;

crate::scopes! {
    /// Items.
    Items = "items";
    /// Bills.
    Bills = "bills";
}

const NOW: u64 = 1_800_000_000;
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const RIGHT: &str = "correct horse battery";

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

struct Scene {
    auth: Auth<Account>,
    accounts: Accounts<MemoryUsers>,
    users: MemoryUsers,
    store: MemorySessions,
    clock: ManualClock,
}

fn passwords() -> Passwords {
    Passwords::new(Argon2::new(8, 1, 1).unwrap())
}

fn builder(users: &MemoryUsers, store: &MemorySessions, clock: &ManualClock) -> AuthBuilder<Account> {
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let builder = Auth::builder(key, users.clone())
        .passwords(passwords())
        .clock(clock.clone());
    let builder = builder.scopes::<(Items, Bills)>().sessions(store.clone());
    builder.cookies(Cookies::lax().public_url("https://notes.example.com"))
}

/// Alice, who may do one thing of two, and Bob, who is disabled.
fn scene() -> Scene {
    let hash = passwords().hash(&Password::from(RIGHT)).unwrap();
    let account = |name: &str| Account::new(name).with_password_hash(hash.clone());
    let alice = account("alice").with_scopes(scopes("items"));
    let users = MemoryUsers::from_iter([alice, account("bob").with_disabled(true)]);
    let (store, clock) = (MemorySessions::new(), ManualClock::at(NOW));
    let auth = builder(&users, &store, &clock).build().unwrap();
    Scene {
        accounts: Accounts::new(auth.clone(), users.clone()).with_clock(clock.clone()),
        auth,
        users,
        store,
        clock,
    }
}

impl Scene {
    /// Another process with the same secrets, or this one after a restart.
    fn another(&self) -> Auth<Account> {
        builder(&self.users, &self.store, &self.clock).build().unwrap()
    }

    async fn logged_in(&self, name: &str, password: &str) -> Result<CookieGranted, LoginError> {
        let credentials = Credentials::new(name, Password::from(password));
        self.auth.log_in_with_cookie(credentials, &Attempt::default()).await
    }

    async fn cookie(&self) -> CookieGranted {
        self.logged_in("alice", RIGHT).await.unwrap()
    }
}

/// Whether it opens anything. Where the clock was moved by days it is looked first what ended meanwhile, as everywhere.
async fn is_good(auth: &Auth<Account>, cookie: &str) -> bool {
    loop {
        match auth.authenticate_cookie(cookie).await {
            Ok(_) => return true,
            Err(AuthError::Cookie(CookieRefusal::Ended)) => return false,
            Err(AuthError::Stale { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_disabled_user_get_no_cookie() {
    let scene = scene();
    for (name, password) in [("alice", "wrong"), ("nobody", RIGHT), ("bob", RIGHT)] {
        let error = scene.logged_in(name, password).await.expect_err("refused");
        assert!(matches!(error, LoginError::Refused), "{name}: {error:?}");
    }
    let logins = &scene.auth.counts().logins;
    assert_eq!((logins.count("refused"), logins.count("success")), (3, 0));
    assert_eq!(scene.auth.password_grants(), 0);
}

#[tokio::test]
async fn what_was_not_made_here_and_a_refresh_token_are_no_cookie() {
    let scene = scene();
    let login = Credentials::new("alice", Password::from(RIGHT));
    let refresh = scene.auth.log_in(login).await.unwrap().refresh_token.unwrap();
    let own = scene.cookie().await.cookie;
    for text in ["", "pcb_", refresh.as_str(), &own[..97], &own.replace('_', "-")] {
        let error = scene.auth.authenticate_cookie(text).await.expect_err("refused");
        assert!(matches!(error, AuthError::Cookie(CookieRefusal::NotOurs)), "{error:?}");
        assert!(!scene.auth.is_session_cookie(text));
    }
    assert!(scene.auth.authenticate(&own).await.is_err(), "a cookie is no token");
    assert!(scene.auth.sessions().unwrap().inspect(&own).await.unwrap().is_none());
}

#[tokio::test]
async fn each_login_begins_a_session_of_its_own() {
    let scene = scene();
    let (first, second) = (scene.cookie().await, scene.cookie().await);
    assert_ne!(first.cookie, second.cookie);
    assert_ne!(first.session, second.session);
    assert!(is_good(&scene.auth, &first.cookie).await && is_good(&scene.auth, &second.cookie).await);
    assert!(!format!("{first:?}").contains(&first.cookie));
}

#[tokio::test]
async fn a_session_may_do_what_its_user_may_or_what_was_asked_for() {
    let scene = scene();
    let all = scene.cookie().await.cookie;
    let narrow = Credentials::new("alice", Password::from(RIGHT)).with_scope(scopes("bills"));
    let narrow = scene
        .auth
        .log_in_with_cookie(narrow, &Attempt::default())
        .await
        .unwrap();
    let may = async |cookie: &str| scene.auth.authenticate_cookie(cookie).await.unwrap().scopes.to_string();
    assert_eq!(may(&all).await, "items");
    assert_eq!(may(&narrow.cookie).await, "");
    let change = AccountChange {
        scopes: Some(scopes("bills")),
        ..AccountChange::default()
    };
    scene.users.update(&UserId::from("alice"), &change).await.unwrap();
    assert_eq!(may(&all).await, "", "what the user lost the session lost");
    // Somebody without scopes may log in where a token would be refused for that.
    let strict = Credentials::new("alice", Password::from(RIGHT)).refuse_empty_grant();
    assert!(scene.auth.log_in_with_cookie(strict, &Attempt::default()).await.is_ok());
}

#[tokio::test]
async fn it_ends_with_a_logout_at_once_in_every_process() {
    let scene = scene();
    let other = scene.another();
    let (own, left) = (scene.cookie().await.cookie, scene.cookie().await.cookie);
    assert!(is_good(&scene.auth, &own).await && is_good(&other, &own).await);
    scene.auth.end_cookie(&own, &Attempt::default()).await.unwrap();
    assert!(!is_good(&scene.auth, &own).await);
    scene.clock.advance(crate::seen::REMEMBER);
    assert!(!is_good(&other, &own).await, "as a user is remembered, and no longer");
    assert!(is_good(&other, &left).await);
    scene.auth.end_cookie(&own, &Attempt::default()).await.unwrap();
}

#[tokio::test]
async fn it_ends_with_the_password_the_account_and_with_all_sessions_of_the_user() {
    for end in 0..4 {
        let scene = scene();
        let cookie = scene.cookie().await.cookie;
        assert!(is_good(&scene.auth, &cookie).await);
        let accounts = &scene.accounts;
        let alice = accounts.find("alice").await.unwrap();
        match end {
            0 => {
                let (current, new) = (Password::from(RIGHT), Password::from("another long one"));
                accounts.change_password(&alice, current, new).await.map(drop).unwrap();
            }
            1 => accounts.disable("alice").await.map(drop).unwrap(),
            2 => accounts.delete("alice").await.unwrap(),
            _ => {
                let all = Ending::OfUser(alice.id(), None);
                let sessions = scene.auth.sessions().unwrap();
                sessions.end(&all, EndReason::Logout, &[]).await.map(drop).unwrap();
            }
        }
        assert!(!is_good(&scene.auth, &cookie).await, "{end}");
    }
}

#[tokio::test]
async fn a_store_of_ones_own_that_disables_a_user_ends_the_session_for_good() {
    let scene = scene();
    let cookie = scene.cookie().await.cookie;
    let disabled = |disabled| AccountChange {
        disabled: Some(disabled),
        ..AccountChange::default()
    };
    let alice = UserId::from("alice");
    scene.users.update(&alice, &disabled(true)).await.unwrap();
    assert!(!is_good(&scene.auth, &cookie).await);
    scene.users.update(&alice, &disabled(false)).await.unwrap();
    assert!(!is_good(&scene.auth, &cookie).await);
}

#[tokio::test]
async fn it_ends_when_it_is_not_used_and_in_any_case_after_its_time() {
    let scene = scene();
    let unused = scene.cookie().await.cookie;
    let used = scene.cookie().await.cookie;
    for _ in 0..6 {
        scene.clock.advance(DAY * 14 - HOUR);
        assert!(is_good(&scene.auth, &used).await);
    }
    assert!(!is_good(&scene.auth, &unused).await);
    scene.clock.advance(DAY * 6 + HOUR * 7);
    assert!(!is_good(&scene.auth, &used).await, "90 days after its login");
    let listed = scene
        .auth
        .sessions()
        .unwrap()
        .sessions_of(&UserId::from("alice"), 0)
        .await
        .unwrap();
    assert!(listed.is_empty());
}

#[tokio::test]
async fn whoever_proved_it_otherwise_has_a_session_too_with_what_is_declared() {
    let scene = scene();
    let alice = scene.accounts.find("alice").await.unwrap();
    let attempt = Attempt::default();
    let begun = scene.auth.begin_with_cookie(&alice, scopes("items others"), &attempt);
    let cookie = begun.await.unwrap().cookie;
    let principal = scene.auth.authenticate_cookie(&cookie).await.unwrap();
    assert_eq!(principal.scopes.to_string(), "items");
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let without = Auth::builder(key, scene.users.clone())
        .sessions(scene.store.clone())
        .build()
        .unwrap();
    let refused = without
        .begin_with_cookie(&alice, scopes("items"), &Attempt::default())
        .await;
    assert!(matches!(refused, Err(LoginError::NoCookies)));
    assert!(without.authenticate_cookie(&cookie).await.is_err(), "off is off");
}

#[tokio::test]
async fn what_is_stored_opens_nothing() {
    let scene = scene();
    let text = scene.cookie().await.cookie;
    let cookie = scene.auth.sessions().unwrap().cookie(&text).unwrap();
    let (family, _) = scene.store.family(cookie.family).await.unwrap().unwrap();
    assert_ne!(family.digest.0, *cookie.secret);
    assert_eq!((family.parent, family.nonce, family.network), (None, [0; 16], None));
    // Whoever has the row and makes a cookie of it has none of ours.
    let forged = CookieToken {
        secret: zeroize::Zeroizing::new(family.digest.0),
        ..cookie
    };
    let other = crate::session::RefreshSecrets::new(forged.key, &[9; 32]).unwrap();
    assert!(!scene.auth.is_session_cookie(&forged.text(&other).unwrap()));
}

/// What a store saw: how often families were rotated.
async fn written(scene: &Scene, cookie: &str) -> u32 {
    let cookie = scene.auth.sessions().unwrap().cookie(cookie).unwrap();
    scene.store.family(cookie.family).await.unwrap().unwrap().0.generation
}

#[tokio::test]
async fn a_use_is_written_a_few_times_in_two_weeks_and_never_with_each_request() {
    let scene = scene();
    let cookie = scene.cookie().await.cookie;
    for _ in 0..1_000 {
        scene.clock.advance(Duration::from_secs(60));
        assert!(is_good(&scene.auth, &cookie).await);
    }
    assert_eq!(written(&scene, &cookie).await, 0, "within 17 hours");
    for _ in 0..20 {
        scene.clock.advance(DAY);
        assert!(is_good(&scene.auth, &cookie).await);
    }
    assert_eq!(written(&scene, &cookie).await, 20, "once a day at most");
}

#[tokio::test]
async fn it_outlives_a_restart_and_a_clock_that_was_set_back() {
    let scene = scene();
    let cookie = scene.cookie().await.cookie;
    assert!(is_good(&scene.another(), &cookie).await);
    scene.clock.advance(DAY);
    assert!(is_good(&scene.auth, &cookie).await);
    scene.clock.set(NOW);
    assert!(is_good(&scene.auth, &cookie).await);
}

#[tokio::test]
async fn what_ends_tokens_by_their_age_ends_no_session() {
    let scene = scene();
    let cookie = scene.cookie().await.cookie;
    assert!(is_good(&scene.auth, &cookie).await);
    scene.clock.advance(Duration::from_millis(100));
    let occasion = Occasion {
        now: scene.clock.now(),
        lifetime: HOUR,
    };
    scene
        .auth
        .revocations()
        .unwrap()
        .revoke(&[occasion.all()])
        .await
        .unwrap();
    scene.clock.advance(Duration::from_secs(1));
    assert!(is_good(&scene.auth, &cookie).await);
}

#[tokio::test]
async fn a_page_proves_its_own_session_and_no_other() {
    let scene = scene();
    let (own, other) = (scene.cookie().await.cookie, scene.cookie().await.cookie);
    let proof = scene.auth.csrf_token(&own).unwrap().unwrap();
    assert!(scene.auth.is_csrf_token(&own, &proof) && scene.another().is_csrf_token(&own, &proof));
    assert!(!scene.auth.is_csrf_token(&other, &proof));
    for wrong in ["", &own, &proof[1..]] {
        assert!(!scene.auth.is_csrf_token(&own, wrong));
    }
    assert!(scene.auth.csrf_token("pcb_").unwrap().is_none());
}

#[test]
fn cookies_without_sessions_or_without_a_place_do_not_build() {
    let key = || SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
    let without =
        Auth::<Account>::builder(key(), MemoryUsers::new()).cookies(Cookies::lax().public_url("https://a.example"));
    assert!(matches!(
        without.build(),
        Err(BuildError::Cookies(CookiesError::NoSessions))
    ));
    let nowhere = Auth::<Account>::builder(key(), MemoryUsers::new()).sessions(MemorySessions::new());
    let nowhere = nowhere.cookies(Cookies::lax());
    assert!(matches!(
        nowhere.build(),
        Err(BuildError::Cookies(CookiesError::NoPublicUrl))
    ));
}
