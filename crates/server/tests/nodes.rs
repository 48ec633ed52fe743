//! Two servers on one data folder or PostgreSQL database, and servers that are killed: refresh tokens and what ends them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deployment::Deployment;
use relay::{Relay, Way};
use serde_json::Value;
use support::{Answer, Serving, Setup, escape, json, message};

/// Each of these with a data folder and with a PostgreSQL database.
macro_rules! over_either {
    ($($test:ident,)*) => {
        mod in_a_folder {
            $(#[test]
            fn $test() {
                super::$test(&crate::deployment::Deployment::in_a_folder());
            })*
        }

        mod on_postgres {
            $(#[test]
            fn $test() {
                if let Some(deployment) = crate::deployment::Deployment::on_postgres() {
                    super::$test(&deployment);
                }
            })*
        }
    };
}

#[path = "living/databases.rs"]
mod databases;
#[path = "nodes/delay.rs"]
mod delay;
#[path = "nodes/deployment.rs"]
mod deployment;
#[path = "nodes/foreign.rs"]
mod foreign;
#[path = "living/psql.rs"]
mod psql;
#[path = "living/relay.rs"]
mod relay;
#[path = "support/cli.rs"]
mod support;
#[path = "nodes/trouble.rs"]
mod trouble;
#[path = "nodes/versions.rs"]
mod versions;
#[path = "living/wrong_clock.rs"]
mod wrong_clock;

over_either! {
    sixty_four_racers_on_two_nodes_get_one_successor,
    parallel_guesses_do_not_pass,
    a_lost_answer_is_given_again,
    the_outcome_of_a_commit_is_unknown,
    a_replay_after_use_ends_the_family_everywhere,
    killed_between_commit_and_answer,
    the_chain_verifies_after_chaos,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// What a login or a refresh gave.
#[derive(Debug, Clone)]
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::said(&json(answer))
    }

    fn said(said: &Value) -> Self {
        let text = |name: &str| said[name].as_str().expect("a token").to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

/// A number that stands in an access token.
fn claim(access: &str, name: &str) -> Option<u64> {
    let claims = URL_SAFE_NO_PAD.decode(access.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?[name].as_u64()
}

/// Which refresh an access token came with.
fn generation(access: &str) -> Option<u64> {
    claim(access, "gen")
}

/// When an access token was made, in seconds since 1970.
fn issued(access: &str) -> u64 {
    claim(access, "iat").expect("a number")
}

/// How often something is done whose outcome is another one each time: `scripts/test --long` does it for longer.
fn rounds(few: u64, many: u64) -> u64 {
    if std::env::var_os("LONG_TESTS").is_some() {
        many
    } else {
        few
    }
}

fn log_in(server: &Serving, password: &str) -> Tokens {
    let form = format!("username=admin&password={}", escape(password));
    Tokens::of(&server.send("POST", "/token", None, FORM, &form))
}

fn form(refresh: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={refresh}")
}

fn refresh(server: &Serving, refresh: &str) -> Answer {
    server.send("POST", "/token", None, FORM, &form(refresh))
}

fn is_good(server: &Serving, access: &str) -> bool {
    server.get("/users/me/", access).status == 200
}

/// Until it is so. That it is so soon is measured, and not tested.
fn until(so: impl Fn() -> bool) {
    while !so() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn sixty_four_racers_on_two_nodes_get_one_successor(deployment: &Deployment) {
    let nodes = [deployment.serve(), deployment.serve()];
    let mut token = log_in(&nodes[0], &deployment.password).refresh;
    for _ in 0..10 {
        let start = Barrier::new(64);
        let answers: Vec<Tokens> = std::thread::scope(|scope| {
            let racer = |at: usize| {
                let (node, start, token) = (&nodes[at % 2], &start, &token);
                scope.spawn(move || {
                    start.wait();
                    Tokens::of(&refresh(node, token))
                })
            };
            let racers: Vec<_> = (0..64).map(racer).collect();
            racers
                .into_iter()
                .map(|racer| racer.join().expect("an answer"))
                .collect()
        });
        let first = &answers[0].refresh;
        assert!(answers.iter().all(|answer| answer.refresh == *first));
        assert!(
            answers
                .iter()
                .step_by(9)
                .all(|answer| is_good(&nodes[1], &answer.access))
        );
        token.clone_from(first);
    }
}

/// A refresh, on its way through a relay to this server.
fn asking(relay: &Relay, server: &Serving, token: &str, bytes: impl Fn(usize) -> usize) -> TcpStream {
    let request = message(server.host(), "POST", "/token", None, FORM, &form(token));
    let (before, sent) = (relay.asked(), bytes(request.len()));
    let mut stream = TcpStream::connect(("127.0.0.1", relay.port)).expect("connects");
    stream.write_all(&request.as_bytes()[..sent]).expect("sent");
    until(|| relay.asked() == before + sent);
    stream
}

fn parallel_guesses_do_not_pass(deployment: &Deployment) {
    let nodes = [deployment.serve(), deployment.serve()];
    let start = Barrier::new(100);
    let guess = |at: usize| {
        start.wait();
        let form = format!("username=admin&password=kqzvt{at}");
        nodes[at % 2].send("POST", "/token", None, FORM, &form).status
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..100).map(|at| scope.spawn(move || guess(at))).collect();
        guesses
            .into_iter()
            .map(|guess| guess.join().expect("an answer"))
            .collect()
    });
    let hashed = statuses.iter().filter(|status| **status == 400).count();
    assert!(
        // Two bytes of two guesses are the same once in a thousand runs.
        (1..=6).contains(&hashed),
        "at most the burst of a network is looked at: {statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| [400, 429].contains(status)),
        "{statuses:?}"
    );
    // And nobody has got more by waiting in line.
    for node in &nodes {
        let form = format!("username=admin&password={}", escape(&deployment.password));
        let answer = node.send("POST", "/token", None, FORM, &form);
        assert_eq!(answer.status, 429);
    }
}

fn a_lost_answer_is_given_again(deployment: &Deployment) {
    let nodes = [deployment.serve(), deployment.serve()];
    let relay = Relay::to(nodes[0].port());
    relay.set(Way::Unanswered);
    let mut token = log_in(&nodes[0], &deployment.password).refresh;
    for _ in 0..5 {
        let _client = asking(&relay, &nodes[0], &token, |whole| whole);
        let answered = || {
            let answer = relay.kept();
            let body = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
            serde_json::from_slice::<Value>(&answer[body..]).ok()
        };
        until(|| answered().is_some());
        let lost = Tokens::said(&answered().expect("an answer"));
        relay.cut();
        let again = Tokens::of(&refresh(&nodes[1], &token));
        assert_eq!(again.refresh, lost.refresh);
        assert!(is_good(&nodes[0], &again.access));
        token = again.refresh;
    }
}

fn the_outcome_of_a_commit_is_unknown(deployment: &Deployment) {
    let nodes = [deployment.serve(), deployment.serve()];
    let relays = [0, 1].map(|node: usize| Relay::to(nodes[node].port()));
    let mut token = log_in(&nodes[0], &deployment.password).refresh;
    for round in 0..rounds(24, 300) {
        let (asked, other) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
        // Cut off before the last byte has arrived, right after it, and a while after it.
        let (missing, pause) = [(1, 0), (0, 0), (0, 1), (0, 5)][usize::try_from(round / 2 % 4).expect("small")];
        let client = asking(&relays[asked], &nodes[asked], &token, |whole| whole - missing);
        std::thread::sleep(Duration::from_millis(pause));
        relays[asked].cut();
        drop(client);
        let given = Tokens::of(&refresh(&nodes[other], &token));
        let again = Tokens::of(&refresh(&nodes[asked], &token));
        assert_eq!(again.refresh, given.refresh);
        for access in [&given.access, &again.access] {
            assert_eq!(generation(access), Some(round + 1), "one step, whatever was cut off");
            assert!(is_good(&nodes[asked], access) && is_good(&nodes[other], access));
        }
        token = given.refresh;
    }
}

fn a_replay_after_use_ends_the_family_everywhere(deployment: &Deployment) {
    // Who does not know what ended up to two seconds ago says so.
    let nodes = [0, 1].map(|_| deployment.serve_with(&["--stale-revocations", "refuse"]));
    let first = log_in(&nodes[0], &deployment.password);
    let second = Tokens::of(&refresh(&nodes[0], &first.refresh));
    let third = Tokens::of(&refresh(&nodes[1], &second.refresh));
    until(|| is_good(&nodes[1], &third.access));
    let replayed = refresh(&nodes[0], &first.refresh);
    let ended = Instant::now();
    assert_eq!(
        (replayed.status, &json(&replayed)["error"]),
        (400, &"invalid_grant".into())
    );
    for node in nodes.iter().rev() {
        for token in [&third, &second, &first] {
            delay::until_refused(ended, || delay::at_node(node, &token.access));
        }
        assert_eq!(refresh(node, &third.refresh).status, 400);
    }
    let told = deployment.run(&["audit", "--json", "--kind", "refresh_reuse"]).good();
    assert_eq!(told.lines().count(), 1, "{told}");
    for node in nodes {
        node.signal("TERM");
        assert_eq!(node.wait(), Some(0));
    }
    expect_whole(deployment);
}

fn killed_between_commit_and_answer(deployment: &Deployment) {
    let mut server = deployment.serve();
    let mut token = log_in(&server, &deployment.password).refresh;
    for round in 0..rounds(30, 300) {
        let request = message(server.host(), "POST", "/token", None, FORM, &form(&token));
        let mut stream = TcpStream::connect(server.host()).expect("connects");
        stream.write_all(request.as_bytes()).expect("sent");
        // Before, in or after the step: somewhere else in each round.
        std::thread::sleep(Duration::from_micros(round % 30 * 400));
        server.signal("KILL");
        server.wait();
        server = deployment.serve();
        let given = Tokens::of(&refresh(&server, &token));
        assert!(is_good(&server, &given.access));
        let again = Tokens::of(&refresh(&server, &token));
        assert_eq!(again.refresh, given.refresh, "one successor, whatever was lost");
        token = given.refresh;
    }
}

#[test]
fn what_ended_stays_ended_over_a_kill_and_a_copy_that_is_brought_back() {
    let setup = Setup::new();
    let server = setup.serve();
    let (ended, kept) = (log_in(&server, &setup.password), log_in(&server, &setup.password));
    let copy = setup.path().join("copy.db");
    setup.run(&["backup", copy.to_str().expect("a name")]).good();
    let newer = Tokens::of(&refresh(&server, &kept.refresh));
    assert_eq!(
        server
            .send("POST", "/revoke", None, FORM, &format!("token={}", ended.refresh))
            .status,
        200
    );
    server.signal("KILL");
    server.wait();
    setup
        .run(&["restore", copy.to_str().expect("a name"), "--force"])
        .good();
    let server = setup.serve();
    assert!(!is_good(&server, &ended.access));
    assert_eq!(refresh(&server, &ended.refresh).status, 400);
    // Its token is ahead of the copy, and rolls it forward.
    let rolled = Tokens::of(&refresh(&server, &newer.refresh));
    assert!(is_good(&server, &rolled.access));
    assert_eq!(
        refresh(&server, &kept.refresh).status,
        400,
        "and then a replay is one again"
    );
}

/// Two servers that log in, refresh and are killed, this often; then the trail is whole, there and in a copy.
fn chaos(deployment: &Deployment, rounds: u64) {
    // So much is tried from one address that guessing would be slowed.
    let serve = || deployment.serve_with(&["--throttle", "false"]);
    let mut nodes = [Some(serve()), Some(serve())];
    for round in 0..rounds {
        let tokens: Vec<Tokens> = nodes
            .iter()
            .flatten()
            .map(|node| log_in(node, &deployment.password))
            .collect();
        std::thread::scope(|scope| {
            for (node, token) in nodes.iter().flatten().zip(&tokens) {
                scope.spawn(move || Tokens::of(&refresh(node, &token.refresh)));
                scope.spawn(move || assert!(node.log_in("admin", "a wrong password", "").is_err()));
            }
        });
        // Somewhere else between two seals in each round; now and then both.
        std::thread::sleep(Duration::from_millis(round * 97 % 1_000));
        for at in 0..2 {
            if round % 3 == at || round % 5 == 4 {
                let node = nodes[usize::try_from(at).expect("small")].take().expect("a server");
                node.signal("KILL");
                node.wait();
            }
        }
        let verified = deployment.run(&["audit", "verify", "--json"]).json();
        assert_eq!(verified["whole"], true, "round {round}: {verified}");
        nodes
            .iter_mut()
            .filter(|node| node.is_none())
            .for_each(|node| *node = Some(serve()));
    }
    let copy = deployment.copy();
    for node in nodes.into_iter().flatten() {
        node.signal("TERM");
        assert_eq!(node.wait(), Some(0));
    }
    expect_whole(deployment);
    let logins = deployment
        .run(&["audit", "--json", "--kind", "login", "-n", "1000"])
        .good();
    assert_eq!(
        logins.lines().count(),
        usize::try_from(rounds * 2).expect("small"),
        "every login is there once"
    );
    let refreshes = deployment
        .run(&["audit", "--json", "--kind", "refresh", "-n", "1000"])
        .good();
    assert_eq!(
        refreshes.lines().count(),
        usize::try_from(rounds * 2).expect("small"),
        "and every refresh"
    );
    let copied = deployment
        .run(&["audit", "verify", "--json", "--database", &copy])
        .json();
    assert_eq!(copied["whole"], true, "{copied}");
}

fn the_chain_verifies_after_chaos(deployment: &Deployment) {
    chaos(deployment, rounds(6, 75));
}

/// The trail verifies, and nothing in it is unsealed.
fn expect_whole(deployment: &Deployment) {
    let verified = deployment.run(&["audit", "verify", "--json"]).json();
    assert_eq!(
        (&verified["whole"], &verified["unsealed"]),
        (&true.into(), &0.into()),
        "{verified}"
    );
}
