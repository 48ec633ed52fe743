//! A stranger with many networks and a clock that runs. The figures are printed: `cargo test the_owner -- --nocapture`.

use std::time::Duration;

use super::{MINUTE, Node, RIGHT, from, on};
use crate::throttle::refusal::Limit;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The networks of the stranger.
const HOSTILE: u32 = 1_000;

#[tokio::test]
async fn the_owner_gets_in_under_attack() {
    let node = Node::new();
    // Before the attack: a login from home.
    let (home, cafe) = (from(5_000), from(5_002));
    let device = node
        .attempt("alice", RIGHT, &home)
        .await
        .expect("served")
        .expect("a device");
    let (mut guessed, mut guess) = ([0_u32; 2], 0);
    let [mut on_device, mut at_home, mut elsewhere] = [(0, 0); 3];
    for minute in 0..2 * 24 * 60_u32 {
        let day = usize::try_from(minute / (24 * 60)).expect("small");
        // Each network every half hour.
        for network in (minute % 30..HOSTILE).step_by(30) {
            guess += 1;
            let outcome = node.attempt("alice", &format!("kqzvt {guess}"), &from(network)).await;
            guessed[day] += u32::from(outcome.is_ok());
        }
        if minute % 30 == 7 {
            let served = node.attempt("alice", RIGHT, &on(&device, cafe.clone())).await;
            on_device = (on_device.0 + u32::from(served.is_ok()), on_device.1 + 1);
            let served = node.attempt("alice", RIGHT, &home).await;
            at_home = (at_home.0 + u32::from(served.is_ok()), at_home.1 + 1);
        }
        if minute % 60 == 11 {
            let served = node.attempt("alice", RIGHT, &from(6_000 + minute)).await;
            elsewhere = (elsewhere.0 + u32::from(served.is_ok()), elsewhere.1 + 1);
        }
        node.pass(MINUTE);
    }
    println!("under {HOSTILE} hostile networks, two days, {guess} guesses tried:");
    println!(
        "  distinct guesses served: day one {}, day two {}",
        guessed[0], guessed[1]
    );
    println!(
        "  owner on a known device: {} of {} logins served",
        on_device.0, on_device.1
    );
    println!("  owner on a known network: {} of {}", at_home.0, at_home.1);
    println!(
        "  owner on a new device and network: {} of {}",
        elsewhere.0, elsewhere.1
    );
    assert_eq!((on_device.0, at_home.0), (on_device.1, at_home.1), "all of them");
    assert!(guessed[0] <= 61 && guessed[1] <= 31, "{guessed:?}");
}

#[tokio::test]
async fn before_the_thirty_are_spent_the_owner_gets_in_from_anywhere() {
    let node = Node::new();
    for n in 0..29 {
        assert_eq!(node.attempt("alice", &format!("kqzvt {n}"), &from(n)).await, Ok(None));
    }
    assert!(matches!(node.attempt("alice", RIGHT, &from(7_000)).await, Ok(Some(_))));
    assert_eq!(node.attempt("alice", "kqzvt", &from(7_001)).await, Ok(None));
    assert_eq!(node.attempt("alice", RIGHT, &from(7_002)).await, Err(Limit::Strangers));
}

/// What strangers get of one account in a year, an attempt an hour, and whether its owner logs in every day.
async fn in_a_year(owner: bool) -> (u32, u32, u32) {
    let node = Node::new();
    let home = from(5_000);
    assert!(matches!(node.attempt("alice", RIGHT, &home).await, Ok(Some(_))));
    let mut days = Vec::new();
    for day in 0..365_u32 {
        let mut served = 0;
        for hour in 0..24_u32 {
            for n in 0..31 {
                let guess = format!("kqzvt {day} {hour} {n}");
                // From a network of its own.
                let network = 10_000 + (day * 24 + hour) * 31 % 50_000 + n;
                match node.attempt("alice", &guess, &from(network)).await {
                    Ok(_) => served += 1,
                    Err(_) => break,
                }
            }
            node.pass(HOUR);
        }
        if owner {
            assert!(matches!(node.attempt("alice", RIGHT, &home).await, Ok(Some(_))));
        }
        days.push(served);
    }
    (days[0], days[1], days.iter().sum())
}

#[tokio::test]
async fn what_strangers_get_in_a_year() {
    let (first, second, year) = in_a_year(true).await;
    println!(
        "distinct guesses of strangers, whose owner logs in daily: day one {first}, day two {second}, in a year {year}"
    );
    assert!(first <= 60 && second <= 31 && year <= 60 + 364 * 30 + 20);
    let (first, second, year) = in_a_year(false).await;
    println!("the same without any login: day one {first}, day two {second}, in a year {year}");
    assert!(first <= 60 && second <= 31 && year <= 1_200);
}

#[tokio::test]
async fn spraying_is_slowed() {
    // Ten passwords over ten thousand accounts, from ten networks, as fast as it goes for a day.
    let node = Node::new();
    let (mut served, mut tried, mut by_password) = (0_u64, 0_u64, vec![0_u32; 10]);
    let mut account = 0_u32;
    for _ in 0..24 * 60 {
        for network in 0..10 {
            for _ in 0..20 {
                account = (account + 1) % 10_000;
                let password = usize::try_from(tried / 10_000 % 10).expect("small");
                tried += 1;
                let name = format!("user{account}");
                if node
                    .attempt(&name, &format!("Summer{password}"), &from(network))
                    .await
                    .is_ok()
                {
                    served += 1;
                    by_password[password] += 1;
                } else {
                    break;
                }
            }
        }
        node.pass(MINUTE);
    }
    println!(
        "a sprayer with 10 networks over 10,000 accounts in a day: {served} of {tried} served, {:.1} an account",
        f64::from(u32::try_from(served).expect("small")) / 10_000.0
    );
    println!(
        "  without the counter of accounts a network would be served 20 a minute: {}",
        10 * 20 * 24 * 60
    );
    // A quarter of what the budget of a network gives, and what each has before it is seen, each hour.
    assert!(served <= 10 * 20 * 24 * 60 / 4 + 10 * 24 * 40, "{served}");
}

#[tokio::test]
async fn of_the_thirty_a_sprayer_gets_six() {
    let node = Node::new();
    let mut network = 0;
    for password in 0..8 {
        for n in 0..11 {
            network += 1;
            let served = node
                .attempt(
                    &format!("user{n}{password}"),
                    &format!("Summer{password}"),
                    &from(network),
                )
                .await;
            assert_eq!(served, Ok(None));
        }
    }
    let mut served = 0;
    for password in 0..8 {
        network += 1;
        served += u32::from(
            node.attempt("alice", &format!("Summer{password}"), &from(network))
                .await
                .is_ok(),
        );
    }
    println!("of one account a sprayer gets {served} passwords of a list a day");
    assert_eq!(served, 6);
}
