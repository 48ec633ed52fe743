#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use portcullis_password::{Password, Random, RandomError};

use super::{Throttle, ThrottleParts};
use crate::attempt::{Attempt, DeviceToken};
use crate::clock::ManualClock;
use crate::secrets::Secrets;
use crate::store::StoreError;
use crate::throttle::error::ThrottleError;
use crate::throttle::memory::MemoryThrottle;
use crate::throttle::refusal::{Limit, Throttled};
use crate::throttle::store::{AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, ThrottleStore};
use crate::user::UserId;

mod simulator_tests;

/// The password of everybody.
pub(super) const RIGHT: &str = "kqzvt right";

/// So that two bytes of two passwords are the same in every run or in none.
struct Fixed;

impl Random for Fixed {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
        dest.fill(7);
        Ok(())
    }
}

/// The epoch of every user here.
const EPOCH: u64 = 5;

/// One process over a store, at a time that the test sets.
pub(super) struct Node {
    pub(super) throttle: Throttle,
    pub(super) clock: ManualClock,
}

impl Node {
    pub(super) fn new() -> Self {
        Self::over(&MemoryThrottle::new())
    }

    fn over(store: &MemoryThrottle) -> Self {
        let clock = ManualClock::at(1_700_000_000);
        let parts = ThrottleParts {
            secrets: Secrets::of_one([1; 32]),
            clock: Arc::new(clock.clone()),
            random: Arc::new(Fixed),
        };
        let throttle = Throttle::new(Arc::new(store.clone()), parts).expect("usable");
        Self { throttle, clock }
    }

    /// An attempt; the password is right if it is [`RIGHT`]. `Ok(None)`: wrong.
    pub(super) async fn attempt(&self, login: &str, password: &str, from: &Attempt) -> Result<Option<String>, Limit> {
        let limit = |error| match error {
            ThrottleError::Throttled(Throttled { limit, .. }) => limit,
            other => panic!("{other:?}"),
        };
        let entered = self
            .throttle
            .enter(login, &Password::from(password), from)
            .map_err(limit)?;
        let reserved = entered
            .reserve(Some(EPOCH), &Password::from(password))
            .await
            .map_err(limit)?;
        if password == RIGHT {
            return Ok(reserved.right(EPOCH).await);
        }
        reserved.wrong();
        Ok(None)
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

/// A store that is away.
struct Away;

impl ThrottleStore for Away {
    async fn read(&self, _: &AccountKey, _: &[SideKey]) -> Result<AccountSeen, StoreError> {
        Err(StoreError::unavailable("the cable is out"))
    }

    async fn swap(
        &self,
        _: &AccountKey,
        _: &SideKey,
        _: Option<&[u8]>,
        _: Option<&SideState>,
    ) -> Result<bool, StoreError> {
        Err(StoreError::unavailable("the cable is out"))
    }

    async fn remember(&self, _: &AccountKey, _: KnownNetwork, _: usize) -> Result<(), StoreError> {
        Err(StoreError::unavailable("the cable is out"))
    }

    async fn forget(&self, _: &AccountKey) -> Result<(), StoreError> {
        Err(StoreError::unavailable("the cable is out"))
    }

    async fn tidy(&self, _: &Dispensable, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

#[tokio::test]
async fn what_fails_by_our_own_fault_costs_a_network_nothing() {
    let parts = ThrottleParts {
        secrets: Secrets::of_one([1; 32]),
        clock: Arc::new(ManualClock::at(1_700_000_000)),
        random: Arc::new(Fixed),
    };
    let throttle = Throttle::new(Arc::new(Away), parts).expect("usable");
    for n in 0..200 {
        let password = Password::from(format!("kqzvt {n}"));
        let entered = throttle.enter("alice", &password, &from(1)).expect("nothing was spent");
        let failed = entered.reserve(None, &password).await.map(drop);
        assert!(matches!(failed, Err(ThrottleError::Store(_))), "{failed:?}");
    }
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// From an address of the n-th network.
pub(super) fn from(n: u32) -> Attempt {
    let [_, _, a, b] = n.to_be_bytes();
    Attempt::default().from_peer(Some(IpAddr::from([10, a, b, 1])))
}

pub(super) fn on(device: &str, attempt: Attempt) -> Attempt {
    attempt.with_device(Some(DeviceToken::new(device)))
}

#[tokio::test]
async fn a_sixth_guess_is_refused_and_another_network_may_go_on_until_thirty() {
    let node = Node::new();
    let mut tried = 0;
    for network in 0..10 {
        let mut refused = None;
        for n in 0..6 {
            match node
                .attempt("alice", &format!("kqzvt {network}-{n}"), &from(network))
                .await
            {
                Ok(_) => tried += 1,
                Err(limit) => refused = Some(limit),
            }
        }
        let expected = if network < 6 {
            Limit::AccountFromNetwork
        } else {
            Limit::Strangers
        };
        assert_eq!(refused, Some(expected));
    }
    assert_eq!(tried, 30);
    // Nobody else is touched, and what is counted is told.
    assert_eq!(node.attempt("bob", "wrong", &from(1)).await, Ok(None));
    let strangers = node.throttle.refused().find(|(limit, _)| *limit == Limit::Strangers);
    assert_eq!(strangers, Some((Limit::Strangers, 24)));
}

#[tokio::test]
async fn parallel_guesses_do_not_pass() {
    let store = MemoryThrottle::new();
    let nodes = [Node::over(&store), Node::over(&store)].map(Arc::new);
    let guesses: Vec<_> = (0..100_usize)
        .map(|n| {
            let node = nodes[n % 2].clone();
            tokio::spawn(async move {
                // All are on their way before the first is found wrong.
                let password = Password::from(format!("kqzvt {n}"));
                let entered = node.throttle.enter("alice", &password, &from(1)).ok()?;
                let reserved = entered.reserve(None, &Password::from("kqzvt")).await.ok()?;
                tokio::task::yield_now().await;
                reserved.wrong();
                Some(())
            })
        })
        .collect();
    let mut hashed = 0;
    for guess in guesses {
        hashed += usize::from(guess.await.expect("ends").is_some());
    }
    assert_eq!(hashed, 5, "the burst of one network");
}

#[tokio::test]
async fn one_old_password_all_night() {
    let node = Node::new();
    let device = node
        .attempt("alice", RIGHT, &from(1))
        .await
        .expect("served")
        .expect("a device");
    let (mut served, mut refused) = (0, 0);
    for _ in 0..10_000 {
        match node.attempt("alice", "the old one", &from(1)).await {
            Ok(None) => served += 1,
            Err(Limit::Repeats) => refused += 1,
            other => panic!("{other:?}"),
        }
        node.pass(Duration::from_secs(3));
    }
    assert!(
        (4_900..5_200).contains(&served),
        "ten a minute, of {served} and {refused}"
    );
    for attempt in [from(1), on(&device, from(9))] {
        assert!(
            matches!(node.attempt("alice", RIGHT, &attempt).await, Ok(Some(_))),
            "nobody is locked"
        );
    }
    assert_eq!(
        node.attempt("alice", "a typing error", &from(2)).await,
        Ok(None),
        "nor a stranger"
    );
}

#[tokio::test]
async fn a_device_is_void_with_the_epoch_after_a_hundred_wrong_ones_and_for_another_account() {
    let node = Node::new();
    let device = node
        .attempt("alice", RIGHT, &from(1))
        .await
        .expect("served")
        .expect("a device");
    let limit = |error| match error {
        ThrottleError::Throttled(Throttled { limit, .. }) => limit,
        other => panic!("{other:?}"),
    };
    // Strangers have nothing left.
    for n in 0..30 {
        assert_eq!(
            node.attempt("alice", &format!("kqzvt {n}"), &from(100 + n)).await,
            Ok(None)
        );
    }
    let elsewhere = on(&device, from(2));
    for epoch in [Some(EPOCH + 1), None] {
        let entered = node
            .throttle
            .enter("alice", &Password::from("kqzvt"), &elsewhere)
            .expect("enters");
        assert!(entered.shows_device());
        assert_eq!(
            entered
                .reserve(epoch, &Password::from("kqzvt"))
                .await
                .map(drop)
                .map_err(limit),
            Err(Limit::Strangers)
        );
        node.pass(2 * MINUTE);
    }
    assert!(matches!(node.attempt("alice", RIGHT, &elsewhere).await, Ok(Some(_))));
    let bob = node
        .throttle
        .enter("bob", &Password::from("kqzvt"), &elsewhere)
        .expect("enters");
    assert!(!bob.shows_device());
    for n in 0..100 {
        node.pass(6 * MINUTE);
        assert_eq!(node.attempt("alice", &format!("mine {n}"), &elsewhere).await, Ok(None));
    }
    node.pass(6 * MINUTE);
    // It is a stranger now, as who is not known.
    let mut left = 0;
    while node.attempt("alice", &format!("more {left}"), &elsewhere).await.is_ok() {
        left += 1;
    }
    assert!(left <= 5, "{left}");
}

#[tokio::test]
async fn own_logins_do_not_reset_anothers_counter() {
    let node = Node::new();
    for n in 0..5 {
        assert_eq!(node.attempt("alice", &format!("kqzvt {n}"), &from(1)).await, Ok(None));
        assert!(matches!(node.attempt("mallory", RIGHT, &from(1)).await, Ok(Some(_))));
    }
    assert_eq!(
        node.attempt("alice", "kqzvt", &from(1)).await,
        Err(Limit::AccountFromNetwork)
    );
}

#[tokio::test]
async fn known_and_unknown_names_throttle_alike() {
    // To the throttle no name is known: what it does with a name that nobody has logged in with is all that it does.
    let node = Node::new();
    let mut outcomes = [Vec::new(), Vec::new()];
    for n in 0..40 {
        for (name, outcomes) in ["alice", "nobody"].iter().zip(&mut outcomes) {
            outcomes.push(node.attempt(name, &format!("kqzvt {n}"), &from(n / 4)).await);
        }
        if n == 20 {
            node.throttle.tidy().await.expect("tidied");
        }
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert!(outcomes[0].iter().any(Result::is_err));
}

#[tokio::test]
async fn whoever_is_admitted_may_try_again_and_others_learn_of_it_within_a_minute() {
    let store = MemoryThrottle::new();
    let (server, command) = (Node::over(&store), Node::over(&store));
    let mut n = 0;
    while n < 100 {
        n += u32::from(server.attempt("alice", &format!("kqzvt {n}"), &from(n)).await.is_ok());
        server.pass(48 * MINUTE);
    }
    assert_eq!(server.attempt("alice", RIGHT, &from(1_000)).await, Err(Limit::InARow));
    command.throttle.admit(&["Alice"]).await.expect("admitted");
    assert_eq!(
        server.attempt("alice", RIGHT, &from(1_000)).await,
        Err(Limit::InARow),
        "not yet"
    );
    server.pass(MINUTE);
    assert!(matches!(
        server.attempt("alice", RIGHT, &from(1_000)).await,
        Ok(Some(_))
    ));
}

#[tokio::test]
async fn what_was_not_found_out_costs_nothing() {
    let node = Node::new();
    for _ in 0..50 {
        let entered = node
            .throttle
            .enter("alice", &Password::from(RIGHT), &from(1))
            .expect("enters");
        entered.undone();
        let entered = node
            .throttle
            .enter("alice", &Password::from(RIGHT), &from(1))
            .expect("enters");
        entered
            .reserve(None, &Password::from("kqzvt"))
            .await
            .map_err(drop)
            .expect("reserved")
            .undone()
            .await;
    }
    assert!(matches!(node.attempt("alice", RIGHT, &from(1)).await, Ok(Some(_))));
}

#[tokio::test]
async fn who_comes_through_an_unknown_proxy_has_no_network_and_makes_none_known() {
    let node = Node::new();
    let behind = from(1).behind_unknown_proxy(true);
    for n in 0..100 {
        assert!(
            matches!(node.attempt(&format!("user {n}"), "wrong", &behind).await, Ok(None)),
            "no client is taken for all"
        );
    }
    assert!(matches!(node.attempt("alice", RIGHT, &behind).await, Ok(Some(_))));
    for n in 0..5 {
        assert_eq!(node.attempt("alice", &format!("kqzvt {n}"), &behind).await, Ok(None));
    }
    assert_eq!(
        node.attempt("alice", "kqzvt", &behind).await,
        Err(Limit::AccountFromNetwork)
    );
    assert_eq!(
        node.attempt("alice", "kqzvt", &from(1)).await,
        Ok(None),
        "nobody is known by the proxy"
    );
}

#[tokio::test]
async fn a_clock_that_jumps_closes_nobody_out_for_long() {
    let node = Node::new();
    node.pass(365 * DAY);
    for n in 0..30 {
        assert_eq!(node.attempt("alice", &format!("kqzvt {n}"), &from(n)).await, Ok(None));
    }
    assert_eq!(node.attempt("alice", RIGHT, &from(99)).await, Err(Limit::Strangers));
    node.clock.set(1_700_000_000);
    assert!(matches!(node.attempt("alice", RIGHT, &from(99)).await, Ok(Some(_))));
}

#[tokio::test]
async fn a_password_that_many_use_costs_three() {
    let node = Node::new();
    for (password, served) in [
        ("iloveyou", true),
        ("P@ssw0rd1", false),
        ("kqzvt one", true),
        ("kqzvt two", true),
    ] {
        let outcome = node.attempt("alice", password, &from(1)).await;
        assert_eq!(outcome.is_ok(), served, "{password}: {outcome:?}");
    }
    assert_eq!(
        node.attempt("alice", "kqzvt three", &from(1)).await,
        Err(Limit::AccountFromNetwork)
    );
}

#[tokio::test]
async fn who_has_a_token_has_ten_wrong_passwords_an_hour_and_strangers_do_not_count() {
    let node = Node::new();
    let user = UserId::new("alice");
    for n in 0..30 {
        assert_eq!(node.attempt("alice", &format!("kqzvt {n}"), &from(n)).await, Ok(None));
    }
    for n in 0..10 {
        let own = node
            .throttle
            .reserve_own(&user, &Password::from(format!("mine {n}")))
            .await;
        own.map_err(drop).expect("one of the ten").wrong();
    }
    let eleventh = node
        .throttle
        .reserve_own(&user, &Password::from("mine"))
        .await
        .map(drop);
    let limit = |error| {
        matches!(
            error,
            ThrottleError::Throttled(Throttled {
                limit: Limit::Device,
                ..
            })
        )
    };
    assert_eq!(eleventh.map_err(limit), Err(true));
    node.pass(6 * MINUTE);
    let own = node.throttle.reserve_own(&user, &Password::from(RIGHT)).await;
    own.map_err(drop).expect("one came back").right(EPOCH).await;
}
