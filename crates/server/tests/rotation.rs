//! Keys rotate three times, from HS256 to EdDSA among them, under a load of logins and guarded requests at two servers on
//! one data folder: no good token is refused, and none of a retired key is taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use portcullis_core::jose::inspect::unverified;
use portcullis_core::jose::{Algorithm, JwkSet, KeyLoader, Policy, TypRule, Verifier};
use serde_json::Value;
use support::{Serving, Setup};

#[path = "support/cli.rs"]
mod support;

/// For how long a change is waited for that holds within a second on a machine that has the time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "not {what}");
        thread::sleep(Duration::from_millis(20));
    }
    println!("{:>5} ms until {what}", begun.elapsed().as_millis());
}

/// What the load knows and counts.
struct Load<'a> {
    setup: &'a Setup,
    servers: &'a [Serving],
    /// Good tokens by the id of their key. Held for reading over a whole request, so that whoever takes tokens out knows
    /// that none of them is under way.
    tokens: RwLock<BTreeMap<String, Vec<String>>>,
    /// Held for reading over a whole login, so that its token is among them when it is looked for.
    login: RwLock<()>,
    /// Tokens of retired keys.
    over: RwLock<Vec<String>>,
    wrong: Mutex<Vec<String>>,
    logins: AtomicUsize,
    requests: AtomicUsize,
    refusals: AtomicUsize,
    ended: AtomicBool,
}

fn key_of(token: &str) -> String {
    let said = unverified(token).expect("a token");
    said.header["kid"].as_str().expect("a key id").to_owned()
}

/// Ends the load, also when a test fails before its end.
struct EndOf<'a>(&'a AtomicBool);

impl Drop for EndOf<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<'a> Load<'a> {
    fn new(setup: &'a Setup, servers: &'a [Serving]) -> Self {
        Self {
            setup,
            servers,
            tokens: RwLock::default(),
            login: RwLock::default(),
            over: RwLock::default(),
            wrong: Mutex::default(),
            logins: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        }
    }

    fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::SeqCst)
    }

    fn went_wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap();
        if !wrong.contains(&what) {
            wrong.push(what);
        }
    }

    /// Logs in at one server after the other.
    fn log_in(&self) {
        for server in self.servers.iter().cycle().take_while(|_| self.goes_on()) {
            let _login = self.login.read().unwrap();
            match server.log_in("admin", &self.setup.password, "users:read") {
                Ok(token) => {
                    self.logins.fetch_add(1, Ordering::SeqCst);
                    self.tokens
                        .write()
                        .unwrap()
                        .entry(key_of(&token))
                        .or_default()
                        .push(token);
                }
                Err(answer) => self.went_wrong(format!("login: {}", answer.status)),
            }
        }
    }

    /// Asks every server with good tokens and with those that are over.
    fn ask(&self) {
        for (turn, server) in self.servers.iter().cycle().enumerate().take_while(|_| self.goes_on()) {
            let tokens = self.tokens.read().unwrap();
            for (key, tokens) in &*tokens {
                let status = server.get("/users/", &tokens[turn % tokens.len()]).status;
                self.requests.fetch_add(1, Ordering::SeqCst);
                if status != 200 {
                    self.went_wrong(format!("{status} for a good token of {key}"));
                }
            }
            drop(tokens);
            let over = self.over.read().unwrap();
            if let Some(token) = over.get(turn % over.len().max(1)) {
                let status = server.get("/users/", token).status;
                self.refusals.fetch_add(1, Ordering::SeqCst);
                if status != 401 {
                    self.went_wrong(format!("{status} for a token of the retired key {}", key_of(token)));
                }
            }
        }
    }

    /// A token by the command line is good at every server at the first try, although its key was made a moment ago.
    fn issue(&self) {
        let token = self
            .setup
            .run(&["token", "issue", "admin", "--scopes", "users:read"])
            .good();
        for server in self.servers {
            let status = server.get("/users/", token.trim()).status;
            if status != 200 {
                self.went_wrong(format!("{status} for a token of a new key"));
            }
        }
        let token = token.trim().to_owned();
        self.tokens
            .write()
            .unwrap()
            .entry(key_of(&token))
            .or_default()
            .push(token);
    }

    fn rotate(&self, algorithm: &str) {
        self.setup
            .run(&["key", "rotate", "--now", "--algorithm", algorithm])
            .good();
        self.issue();
        for server in self.servers {
            until("a server signs with the new key", || {
                let token = server.log_in("admin", &self.setup.password, "").expect("logged in");
                key_of(&token) == self.active()
            });
        }
    }

    /// The key that signs.
    fn active(&self) -> String {
        let keys = self.setup.run(&["key", "list", "--json"]).json();
        let mut keys = keys.as_array().expect("keys").iter();
        let active = keys.find(|key| key["state"] == "active").expect("one signs");
        active["id"].as_str().expect("an id").to_owned()
    }

    /// Once every server has refused one of its tokens, none is taken any more.
    fn retire(&self, key: &str) {
        drop(self.login.write().unwrap());
        let taken_out = self.tokens.write().unwrap().remove(key).expect("tokens of the key");
        self.setup.run(&["key", "retire", key]).good();
        for server in self.servers {
            until("a server refuses the tokens of the retired key", || {
                server.get("/users/", &taken_out[0]).status == 401
            });
        }
        self.over.write().unwrap().extend(taken_out);
    }

    /// The ids of the keys that a program would have that just fetched them.
    fn published(&self, server: usize) -> BTreeSet<String> {
        let answer = self.servers[server].send("GET", "/.well-known/jwks.json", None, "", "");
        let set: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let keys = set["keys"].as_array().expect("keys").iter();
        keys.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
    }

    /// Whoever has our key set verifies every good token of a public key.
    fn verify_by_key_set(&self) -> usize {
        let answer = self.servers[1].send("GET", "/.well-known/jwks.json", None, "", "");
        let set = JwkSet::from_json(&answer.body).expect("a set");
        let keys = KeyLoader::new(Algorithm::ALL).key_set(&set).expect("keys");
        let policy = Policy::new(TypRule::Exactly("at+jwt".into())).issuer("portcullis");
        let verifier = Verifier::new(keys, policy.audience("portcullis"));
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a time");
        let (published, tokens) = (self.published(1), self.tokens.read().unwrap());
        let of_public = tokens.iter().filter(|(key, _)| published.contains(*key));
        let mut count = 0;
        for token in of_public.flat_map(|(_, tokens)| tokens) {
            verifier.verify::<()>(token, now).expect("a good token");
            count += 1;
        }
        count
    }
}

#[test]
fn three_rotations_under_load_refuse_no_good_token_and_take_none_of_a_retired_key() {
    let setup = Setup::with(&[], &["--algorithm", "HS256"]);
    let servers = [setup.serve(), setup.serve()];
    let load = Load::new(&setup, &servers);
    thread::scope(|scope| {
        let _end = EndOf(&load.ended);
        scope.spawn(|| load.log_in());
        scope.spawn(|| load.ask());
        scope.spawn(|| load.ask());
        thread::sleep(Duration::from_millis(500));
        // One is published before it signs.
        setup.run(&["key", "rotate", "--algorithm", "EdDSA"]).good();
        for server in 0..servers.len() {
            until("the next key is published, and not the shared secret", || {
                load.published(server).len() == 1
            });
        }
        let published = load.published(0);
        let signed = |key| load.tokens.read().unwrap().contains_key(key);
        assert!(!published.iter().any(signed), "it does not sign yet");
        until("somebody has a token of the first key", || {
            load.logins.load(Ordering::SeqCst) > 0
        });
        for algorithm in ["EdDSA", "ES256", "EdDSA"] {
            load.rotate(algorithm);
        }
        let keys = setup.run(&["key", "list", "--json"]).json();
        let ids: Vec<_> = keys
            .as_array()
            .expect("keys")
            .iter()
            .map(|key| key["id"].as_str().unwrap())
            .collect();
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(ids.len(), 4);
        assert_eq!(load.published(0), owned(&ids[1..]));
        assert!(load.verify_by_key_set() >= 3);
        for id in &ids[..3] {
            load.retire(id);
        }
        assert_eq!(load.published(0), owned(&ids[3..]));
        thread::sleep(Duration::from_millis(500));
    });
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let (logins, requests, refusals) = (count(&load.logins), count(&load.requests), count(&load.refusals));
    println!("{logins} logins, {requests} requests with good tokens, {refusals} with tokens of retired keys");
    assert_eq!(load.wrong.into_inner().unwrap(), Vec::<String>::new());
    assert!(logins > 10 && requests > 100 && refusals > 20);
}
