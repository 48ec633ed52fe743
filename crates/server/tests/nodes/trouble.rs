//! What befalls nodes on PostgreSQL alone, where the database is another process: between them and it, or to their clocks.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::deployment::Deployment;
use super::psql::{Session, ask};
use super::support::{Answer, Serving, exchange, json, message};
use super::wrong_clock::wrong_clock;
use super::{FORM, Tokens, form, generation, issued, log_in, refresh, rounds, until};

/// What a client calls itself stands in the trail, and so in the statement that rotates.
const AGENT: &str = "who-is-cut-off";

/// A refresh by this client.
fn refresh_by_agent(server: &Serving, token: &str) -> Answer {
    let request = message(server.host(), "POST", "/token", None, FORM, &form(token));
    let request = request.replacen("\r\n", &format!("\r\nUser-Agent: {AGENT}\r\n"), 1);
    exchange(server.host(), "POST", request.as_bytes()).expect("an answer")
}

/// The answer of a node that asks for patience no more.
fn patiently(ask: impl Fn() -> Answer) -> Answer {
    loop {
        let answer = ask();
        if answer.status != 503 {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_outcome_of_a_commit_is_unknown() {
    let Some(deployment) = Deployment::on_postgres() else {
        return;
    };
    let way = deployment.relay(None);
    let nodes = [deployment.serve_over(Some(&way), &[]), deployment.serve()];
    for round in 0..rounds(8, 100) {
        let token = log_in(&nodes[1], &deployment.password).refresh;
        // As soon as its last byte has reached the database, or before.
        way.cut_at(AGENT, round % 2 == 0);
        let first = refresh_by_agent(&nodes[0], &token);
        assert!(way.was_cut());
        let mut given = match first.status {
            200 => vec![Tokens::of(&first)],
            status => {
                assert_eq!(status, 503, "{}", first.text());
                Vec::new()
            }
        };
        for node in nodes.iter().rev() {
            given.push(Tokens::of(&patiently(|| refresh(node, &token))));
        }
        for tokens in &given {
            assert_eq!(tokens.refresh, given[0].refresh);
            assert_eq!(generation(&tokens.access), Some(1), "one step, whatever was cut off");
        }
    }
}

#[test]
fn killed_between_commit_and_answer() {
    let Some(deployment) = Deployment::on_postgres() else {
        return;
    };
    let url = &deployment.database().expect("on PostgreSQL").url;
    let other = deployment.serve();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%generation + 1%'";
    let steps = "SELECT sum(generation) FROM portcullis_refresh_families";
    for round in 1..=rounds(3, 30) {
        let node = deployment.serve();
        let token = log_in(&node, &deployment.password).refresh;
        let held = Session::after(url, "BEGIN; SELECT 1 FROM portcullis_refresh_families FOR UPDATE");
        let request = message(node.host(), "POST", "/token", None, FORM, &form(&token));
        let mut client = TcpStream::connect(node.host()).expect("connects");
        client.write_all(request.as_bytes()).expect("sent");
        until(|| ask(url, waiting) == "1");
        node.signal("KILL");
        node.wait();
        // The database has it in hand, and commits what nobody waits for any more.
        drop(held);
        until(|| ask(url, steps) == round.to_string());
        let given = Tokens::of(&refresh(&other, &token));
        let again = Tokens::of(&refresh(&other, &token));
        assert_eq!(given.refresh, again.refresh);
        assert_eq!(generation(&given.access), Some(1));
        assert_eq!(ask(url, steps), round.to_string(), "one successor");
    }
}

#[test]
fn the_window_neither_slides_nor_depends_on_one_clock() {
    /// For how long a token that was used is answered again, and how exactly.
    const WINDOW: Duration = Duration::from_secs(30);
    const EXACTLY: Duration = Duration::from_secs(1);
    let Some(deployment) = Deployment::on_postgres() else {
        return;
    };
    let url = &deployment.database().expect("on PostgreSQL").url;
    let mut fast = deployment.server(&["--late-retry", "end"]);
    wrong_clock(&mut fast, "+10m");
    let nodes = [Serving::spawn(fast), deployment.serve_with(&["--late-retry", "end"])];
    for (at, node) in nodes.iter().enumerate() {
        let (token, asked) = (log_in(node, &deployment.password).refresh, Instant::now());
        let next = Tokens::of(&refresh(node, &token));
        let (rotated, mut passed) = (Instant::now(), Duration::ZERO);
        let now = "SELECT extract(epoch FROM clock_timestamp())::bigint";
        let now: u64 = ask(url, now).parse().expect("a number");
        assert!(issued(&next.access).abs_diff(now) < 300, "by the database's clock");
        for pause in [0, 5_000, 5_000, 5_000, 5_000, 5_000, 4_000, 2_500] {
            // Long tests wait; others put the rotation back.
            let pause = Duration::from_millis(pause);
            if rounds(0, 1) == 1 {
                std::thread::sleep(pause);
            } else {
                let back = pause.as_millis();
                ask(
                    url,
                    &format!("UPDATE portcullis_refresh_families SET rotated = rotated - {back}"),
                );
                passed += pause;
            }
            let before = rotated.elapsed() + passed;
            let again = refresh(&nodes[1 - at], &token);
            let after = asked.elapsed() + passed;
            match again.status {
                200 => assert!(before < WINDOW + EXACTLY, "still open after {before:?}"),
                _ => assert!(after > WINDOW - EXACTLY, "closed after {after:?}"),
            }
            if again.status != 200 {
                break;
            }
            assert_eq!(Tokens::of(&again).refresh, next.refresh);
        }
        assert_eq!(
            refresh(node, &next.refresh).status,
            400,
            "it closed, and who comes then is a thief"
        );
    }
}

/// In what is asked over the link of the feed, and over no other.
const OF_THE_FEED: &str = "pg_stat_get_bgwriter_stat_reset_time";

/// What a node says of itself.
fn ready(node: &Serving) -> (u16, Option<String>) {
    let answer = node.send("GET", "/health/ready", None, "", "");
    (answer.status, json(&answer)["status"].as_str().map(str::to_owned))
}

/// What a node says of a good token; never that it is not known.
fn opens(node: &Serving, token: &str) -> u16 {
    let answer = node.get("/users/me/", token);
    match answer.status {
        200 => {}
        status => {
            assert_eq!(status, 503, "never a refusal: {}", answer.text());
            assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
        }
    }
    answer.status
}

#[test]
fn stale_serves_or_refuses_as_configured() {
    let Some(deployment) = Deployment::on_postgres() else {
        return;
    };
    let way = deployment.relay(Some(OF_THE_FEED));
    let start = |stale| {
        let arguments = ["--stale-revocations", stale, "--access-token-minutes", "1"];
        deployment.serve_over(Some(&way), &arguments)
    };
    let (serves, refuses) = (start("serve"), start("refuse"));
    let log_in = |node| log_in(node, &deployment.password).access;
    let (well, degraded) = ((200, Some("ok".to_owned())), (200, Some("degraded".to_owned())));
    let token = log_in(&serves);
    for node in [&serves, &refuses] {
        until(|| ready(node) == well && opens(node, &token) == 200);
    }
    way.hang(true);
    until(|| ready(&serves) == degraded && ready(&refuses).0 == 503);
    // Everything but what is revoked is known.
    let token = log_in(&refuses);
    assert_eq!((opens(&serves, &token), opens(&refuses, &token)), (200, 503));
    // Who begins now has never known what was revoked.
    let (serves_late, refuses_late) = (start("serve"), start("refuse"));
    for node in [&serves_late, &refuses_late] {
        assert_eq!((ready(node).0, opens(node, &token)), (503, 503));
    }
    if rounds(0, 1) == 1 {
        // Until no token is good that was when it was last known what was revoked.
        std::thread::sleep(Duration::from_secs(65));
        let token = log_in(&serves);
        assert_eq!((ready(&serves).0, opens(&serves, &token)), (503, 503));
    }
    way.hang(false);
    let token = log_in(&serves);
    for node in [&serves, &refuses, &serves_late, &refuses_late] {
        until(|| ready(node) == well && opens(node, &token) == 200);
    }
}
