//! The fleet, and what befalls it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, Journal, log_in, opens, refresh};
use crate::databases::Database;
use crate::psql::ask;
use crate::support::{Run, Serving, command, finish, free_address, host};
use crate::wrong_clock::wrong_clock;

/// How far the second node's own clock is off, where such a clock can be had.
const OFF: &str = "+10m";

pub(crate) struct Cluster {
    /// A primary and its synchronous standby.
    primary: Database,
    standby: Database,
    nodes: [Option<Serving>; 2],
    listen: [String; 2],
    url: String,
    folder: tempfile::TempDir,
    pub(crate) promotions: u32,
}

impl Cluster {
    /// `None` where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        let primary = Database::postgres()?;
        let standby = primary.standby();
        replicated(&primary);
        let url = format!(
            "postgres://app@127.0.0.1:{},127.0.0.1:{}/postgres",
            primary.port, standby.port
        );
        let mut cluster = Self {
            primary,
            standby,
            nodes: [None, None],
            listen: [free_address(), free_address()],
            url,
            folder: tempfile::tempdir().expect("a folder"),
            promotions: 0,
        };
        cluster.run(&["init"]).good();
        for node in 0..2 {
            cluster.begin(node);
        }
        Some(cluster)
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("master.key")
    }

    /// A command on the database.
    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let key = self.key();
        let key = ["--master-key-file", key.to_str().expect("a name")];
        let mut command = command(&[arguments, &key].concat());
        command.env("PORTCULLIS_DATABASE", &self.url);
        finish(command, input)
    }

    /// A node, on the address that it always has. The second one's clock is wrong.
    fn begin(&mut self, node: usize) {
        let key = self.key();
        let key = key.to_str().expect("a name");
        let mut command = command(&["serve", "--listen", &self.listen[node], "--master-key-file", key]);
        command.args([
            "--throttle",
            "false",
            "--stale-revocations",
            "refuse",
            "--issuer",
            "http://chaos.example",
        ]);
        command
            .env("PORTCULLIS_DATABASE", &self.url)
            .env("PORTCULLIS_DURABILITY", "replicated");
        if node == 1 {
            wrong_clock(&mut command, OFF);
        }
        self.nodes[node] = Some(Serving::spawn(command));
    }

    pub(crate) fn addresses(&self) -> [String; 2] {
        self.listen.clone()
    }

    /// Users who exist, each with a password.
    pub(crate) fn clients(&self, count: usize) -> Vec<Client> {
        (0..count)
            .map(|number| {
                let (name, password) = (format!("user{number}"), format!("first word of {number} to chaos"));
                self.run_with(&["user", "add", &name], &format!("{password}\n")).good();
                Client::new(&name, &password)
            })
            .collect()
    }

    /// A node is killed, and begun again.
    pub(crate) fn restart(&mut self, node: usize) {
        self.nodes[node] = None;
        self.begin(node);
    }

    /// A node hangs for so long.
    pub(crate) fn freeze(&self, node: usize, time: Duration) {
        let node = self.nodes[node].as_ref().expect("it runs");
        node.signal("STOP");
        std::thread::sleep(time);
        node.signal("CONT");
    }

    /// The primary crashes and the standby is promoted; the former primary becomes its standby.
    pub(crate) fn promote(&mut self) {
        self.primary.halt("QUIT");
        self.standby.run("SELECT pg_promote()");
        std::mem::swap(&mut self.primary, &mut self.standby);
        self.standby.follow(&self.primary);
        replicated(&self.primary);
        self.promotions += 1;
    }

    /// The primary crashes and comes back.
    pub(crate) fn restart_primary(&mut self) {
        self.primary.halt("QUIT");
        self.primary.revive();
    }

    /// The standby hangs, and with it every commit.
    pub(crate) fn freeze_standby(&self, time: Duration) {
        self.standby.signal("STOP");
        std::thread::sleep(time);
        self.standby.signal("CONT");
    }

    /// Until both nodes serve again.
    pub(crate) fn settle(&self) {
        for listen in &self.listen {
            let ready = format!("http://{listen}/health/ready");
            let ask = || Command::new("curl").args(["-sf", "-o", "/dev/null", &ready]).status();
            while !ask().expect("curl").success() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }

    /// What a client was told is so, on both nodes.
    pub(crate) fn holds(&self, journal: &Journal) {
        let name = &journal.name;
        for node in self.nodes.iter().flatten() {
            let host = host(&node.base);
            for (tokens, _) in &journal.ended {
                assert_ne!(
                    answered(|| opens(host, &tokens.access)),
                    200,
                    "{name}: a token that was ended"
                );
                let answer = answered(|| refresh(host, &tokens.refresh));
                assert_ne!(answer.status, 200, "{name}: a refresh token that was ended");
            }
            if let Some(tokens) = journal.tokens.as_ref().filter(|_| journal.is_sure()) {
                assert_eq!(
                    opens(host, &tokens.access),
                    Some(200),
                    "{name}: a token that nobody ended"
                );
            }
            let good = journal
                .passwords
                .iter()
                .any(|password| answered(|| log_in(host, name, password)).status == 200);
            assert!(good, "{name}: none of {} passwords", journal.passwords.len());
        }
        if let Some(tokens) = journal.tokens.as_ref().filter(|_| journal.is_sure()) {
            let host = host(&self.nodes[0].as_ref().expect("it runs").base);
            let answer = answered(|| refresh(host, &tokens.refresh));
            assert_eq!(answer.status, 200, "{name}");
        }
        let rows = self.run(&["audit", "--json", "-n", "1000000", "--user", name]).good();
        let kinds: Vec<String> = rows
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).expect("JSON")["kind"]
                    .as_str()
                    .expect("a kind")
                    .to_owned()
            })
            .collect();
        for (what, kind) in [("login", "login"), ("refresh", "refresh")] {
            let told = journal.acknowledged.get(what).copied().unwrap_or_default();
            let written = kinds.iter().filter(|written| **written == kind).count();
            assert!(
                written as u64 >= told,
                "{name}: {told} of {what} told, {written} written down"
            );
        }
    }

    pub(crate) fn chain_is_whole(&self) {
        self.run(&["audit", "verify"]).good();
    }
}

/// What a node says as soon as it says anything: what was promoted last takes no writes until its standby was seen.
fn answered<T>(ask: impl Fn() -> Option<T>) -> T {
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// From now on what is acknowledged is on the standby too.
fn replicated(primary: &Database) {
    primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.run("SELECT pg_reload_conf()");
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    while ask(&primary.url, synchronous) != "1" {
        std::thread::sleep(Duration::from_millis(50));
    }
}
