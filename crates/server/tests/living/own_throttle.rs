//! What was tried on accounts, in PostgreSQL, on a real server.

use portcullis_core::Passwords;
use portcullis_core::jose::SigningKey;
use portcullis_core::password::schemes::Argon2;
use portcullis_core::password::{Random, RandomError};
use portcullis_core::{
    Account, AccountKey, Auth, Credentials, LoginError, ManualClock, MemoryUsers, Password, Secrets, SideKey,
    SideState, ThrottleStore as _,
};
use portcullis_sql::{PostgresDatabase, PostgresThrottle};

use crate::own_tables::fresh;

async fn store(url: &str) -> PostgresThrottle {
    let database = PostgresDatabase::open(url).await.expect("opens");
    PostgresThrottle::on(database).await.expect("migrated")
}

async fn throttle() -> Option<PostgresThrottle> {
    Some(store(&fresh("")?).await)
}

mod contract {
    portcullis_core::throttle_store_contract!(if super::throttle());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_swap_at_once_one_does() {
    let Some(url) = fresh("") else { return };
    let nodes = [store(&url).await, store(&url).await];
    let (account, side) = (AccountKey::from_bytes([1; 16]), SideKey::from_bytes([0; 8]));
    let mut seen: Option<Vec<u8>> = None;
    for round in 0..50 {
        let swaps = nodes.each_ref().map(|node| {
            let (node, seen) = (node.clone(), seen.clone());
            let next = SideState {
                state: vec![round],
                streak: 1,
                touched: round.into(),
            };
            tokio::spawn(async move { node.swap(&account, &side, seen.as_deref(), Some(&next)).await })
        });
        let mut swapped = Vec::new();
        for swap in swaps {
            swapped.push(swap.await.expect("no panic").expect("written"));
        }
        assert!(swapped[0] != swapped[1], "{round}");
        for node in &nodes {
            let there = node.read(&account, &[side]).await.expect("read");
            assert_eq!(there.sides, [(side, vec![round])]);
        }
        seen = Some(vec![round]);
    }
}

/// The same on every node, so that two bytes of two passwords are.
struct Fixed;

impl Random for Fixed {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RandomError> {
        dest.fill(7);
        Ok(())
    }
}

/// A node that has alice, and hashes fast.
async fn node(url: &str) -> Auth<Account> {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).expect("fits"));
    let hash = passwords.hash(&Password::from("right")).expect("hashed");
    let users = MemoryUsers::from_iter([Account::new("alice").with_password_hash(hash)]);
    let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").expect("long enough");
    let builder = Auth::builder(key, users).passwords(passwords);
    let builder = builder.clock(ManualClock::at(1_700_000_000)).random(Fixed);
    let builder = builder.secrets(Secrets::of_one([1; 32]));
    builder.throttle(store(url).await).build().expect("built")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_guesses_on_two_nodes_do_not_pass() {
    let Some(url) = fresh("") else { return };
    let nodes = [node(&url).await, node(&url).await];
    let guesses: Vec<_> = (0..32)
        .map(|n| {
            let auth = nodes[n % 2].clone();
            let credentials = Credentials::new("alice", Password::from(format!("kqzvt {n}")));
            tokio::spawn(async move { auth.log_in(credentials).await })
        })
        .collect();
    let mut hashed = 0;
    for guess in guesses {
        match guess.await.expect("no panic") {
            Err(LoginError::Refused) => hashed += 1,
            Err(LoginError::Throttled(_) | LoginError::Busy { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=5).contains(&hashed), "{hashed}");
    while hashed < 5 {
        let guess = Credentials::new("alice", Password::from(format!("kqzvt more {hashed}")));
        assert!(matches!(nodes[0].log_in(guess).await, Err(LoginError::Refused)));
        hashed += 1;
    }
    for node in nodes {
        let right = Credentials::new("alice", Password::from("right"));
        assert!(matches!(node.log_in(right).await, Err(LoginError::Throttled(_))));
    }
}
