//! The questions that every store of attempts must answer alike.

use std::sync::Arc;

use portcullis_password::{Password, Random, RandomError};

use super::service::{Throttle, ThrottleParts};
use super::store::{AccountKey, Dispensable, KnownNetwork, SideKey, SideState, ThrottleStore};
use crate::attempt::Attempt;
use crate::clock::ManualClock;
use crate::keyed::Unusable;
use crate::secrets::Secrets;
use crate::store::StoreError;

/// Writes one test per question of the contract of a [`ThrottleStore`](crate::ThrottleStore). The argument is an
/// expression that gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! throttle_store_contract {
    (if $fresh:expr) => {
        $crate::throttle_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::throttle_store_contract!(@each $fresh, $is_there;
            of_an_unknown_account_nothing_is_known,
            a_side_is_swapped_only_if_it_is_the_one_seen,
            of_many_who_swap_at_once_one_does,
            sides_and_accounts_are_told_apart,
            what_is_forgotten_is_the_account_and_not_its_networks,
            the_networks_used_last_are_kept,
            a_network_never_goes_back_in_time,
            what_is_idle_goes_and_what_is_beyond_goes_by_streak_and_age,
            no_more_goes_than_was_asked_for,
            however_many_come_at_once_the_right_password_gets_in_and_wrong_ones_are_counted,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::throttle_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::throttle_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

type Answer = Result<(), StoreError>;

fn account(n: u8) -> AccountKey {
    AccountKey::from_bytes([n; 16])
}

fn side(n: u8) -> SideKey {
    SideKey::from_bytes([n; 8])
}

fn state(n: u8, streak: u8, touched: u64) -> SideState {
    SideState {
        state: vec![0, n, 255],
        streak,
        touched,
    }
}

fn network(tag: u32, day: u32) -> KnownNetwork {
    KnownNetwork { tag, day }
}

/// Nothing but what is beyond so many.
fn beyond(beyond: u64) -> Dispensable {
    Dispensable {
        touched_before: 0,
        seen_before: 0,
        beyond,
    }
}

/// Which of these sides of the first account are there.
async fn there(store: &impl ThrottleStore, sides: &[u8]) -> Result<Vec<u8>, StoreError> {
    let asked: Vec<SideKey> = sides.iter().map(|n| side(*n)).collect();
    let seen = store.read(&account(1), &asked).await?;
    let mut there: Vec<u8> = seen
        .sides
        .iter()
        .filter_map(|(side, _)| side.as_bytes().first().copied())
        .collect();
    there.sort_unstable();
    Ok(there)
}

/// The days of the networks of an account, in order.
async fn days(store: &impl ThrottleStore, n: u8) -> Result<Vec<u32>, StoreError> {
    let seen = store.read(&account(n), &[]).await?;
    let mut days: Vec<u32> = seen.networks.iter().map(|network| network.day).collect();
    days.sort_unstable();
    Ok(days)
}

/// The same in every run, so that two bytes of two passwords are.
struct Fixed;

impl Random for Fixed {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
        dest.fill(7);
        Ok(())
    }
}

/// One process over this store.
fn throttle(store: impl ThrottleStore) -> Result<Throttle, StoreError> {
    let parts = ThrottleParts {
        secrets: Secrets::of_one([1; 32]),
        clock: Arc::new(ManualClock::at(1_700_000_000)),
        random: Arc::new(Fixed),
    };
    Throttle::new(Arc::new(store), parts).map_err(|Unusable| StoreError::corrupt("a secret that HMAC does not take"))
}

/// How many of so many who log in to one account at the same moment may try their password.
async fn served(
    throttle: &Throttle,
    (login, password): (&'static str, fn(usize) -> String),
    count: usize,
    is_right: bool,
) -> usize {
    let all: Vec<_> = (0..count)
        .map(|n| {
            let (throttle, password) = (throttle.clone(), Password::from(password(n)));
            tokio::spawn(async move {
                let entered = throttle.enter(login, &password, &Attempt::default()).ok()?;
                let reserved = entered.reserve(None, &password).await.ok()?;
                tokio::task::yield_now().await;
                match is_right {
                    true => drop(reserved.right(1).await),
                    false => reserved.wrong(),
                }
                Some(())
            })
        })
        .collect();
    let mut served = 0_usize;
    for one in all {
        served = served.saturating_add(usize::from(matches!(one.await, Ok(Some(())))));
    }
    served
}

macro_rules! questions {
    ($($(#[$meta:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// Whatever the store answers with.
        pub async fn $name<S: ThrottleStore>($store: S) -> Answer {
            $body
            Ok(())
        }
    )+};
}

questions! {
    /// "Nothing" is an answer, and nothing is made by asking.
    of_an_unknown_account_nothing_is_known(store) {
        assert_eq!(store.read(&account(1), &[side(1), side(2)]).await?, Default::default());
        assert!(!store.swap(&account(1), &side(1), Some(&[1]), Some(&state(1, 0, 1))).await?);
        assert!(!store.swap(&account(1), &side(1), Some(&[1]), None).await?);
        store.forget(&account(1)).await?;
        assert_eq!(store.tidy(&beyond(0), 10).await?, 0);
        assert_eq!(store.read(&account(1), &[side(1), side(2)]).await?, Default::default());
    }

    /// The condition is looked at in the step that makes the change.
    a_side_is_swapped_only_if_it_is_the_one_seen(store) {
        let (first, second) = (state(1, 1, 1), state(2, 2, 2));
        assert!(store.swap(&account(1), &side(1), None, Some(&first)).await?);
        assert!(!store.swap(&account(1), &side(1), None, Some(&second)).await?);
        assert!(!store.swap(&account(1), &side(1), Some(&second.state), Some(&second)).await?);
        assert!(store.swap(&account(1), &side(1), Some(&first.state), Some(&second)).await?);
        let seen = store.read(&account(1), &[side(1)]).await?;
        assert_eq!(seen.sides, [(side(1), second.state.clone())]);
        assert!(!store.swap(&account(1), &side(1), Some(&first.state), None).await?);
        assert!(store.swap(&account(1), &side(1), Some(&second.state), None).await?);
        assert_eq!(store.read(&account(1), &[side(1)]).await?, Default::default());
    }

    /// However they fall.
    of_many_who_swap_at_once_one_does(store) {
        let store = Arc::new(store);
        for seen in [None, Some(vec![0, 7, 255])] {
            let swaps: Vec<_> = (100..116).map(|n| {
                let (store, seen) = (store.clone(), seen.clone());
                let next = state(if seen.is_none() { 7 } else { n }, n, 1);
                tokio::spawn(async move { store.swap(&account(1), &side(1), seen.as_deref(), Some(&next)).await })
            }).collect();
            let mut done = Vec::new();
            for swap in swaps {
                done.push(matches!(swap.await, Ok(Ok(true))));
            }
            assert_eq!(done.iter().filter(|done| **done).count(), 1);
        }
    }

    /// One account's sides are nobody else's.
    sides_and_accounts_are_told_apart(store) {
        for n in 1..=3 {
            assert!(store.swap(&account(n), &side(n), None, Some(&state(n, 0, 1))).await?);
        }
        assert_eq!(there(&store, &[1, 2, 3]).await?, [1]);
        assert_eq!(there(&store, &[2]).await?, [] as [u8; 0]);
        assert!(store.swap(&account(1), &side(2), None, Some(&state(9, 0, 1))).await?);
        assert_eq!(there(&store, &[3, 2, 1]).await?, [1, 2]);
    }

    /// Whoever is let in again stays known.
    what_is_forgotten_is_the_account_and_not_its_networks(store) {
        for n in 1..=2 {
            assert!(store.swap(&account(1), &side(n), None, Some(&state(n, 100, 1))).await?);
            assert!(store.swap(&account(n), &side(9), None, Some(&state(n, 100, 1))).await?);
            store.remember(&account(n), network(1, 5), 8).await?;
        }
        store.forget(&account(1)).await?;
        let seen = store.read(&account(1), &[side(1), side(2), side(9)]).await?;
        assert_eq!((seen.sides.len(), seen.networks), (0, vec![network(1, 5)]));
        assert_eq!(store.read(&account(2), &[side(9)]).await?.sides.len(), 1);
    }

    /// So many and no more.
    the_networks_used_last_are_kept(store) {
        for n in 1..=10_u32 {
            store.remember(&account(1), network(n | 0x8000_0000, n.saturating_add(100)), 8).await?;
        }
        assert_eq!(days(&store, 1).await?, [103, 104, 105, 106, 107, 108, 109, 110]);
        store.remember(&account(2), network(1, 1), 8).await?;
        assert_eq!(days(&store, 2).await?, [1]);
        let old = Dispensable { touched_before: 0, seen_before: 106, beyond: 1_000 };
        assert_eq!(store.tidy(&old, 100).await?, 4);
        assert_eq!((days(&store, 1).await?.len(), days(&store, 2).await?.len()), (5, 0));
    }

    /// A clock that is behind forgets nothing.
    a_network_never_goes_back_in_time(store) {
        for day in [7, 9, 8] {
            store.remember(&account(1), network(1, day), 8).await?;
        }
        assert_eq!(store.read(&account(1), &[]).await?.networks, [network(1, 9)]);
    }

    /// The most stubborn attacks are remembered the longest.
    what_is_idle_goes_and_what_is_beyond_goes_by_streak_and_age(store) {
        for (n, streak, touched) in [(1, 0, 50), (2, 3, 10), (3, 0, 40), (4, 9, 5), (5, 0, 60)] {
            assert!(store.swap(&account(1), &side(n), None, Some(&state(n, streak, touched))).await?);
        }
        assert_eq!(store.tidy(&beyond(5), 10).await?, 0);
        assert_eq!(store.tidy(&beyond(4), 10).await?, 1);
        assert_eq!(there(&store, &[1, 2, 3, 4, 5]).await?, [1, 2, 4, 5]);
        assert_eq!(store.tidy(&beyond(1), 10).await?, 3);
        assert_eq!(there(&store, &[1, 2, 3, 4, 5]).await?, [4]);
        let idle = Dispensable { touched_before: 6, seen_before: 0, beyond: 1_000 };
        assert_eq!(store.tidy(&idle, 10).await?, 1);
    }

    /// So that nobody waits long.
    no_more_goes_than_was_asked_for(store) {
        for n in 1..=5 {
            assert!(store.swap(&account(1), &side(n), None, Some(&state(n, 0, n.into()))).await?);
        }
        assert_eq!(store.tidy(&beyond(0), 2).await?, 2);
        assert_eq!(there(&store, &[1, 2, 3, 4, 5]).await?, [3, 4, 5]);
        let idle = Dispensable { touched_before: 9, seen_before: 0, beyond: 1_000 };
        assert_eq!((store.tidy(&idle, 2).await?, store.tidy(&idle, 2).await?), (2, 1));
    }

    /// Who tries the same password at the same moment waits for what becomes of it, and has its place then.
    however_many_come_at_once_the_right_password_gets_in_and_wrong_ones_are_counted(store) {
        let throttle = throttle(store)?;
        let right: fn(usize) -> String = |_| "kqzvt right".to_owned();
        assert_eq!(served(&throttle, ("alice", right), 64, true).await, 64);
        assert_eq!(served(&throttle, ("alice", |n| format!("kqzvt {n}")), 16, false).await, 5);
        assert_eq!(served(&throttle, ("alice", right), 16, true).await, 0);
        // One of them counts, and ten are forgiven.
        assert_eq!(served(&throttle, ("bob", |_| "kqzvt wrong".to_owned()), 64, false).await, 11);
    }
}
