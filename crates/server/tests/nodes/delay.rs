//! How long it takes until what was revoked is refused: in the process, in another one, and at a resource server.

over_either! {
    a_follower_whose_issuer_restarts_while_it_waits_learns_what_ended_meanwhile,
    refused_everywhere_within_two_seconds,
    a_node_that_slept_past_the_retention,
}

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portcullis::core::{Auth, AuthError, StaleFeed};
use portcullis::{CheckTokens as _, FollowingClient};
use tokio::runtime::Runtime;

use super::deployment::Deployment;
use super::relay::Relay;
use super::support::{Answer, Serving, free_address, json};
use super::{FORM, Tokens, is_good, log_in, refresh, rounds, until};

const AUDIENCE: &str = "https://api.example.com";

/// What is promised of everybody who knows at all.
pub(crate) const BOUND: Duration = Duration::from_secs(2);

/// What is said of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Good,
    Refused,
    /// Not known at this moment (503).
    Unknown,
}

pub(crate) fn at_node(node: &Serving, token: &str) -> Said {
    match node.get("/verify", token).status {
        200 => Said::Good,
        401 => Said::Refused,
        503 => Said::Unknown,
        status => panic!("{status}"),
    }
}

/// Asks for a token that was ended at that moment until it is refused; how long that took. Whoever takes it at a question that
/// began more than two seconds after its end broke the promise, however slow the machine is: who does not know that much must
/// say so.
pub(crate) fn until_refused(since: Instant, ask: impl Fn() -> Said) -> Duration {
    loop {
        let begun = since.elapsed();
        match ask() {
            Said::Refused => return since.elapsed(),
            Said::Good => assert!(begun < BOUND, "taken {begun:?} after its end"),
            Said::Unknown => {}
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same of each.
fn watch(revoked: &Receiver<(String, Instant)>, ask: impl Fn(&str) -> Said) -> Vec<Duration> {
    let each = revoked.iter();
    each.map(|(token, since)| until_refused(since, || ask(&token)))
        .collect()
}

/// How often it took how long, in steps of a tenth of a second, and how long it took most and all of them.
fn tell(place: &str, mut delays: Vec<Duration>) {
    delays.sort();
    let at = |part: usize| delays[(delays.len() - 1) * part / 100];
    let (p50, p99, max) = (at(50), at(99), at(100));
    println!(
        "{place}: {} refused after p50 {p50:?}, p99 {p99:?}, max {max:?}",
        delays.len()
    );
    for tenths in delays.chunk_by(|one, other| one.as_millis() / 100 == other.as_millis() / 100) {
        println!("{:>6} ms {:>5}", tenths[0].as_millis() / 100 * 100, tenths.len());
    }
}

/// Two servers, and a resource server that follows the first of them through a relay.
struct Fleet<'a> {
    deployment: &'a Deployment,
    /// Where the first of them listens.
    address: String,
    nodes: [Serving; 2],
    /// Between the resource server and what it follows.
    relay: Relay,
    /// Between the servers and their database, where it is another process.
    ways: Option<[Relay; 2]>,
    follower: Auth,
    runtime: Runtime,
    svc: String,
}

/// The name under which all of them are found.
fn issuer(relay: &Relay) -> String {
    format!("http://127.0.0.1:{}", relay.port)
}

fn start(deployment: &Deployment, listen: &str, relay: &Relay, way: Option<&Relay>) -> Serving {
    let issuer = issuer(relay);
    let named = ["--listen", listen, "--issuer", &issuer, "--audience", AUDIENCE];
    deployment.serve_over(way, &[&named[..], &["--stale-revocations", "refuse"]].concat())
}

impl<'a> Fleet<'a> {
    fn of(deployment: &'a Deployment) -> Self {
        let secret = |id: &str, scopes: &str| {
            let arguments = [
                "client",
                "add",
                id,
                "--grants",
                "client_credentials",
                "--scopes",
                scopes,
                "--json",
            ];
            let added = deployment.run(&arguments).json();
            added["client_secret"].as_str().expect("a secret").to_owned()
        };
        let (svc, api) = (secret("svc", "users:read"), secret("api", "revocations:read"));
        let address = free_address();
        let port = address.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let relay = Relay::to(port.expect("a port"));
        let ways = deployment.database().map(|_| [0, 1].map(|_| deployment.relay(None)));
        let nodes = [(0, address.as_str()), (1, "127.0.0.1:0")]
            .map(|(at, listen)| start(deployment, listen, &relay, ways.as_ref().map(|ways| &ways[at])));
        let runtime = Runtime::new().expect("a runtime");
        let follower = runtime.block_on(async {
            let issuer = issuer(&relay);
            let server = Auth::resource_server(&issuer).expect("an address").audience(AUDIENCE);
            let server = server.follow_revocations(FollowingClient::new("api", api));
            server.stale_revocations(StaleFeed::Refuse).connect().await
        });
        Self {
            deployment,
            address,
            nodes,
            relay,
            ways,
            follower,
            runtime,
            svc,
        }
    }

    /// Every connection that there is ends: of the one who follows, and of all to the database.
    fn cut(&self) {
        self.relay.cut();
        self.ways.iter().flatten().for_each(Relay::cut);
    }

    fn issue(&self) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=svc&client_secret={}&scope=users:read",
            self.svc
        );
        let answer = json(&self.nodes[0].send("POST", "/token", None, FORM, &form));
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Ends a token; when that was acknowledged.
    fn revoke(&self, token: &str) -> Instant {
        let form = format!("client_id=svc&client_secret={}&token={token}", self.svc);
        while acknowledged(&self.nodes[0].send("POST", "/revoke", None, FORM, &form)).is_none() {}
        Instant::now()
    }

    fn at_follower(&self, token: &str) -> Said {
        match self.runtime.block_on(self.follower.authenticate_client(token)) {
            Ok(_) => Said::Good,
            Err(AuthError::Stale { .. } | AuthError::NoKeys | AuthError::Store(_)) => Said::Unknown,
            Err(_) => Said::Refused,
        }
    }

    /// Logs in and refreshes for as long as the others measure.
    fn work(&self, node: &Serving, done: &AtomicBool) {
        let mut tokens = log_in(node, &self.deployment.password);
        while !done.load(Ordering::Relaxed) {
            if let Some(answer) = acknowledged(&refresh(node, &tokens.refresh)) {
                tokens = Tokens::of(answer);
            }
            // Where it is not known what ended, that is said.
            is_good(node, &tokens.access);
        }
    }
}

fn a_follower_whose_issuer_restarts_while_it_waits_learns_what_ended_meanwhile(deployment: &Deployment) {
    let mut fleet = Fleet::of(deployment);
    let [ended, kept] = [fleet.issue(), fleet.issue()];
    until(|| {
        [&ended, &kept]
            .iter()
            .all(|token| fleet.at_follower(token) == Said::Good)
    });
    fleet.nodes[0].signal("KILL");
    let form = format!("client_id=svc&client_secret={}&token={ended}", fleet.svc);
    assert_eq!(fleet.nodes[1].send("POST", "/revoke", None, FORM, &form).status, 200);
    fleet.nodes[0] = start(deployment, &fleet.address, &fleet.relay, None);
    until(|| fleet.at_follower(&ended) == Said::Refused);
    until(|| fleet.at_follower(&kept) == Said::Good);
}

/// An answer, unless its act met with trouble of the database and is asked for again.
fn acknowledged(answer: &Answer) -> Option<&Answer> {
    if answer.status == 503 {
        return None;
    }
    assert_eq!(answer.status, 200, "{}", answer.text());
    Some(answer)
}

/// Whatever becomes of those who measure.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn refused_everywhere_within_two_seconds(deployment: &Deployment) {
    let (fleet, done) = (Fleet::of(deployment), AtomicBool::new(false));
    let revocations = rounds(300, 1_000);
    let tokens: Vec<String> = (0..revocations).map(|_| fleet.issue()).collect();
    for token in tokens.iter().take(10) {
        let good = |node: &Serving| at_node(node, token) == Said::Good;
        until(|| fleet.nodes.iter().all(good) && fleet.at_follower(token) == Said::Good);
    }
    let (elsewhere, followed) = std::thread::scope(|scope| {
        let _done = Done(&done);
        let ((to_other, at_other), (to_follower, at_follower)) = (channel(), channel());
        let (fleet, done) = (&fleet, &done);
        for node in &fleet.nodes {
            scope.spawn(move || fleet.work(node, done));
        }
        let elsewhere = scope.spawn(move || watch(&at_other, |token| at_node(&fleet.nodes[1], token)));
        let followed = scope.spawn(move || watch(&at_follower, |token| fleet.at_follower(token)));
        for (number, token) in (0..).zip(&tokens) {
            let since = fleet.revoke(token);
            assert_ne!(
                at_node(&fleet.nodes[0], token),
                Said::Good,
                "before the answer went out"
            );
            for watched in [&to_other, &to_follower] {
                watched.send((token.clone(), since)).expect("somebody watches");
            }
            if number == revocations / 2 {
                fleet.cut();
            }
        }
        drop((to_other, to_follower));
        (elsewhere.join().expect("kept"), followed.join().expect("kept"))
    });
    assert_eq!((elsewhere.len(), followed.len()), (tokens.len(), tokens.len()));
    tell("another process", elsewhere);
    tell("a follower", followed);
}

/// How long a token lives, where it lives as short as can be, and what else its end is kept for.
const RETENTION: Duration = Duration::from_secs(60 + 61);

fn a_node_that_slept_past_the_retention(deployment: &Deployment) {
    // Who slept for longer than any token lives knows nothing of those that are good now, also where it serves otherwise.
    let (asleep, stale) = if rounds(0, 1) == 1 {
        (RETENTION, "serve")
    } else {
        (BOUND, "refuse")
    };
    let arguments = ["--stale-revocations", stale, "--access-token-minutes", "1"];
    let nodes = [0, 1].map(|_| deployment.serve_with(&arguments));
    let end = |tokens: &Tokens| {
        let answer = nodes[0].send("POST", "/revoke", None, FORM, &format!("token={}", tokens.refresh));
        assert_eq!(answer.status, 200);
    };
    let early = log_in(&nodes[0], &deployment.password);
    until(|| is_good(&nodes[1], &early.access));
    nodes[1].signal("STOP");
    end(&early);
    std::thread::sleep(asleep);
    let late = log_in(&nodes[0], &deployment.password);
    end(&late);
    let ended = Instant::now();
    std::thread::sleep(BOUND);
    nodes[1].signal("CONT");
    for token in [&late, &early] {
        until_refused(ended, || at_node(&nodes[1], &token.access));
    }
    // And it goes on.
    let now = log_in(&nodes[1], &deployment.password);
    until(|| is_good(&nodes[1], &now.access));
}
