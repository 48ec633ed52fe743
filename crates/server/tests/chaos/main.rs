//! Two nodes, a primary and a synchronous standby, under load, while all of them are killed, stopped and promoted. What
//! clients were told is held against what is there afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client::Journal;
use cluster::Cluster;
use dice::Dice;

mod client;
mod cluster;
#[path = "../living/databases.rs"]
mod databases;
mod dice;
#[path = "../living/psql.rs"]
#[allow(dead_code, reason = "each test file uses a part")]
mod psql;
#[path = "../support/cli.rs"]
mod support;
#[path = "../living/wrong_clock.rs"]
mod wrong_clock;

/// Under `scripts/test --long` as long as the promise that is shown.
fn duration() -> Duration {
    let long = std::env::var_os("LONG_TESTS").is_some();
    Duration::from_secs(if long { 600 } else { 45 })
}

/// What befalls the fleet, in turn, so that a short run meets everything.
fn befall(cluster: &mut Cluster, turn: usize, dice: &mut Dice) {
    let node = dice.below(2);
    match turn % 5 {
        0 => cluster.restart(node),
        1 => cluster.freeze(node, Duration::from_millis(500 + 500 * dice.below(8) as u64)),
        2 => cluster.promote(),
        3 => cluster.restart_primary(),
        _ => cluster.freeze_standby(Duration::from_secs(3)),
    }
}

#[test]
fn nothing_that_was_acknowledged_is_lost_and_nobody_is_signed_out() {
    let Some(mut cluster) = Cluster::start() else { return };
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("CHAOS_SEED={seed}");
    let clients = cluster.clients(8);
    let (ends, addresses) = (AtomicBool::new(false), cluster.addresses());
    let begun = Instant::now();
    let journals: Vec<Journal> = std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .into_iter()
            .zip(0_u64..)
            .map(|(client, number)| {
                let (ends, addresses) = (&ends, &addresses);
                let dice = Dice::new(seed.wrapping_mul(64).wrapping_add(number));
                scope.spawn(move || client.run(addresses, dice, ends))
            })
            .collect();
        let mut dice = Dice::new(seed);
        for turn in 0.. {
            std::thread::sleep(Duration::from_millis(2_000 + 500 * dice.below(5) as u64));
            if begun.elapsed() > duration() {
                break;
            }
            befall(&mut cluster, turn, &mut dice);
        }
        cluster.settle();
        ends.store(true, Ordering::SeqCst);
        running
            .into_iter()
            .map(|client| client.join().expect("a journal"))
            .collect()
    });
    let mut told = BTreeMap::<&str, u64>::new();
    for journal in &journals {
        for (what, times) in &journal.acknowledged {
            *told.entry(what).or_default() += times;
        }
    }
    println!("acknowledged: {told:?}; promotions: {}", cluster.promotions);
    let wrong: Vec<_> = journals.iter().flat_map(|journal| &journal.wrong).collect();
    assert_eq!(wrong, Vec::<&String>::new());
    assert!(told["login"] > 0 && told["refresh"] > 0, "{told:?}");
    for journal in &journals {
        cluster.holds(journal);
    }
    cluster.chain_is_whole();
}
