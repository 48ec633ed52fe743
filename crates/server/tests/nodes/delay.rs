//! How long it takes until what was revoked is refused: in the process, in another one, and at a resource server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portcullis::core::{Auth, AuthError, StaleFeed};
use portcullis::{CheckTokens as _, FollowingClient};
use tokio::runtime::Runtime;

use super::relay::Relay;
use super::support::{Serving, Setup, free_address, json};
use super::{FORM, Tokens, is_good, log_in, refresh, until};

const AUDIENCE: &str = "https://api.example.com";

/// What is promised of everybody who knows at all.
const BOUND: Duration = Duration::from_secs(2);

const REVOCATIONS: usize = 1_000;

/// What is said of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Good,
    Refused,
    /// Not known at this moment (503).
    Unknown,
}

fn at_node(node: &Serving, token: &str) -> Said {
    match node.get("/verify", token).status {
        200 => Said::Good,
        401 => Said::Refused,
        503 => Said::Unknown,
        status => panic!("{status}"),
    }
}

/// Asks for each token until it is refused; how long that took. Whoever takes one at a question that began more than two
/// seconds after its end broke the promise, however slow the machine is: who does not know that much must say so.
fn watch(revoked: &Receiver<(String, Instant)>, ask: impl Fn(&str) -> Said) -> Vec<Duration> {
    let mut delays = Vec::new();
    for (token, since) in revoked {
        loop {
            let begun = since.elapsed();
            match ask(&token) {
                Said::Refused => break delays.push(since.elapsed()),
                Said::Good => assert!(begun < BOUND, "taken {begun:?} after its end"),
                Said::Unknown => {}
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    delays
}

fn tell(place: &str, mut delays: Vec<Duration>) {
    delays.sort();
    let at = |part: usize| delays[(delays.len() - 1) * part / 100];
    let (p50, p99, max) = (at(50), at(99), at(100));
    assert_eq!(delays.len(), REVOCATIONS);
    println!(
        "{place}: {} refused after p50 {p50:?}, p99 {p99:?}, max {max:?}",
        delays.len()
    );
}

/// Two servers on one data folder, and a resource server that follows the first of them through a relay.
struct Fleet {
    setup: Setup,
    /// Where the first of them listens.
    address: String,
    nodes: [Serving; 2],
    relay: Relay,
    follower: Auth,
    runtime: Runtime,
    svc: String,
}

/// The name under which all of them are found.
fn issuer(relay: &Relay) -> String {
    format!("http://127.0.0.1:{}", relay.port)
}

fn start(setup: &Setup, listen: &str, relay: &Relay) -> Serving {
    let issuer = issuer(relay);
    let named = ["serve", "--listen", listen, "--issuer", &issuer, "--audience", AUDIENCE];
    Serving::spawn(setup.command(&[&named[..], &["--stale-revocations", "refuse"]].concat()))
}

impl Fleet {
    fn new() -> Self {
        let setup = Setup::new();
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
            let added = setup.run(&arguments).json();
            added["client_secret"].as_str().expect("a secret").to_owned()
        };
        let (svc, api) = (secret("svc", "users:read"), secret("api", "revocations:read"));
        let address = free_address();
        let port = address.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let relay = Relay::to(port.expect("a port"));
        let nodes = [address.as_str(), "127.0.0.1:0"].map(|listen| start(&setup, listen, &relay));
        let runtime = Runtime::new().expect("a runtime");
        let follower = runtime.block_on(async {
            let issuer = issuer(&relay);
            let server = Auth::resource_server(&issuer).expect("an address").audience(AUDIENCE);
            let server = server.follow_revocations(FollowingClient::new("api", api));
            server.stale_revocations(StaleFeed::Refuse).connect().await
        });
        Self {
            setup,
            address,
            nodes,
            relay,
            follower,
            runtime,
            svc,
        }
    }

    fn issue(&self) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=svc&client_secret={}&scope=users:read",
            self.svc
        );
        let answer = json(&self.nodes[0].send("POST", "/token", None, FORM, &form));
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Ends a token; when that was answered.
    fn revoke(&self, token: &str) -> Instant {
        let form = format!("client_id=svc&client_secret={}&token={token}", self.svc);
        assert_eq!(self.nodes[0].send("POST", "/revoke", None, FORM, &form).status, 200);
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
        let mut tokens = log_in(node, &self.setup);
        while !done.load(Ordering::Relaxed) {
            tokens = Tokens::of(&refresh(node, &tokens.refresh));
            // Where it is not known what ended, that is said.
            is_good(node, &tokens.access);
        }
    }
}

#[test]
fn a_follower_whose_issuer_restarts_while_it_waits_learns_what_ended_meanwhile() {
    let mut fleet = Fleet::new();
    let [ended, kept] = [fleet.issue(), fleet.issue()];
    until(|| {
        [&ended, &kept]
            .iter()
            .all(|token| fleet.at_follower(token) == Said::Good)
    });
    fleet.nodes[0].signal("KILL");
    let form = format!("client_id=svc&client_secret={}&token={ended}", fleet.svc);
    assert_eq!(fleet.nodes[1].send("POST", "/revoke", None, FORM, &form).status, 200);
    fleet.nodes[0] = start(&fleet.setup, &fleet.address, &fleet.relay);
    until(|| fleet.at_follower(&ended) == Said::Refused);
    until(|| fleet.at_follower(&kept) == Said::Good);
}

/// Whatever becomes of those who measure.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn refused_everywhere_within_two_seconds() {
    let (fleet, done) = (Fleet::new(), AtomicBool::new(false));
    let tokens: Vec<String> = (0..REVOCATIONS).map(|_| fleet.issue()).collect();
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
        for (number, token) in tokens.iter().enumerate() {
            let since = fleet.revoke(token);
            assert_ne!(
                at_node(&fleet.nodes[0], token),
                Said::Good,
                "before the answer went out"
            );
            for watched in [&to_other, &to_follower] {
                watched.send((token.clone(), since)).expect("somebody watches");
            }
            if number == REVOCATIONS / 2 {
                fleet.relay.cut();
            }
        }
        drop((to_other, to_follower));
        (elsewhere.join().expect("kept"), followed.join().expect("kept"))
    });
    tell("another process", elsewhere);
    tell("a follower", followed);
}
