//! Keys that change while tokens are out, and tokens that were seen before.

#![allow(clippy::expect_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_core::jose::{SigningKey, VerifyError};
use portcullis_core::{
    Auth, AuthError, IssueError, KeyRing, KeySource, Keys, LoginError, Refreshing, ResourceServer, StoreError,
};
use support::{NOW, Setup, johndoe, login};

fn key(id: &str) -> SigningKey {
    let secret = format!("the secret of the key {id}, which is long enough");
    SigningKey::hs256(secret)
        .expect("a key")
        .with_key_id(id)
        .expect("an id")
}

fn keys(signing: &str, also: &[&str]) -> Keys {
    Keys::new(key(signing), also.iter().map(|id| key(id).verifying_key())).expect("keys")
}

fn over(ring: &KeyRing) -> Setup {
    Setup::over(ring.clone(), [johndoe()], |builder| builder)
}

fn unknown_key<T>(result: Result<T, AuthError>) -> bool {
    matches!(result, Err(AuthError::Invalid(VerifyError::UnknownKey)))
}

#[tokio::test]
async fn a_token_of_a_retired_key_ends_at_once_although_it_was_seen() {
    let ring = KeyRing::new(keys("one", &[]));
    let setup = over(&ring);
    let token = setup.token("johndoe").await;
    assert!(setup.auth.authenticate(&token).await.is_ok());
    ring.replace(keys("two", &[]));
    assert!(unknown_key(setup.auth.authenticate(&token).await));
}

#[tokio::test]
async fn while_keys_rotate_every_token_stays_good_until_its_key_is_retired() {
    let ring = KeyRing::new(keys("one", &[]));
    let setup = over(&ring);
    let first = setup.token("johndoe").await;
    ring.replace(keys("one", &["two"]));
    let published = setup.token("johndoe").await;
    ring.replace(keys("two", &["one"]));
    let second = setup.token("johndoe").await;
    for token in [&first, &published, &second] {
        assert!(setup.auth.authenticate(token).await.is_ok());
    }
    ring.replace(keys("two", &[]));
    assert!(unknown_key(setup.auth.authenticate(&first).await));
    assert!(unknown_key(setup.auth.authenticate(&published).await));
    assert!(setup.auth.authenticate(&second).await.is_ok());
}

#[tokio::test]
async fn a_seen_token_still_ends_on_its_second_and_is_read_anew_when_the_clock_was_set_back() {
    let ring = KeyRing::new(keys("one", &[]));
    let setup = over(&ring);
    let token = setup.token("johndoe").await;
    assert!(setup.auth.authenticate(&token).await.is_ok());
    setup.clock.set(NOW.saturating_sub(1));
    let early = setup.auth.authenticate(&token).await;
    assert!(matches!(early, Err(AuthError::Invalid(VerifyError::FromTheFuture))));
    setup.clock.set(NOW);
    assert!(setup.auth.authenticate(&token).await.is_ok());
    setup.clock.set(NOW.saturating_add(30 * 60));
    let late = setup.auth.authenticate(&token).await;
    assert!(matches!(late, Err(AuthError::Invalid(VerifyError::Expired))));
}

#[tokio::test]
async fn without_a_key_nobody_is_refused_for_a_bad_token_and_nothing_is_signed() {
    let ring = KeyRing::new(keys("one", &[]));
    let setup = over(&ring);
    let token = setup.token("johndoe").await;
    ring.replace(Keys::none());
    assert!(matches!(setup.auth.authenticate(&token).await, Err(AuthError::NoKeys)));
    let refused = login(&setup.auth, "johndoe", "secret").await;
    assert!(matches!(refused, Err(LoginError::Issue(IssueError::NoKey))));
}

/// A source that knows the key "two", and counts how often it is asked.
struct Source(Arc<AtomicUsize>);

impl KeySource for Source {
    fn refresh<'a>(&'a self, ring: &'a KeyRing) -> Refreshing<'a> {
        Box::pin(async move {
            let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
            if first {
                ring.replace(Keys::verifying(key("two").verifying_key().into()));
            }
            Ok(first)
        })
    }
}

#[tokio::test]
async fn only_an_unknown_key_asks_the_source_and_a_resource_server_needs_no_users() {
    let asked = Arc::new(AtomicUsize::new(0));
    let issuer = |id: &str| {
        Setup::over(KeyRing::from(key(id)), [johndoe()], |builder| {
            builder
                .issuer("https://issuer.test")
                .token_type(portcullis_core::AccessTokenType::AtJwt)
        })
    };
    let (one, two) = (issuer("one"), issuer("two"));
    let ring = KeyRing::new(Keys::none()).with_source(Source(asked.clone()));
    let auth: Auth = ResourceServer::new("https://issuer.test", ring)
        .clock(two.clock.clone())
        .build();
    assert!(!auth.has_logins());

    let good = two.token("johndoe").await;
    let principal = auth.authenticate(&good).await.expect("a good token");
    assert_eq!(principal.user.username(), "johndoe");
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    assert!(auth.authenticate("no.to.ken").await.is_err());
    let tampered = format!("{good}x");
    assert!(auth.authenticate(&tampered).await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    assert!(unknown_key(auth.authenticate(&one.token("johndoe").await).await));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_key_that_is_accepted_too_stays_whatever_comes_into_the_ring_and_drops_none_of_it() {
    let ring = KeyRing::new(keys("two", &["one"]));
    let (old, also) = (over(&KeyRing::from(key("older"))), key("older").verifying_key());
    let older = old.token("johndoe").await;
    let first = over(&KeyRing::from(key("one"))).token("johndoe").await;
    let (plain, accepting) = (
        over(&ring),
        Setup::over(ring.clone(), [johndoe()], |builder| builder.also_accept(also)),
    );
    assert!(accepting.auth.authenticate(&older).await.is_ok());
    for setup in [&plain, &accepting] {
        assert!(setup.auth.authenticate(&first).await.is_ok(), "a retiring key stays");
    }
    assert!(
        unknown_key(plain.auth.authenticate(&older).await),
        "the ring is others', too"
    );
    ring.replace(keys("three", &["two"]));
    assert!(accepting.auth.authenticate(&older).await.is_ok());
    assert!(unknown_key(accepting.auth.authenticate(&first).await));
    // One that came into the ring meanwhile is the ring's.
    ring.replace(keys("three", &["older"]));
    assert!(accepting.auth.authenticate(&older).await.is_ok());
    assert_eq!(accepting.auth.keys().key_set().map(|keys| keys.iter().count()), Some(2));
}

#[tokio::test]
async fn keys_to_accept_of_which_one_cannot_be_told_from_another_are_refused() {
    let accept = |ids: &[&str]| {
        let builder = Auth::builder(KeyRing::new(keys("one", &["two"])), portcullis_core::MemoryUsers::new());
        let with = |builder: portcullis_core::AuthBuilder<_>, id: &&str| builder.also_accept(key(id).verifying_key());
        ids.iter().fold(builder, with).build()
    };
    for bad in [["one", "x"], ["x", "two"], ["x", "x"]] {
        assert!(
            matches!(accept(&bad), Err(portcullis_core::BuildError::Policy(_))),
            "{bad:?}"
        );
    }
    assert!(accept(&["x", "y"]).is_ok());
}

/// A source whose ring was filled by somebody else just before it was asked.
struct Late;

impl KeySource for Late {
    fn refresh<'a>(&'a self, _: &'a KeyRing) -> Refreshing<'a> {
        Box::pin(async { Ok(false) })
    }
}

/// Keys that cannot be looked for at the moment.
struct Away;

impl KeySource for Away {
    fn refresh<'a>(&'a self, _: &'a KeyRing) -> Refreshing<'a> {
        Box::pin(async { Err(StoreError::unavailable("away")) })
    }
}

#[tokio::test]
async fn while_keys_cannot_be_looked_for_a_token_of_an_unknown_one_is_not_refused() {
    let ring = KeyRing::new(keys("one", &[])).with_source(Away);
    let (setup, other) = (over(&ring), over(&KeyRing::new(keys("two", &[]))));
    let unknown = setup.auth.authenticate(&other.token("johndoe").await).await;
    assert!(matches!(unknown, Err(AuthError::Store(_))), "{unknown:?}");
    // Of what is known it is said what it is.
    let own = setup.token("johndoe").await;
    assert!(setup.auth.authenticate(&own).await.is_ok());
    assert!(matches!(
        setup.auth.authenticate("nonsense").await,
        Err(AuthError::Invalid(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_keys_change_all_the_time_no_token_of_a_removed_key_is_taken_and_no_good_one_refused() {
    let ring = KeyRing::new(keys("one", &["two"])).with_source(Late);
    let (setup, both) = (over(&ring), over(&KeyRing::new(keys("two", &["one"]))));
    let (first, second) = (setup.token("johndoe").await, both.token("johndoe").await);
    let ended = Arc::new(AtomicUsize::new(0));
    let reader = {
        let (auth, first, ended) = (setup.auth.clone(), first.clone(), ended.clone());
        tokio::spawn(async move {
            while ended.load(Ordering::SeqCst) == 0 {
                let _taken_or_not = auth.authenticate(&first).await;
            }
        })
    };
    for _ in 0..1_000 {
        ring.replace(keys("one", &["two"]));
        assert!(setup.auth.authenticate(&second).await.is_ok());
        ring.replace(keys("two", &[]));
        assert!(unknown_key(setup.auth.authenticate(&first).await), "its key is gone");
        assert!(setup.auth.authenticate(&second).await.is_ok());
    }
    ended.store(1, Ordering::SeqCst);
    reader.await.expect("ends");
}
