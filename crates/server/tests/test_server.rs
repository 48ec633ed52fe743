//! `test-server`, and the tests in other languages that it is for: the examples with pytest and vitest, which
//! `scripts/foreign-clients` makes ready. Without them this says so and leaves them out; in CI that is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Answer, command, exchange, host, json, message, run};

#[path = "support/cli.rs"]
mod support;

/// A test server, killed when dropped.
struct TestServer {
    child: Child,
    told: Value,
}

impl TestServer {
    fn start(arguments: &[&str]) -> Self {
        Self::of(command(&[&["test-server", "--json"], arguments].concat()))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("text");
        let told = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, told }
    }

    fn base(&self) -> &str {
        self.told["base_url"].as_str().expect("an address")
    }

    fn token(&self, of: &str) -> String {
        self.told["users"][of]["token"].as_str().expect("a token").to_owned()
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        let host = host(self.base());
        let request = message(host, "GET", path, Some(token), "", "");
        exchange(host, "GET", request.as_bytes()).expect("an answer")
    }

    fn form(&self, path: &str, form: &str) -> Answer {
        let host = host(self.base());
        let request = message(host, "POST", path, None, "application/x-www-form-urlencoded", form);
        exchange(host, "POST", request.as_bytes()).expect("an answer")
    }

    /// Whether the server still knows a token as good.
    fn is_active(&self, token: &str) -> bool {
        let client = &self.told["client"];
        let text = |name: &str| client[name].as_str().expect("text").to_owned();
        let form = format!(
            "client_id={}&client_secret={}&token={token}",
            text("client_id"),
            text("client_secret")
        );
        json(&self.form("/introspect", &form))["active"]
            .as_bool()
            .expect("an answer")
    }

    /// Waits until nobody listens there any more.
    fn expect_gone(&self) {
        let address = host(self.base());
        for _ in 0..600 {
            if TcpStream::connect(address).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it still listens");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_must_be_refused_is_refused_and_what_is_good_is_taken() {
    let server = TestServer::start(&[]);
    for (name, token) in server.told["refused"].as_object().expect("tokens") {
        let token = token.as_str().expect("text");
        assert_eq!(server.get("/users/me/", token).status, 401, "{name}");
        // Whom a token is for, its own checker knows: of whom introspection asks, it is still good.
        assert_eq!(server.is_active(token), name == "other_audience", "{name}");
    }
    for (name, token) in server.told["ended"].as_object().expect("tokens") {
        let token = token.as_str().expect("text");
        assert!(!server.is_active(token), "{name}");
        assert_ne!(server.get("/users/me/", token).status, 200, "{name}");
    }
    let alice = server.token("alice");
    assert_eq!(json(&server.get("/users/me/", &alice))["username"], "alice");
    assert!(server.is_active(&alice));
    assert_eq!(server.get("/users/", &alice).status, 403);
    assert_eq!(server.get("/users/", &server.token("admin")).status, 200);
    assert_eq!(server.told["users"]["disabled"]["token"], Value::Null);
}

#[test]
fn each_user_logs_in_with_the_password_that_is_told_but_for_the_disabled_one() {
    let server = TestServer::start(&["--user", "carl:blog:write,blog:read", "--audience", "blog"]);
    let users = server.told["users"].as_object().expect("users");
    assert!(users.keys().eq(["admin", "carl", "disabled"]));
    for (name, user) in users {
        let password = user["password"].as_str().expect("a password");
        let answer = server.form("/token", &format!("username={name}&password={password}"));
        assert_eq!(answer.status == 200, user["active"] == true, "{name}: {answer:?}");
    }
    let carl = &users["carl"];
    assert_eq!(carl["scopes"], serde_json::json!(["blog:write", "blog:read"]));
    assert_eq!(carl["tokens"]["blog:write blog:read"], carl["token"]);
    assert_eq!(carl["tokens"].as_object().expect("tokens").len(), 4);
    assert_eq!(
        (&server.told["audience"], &server.told["issuer"]),
        (&"blog".into(), &server.told["base_url"])
    );
}

#[test]
fn two_at_once_know_nothing_of_each_other() {
    let (one, two) = (TestServer::start(&[]), TestServer::start(&[]));
    assert_ne!(
        one.told["users"]["alice"]["password"],
        two.told["users"]["alice"]["password"]
    );
    assert_eq!(two.get("/users/me/", &one.token("alice")).status, 401);
    assert!(!two.is_active(&one.token("alice")));
}

#[test]
fn it_listens_on_no_address_that_others_reach_and_says_what_it_is() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let error = run(&["test-server", "--json", "--listen", address]).bad(2);
        assert!(error.contains("for tests and for nothing else"), "{error}");
        assert!(
            error.contains("gives every secret away") && error.contains("127.0.0.1:0"),
            "{error}"
        );
    }
    let error = run(&["test-server", "--user", "a:x", "--user", "a:y"]).bad(2);
    assert!(error.contains("the user a is asked for twice"), "{error}");
    assert!(run(&["--help"]).good().contains("test-server"));
}

#[test]
fn it_ends_when_its_standard_input_does() {
    let mut command = command(&["test-server", "--json"]);
    command.stdin(Stdio::piped());
    let mut server = TestServer::of(command);
    assert!(server.is_active(&server.token("alice")));
    drop(server.child.stdin.take());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
    server.expect_gone();
}

#[test]
fn it_ends_with_a_parent_that_was_killed_and_left_its_input_open() {
    // The shell waits, so it is the parent; its own standard input is inherited by nobody.
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" test-server --json </dev/null & wait"]);
    shell.arg(env!("CARGO_BIN_EXE_portcullis"));
    shell.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut parent = TestServer::of(shell);
    assert!(parent.is_active(&parent.token("alice")));
    parent.child.kill().expect("killed");
    parent.child.wait().expect("it ends");
    parent.expect_gone();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Copies an example beside the packages that it needs, and runs its tests there, where all must pass.
fn passes(example: &str, needs: &str, run: impl FnOnce(&Path) -> Command) {
    let place = root().join("target/foreign");
    if !place.join(needs).exists() {
        let why = format!("no {needs} in target/foreign; run scripts/foreign-clients");
        assert!(std::env::var_os("CI").is_none(), "{why}");
        eprintln!("left out: {why}");
        return;
    }
    let place = place.canonicalize().expect("a folder");
    let copy = tempfile::Builder::new()
        .prefix(example)
        .tempdir_in(&place)
        .expect("a folder");
    for entry in std::fs::read_dir(root().join("examples").join(example)).expect("the example") {
        let file = entry.expect("a file").path();
        std::fs::copy(&file, copy.path().join(file.file_name().expect("a name"))).expect("copied");
    }
    let mut tests = run(&place);
    let tests = tests
        .current_dir(copy.path())
        .env("PORTCULLIS", env!("CARGO_BIN_EXE_portcullis"));
    let run = tests.stdin(Stdio::null()).output().expect("it starts");
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(run.status.success() && said.contains("4 passed"), "{said}");
}

#[test]
fn the_tests_of_an_api_in_python_pass() {
    passes("pytest", "venv/bin/pytest", |place| {
        let mut python = Command::new(place.join("venv/bin/python"));
        python.args(["-B", "-m", "pytest", "-p", "no:cacheprovider"]);
        python
    });
}

#[test]
fn the_tests_of_an_api_in_node_pass() {
    passes("vitest", "node_modules/vitest", |place| {
        let mut node = Command::new("node");
        node.arg(place.join("node_modules/vitest/vitest.mjs"))
            .args(["run", "--no-color"]);
        node.env("NO_COLOR", "1");
        node
    });
}
