//! Servers without a data folder, on one PostgreSQL database.

use std::process::Command;
use std::time::Duration;

use portcullis_core::{AccountChange, AccountStore as _, UserId};
use portcullis_sql::PostgresUsers;
use serde_json::{Value, json};

use super::own_tables::{fresh, run};
use super::psql::ask;
use super::support::{Answer, Run, Serving, command, escape, finish, json as body, printed_password};

const FORM: &str = "application/x-www-form-urlencoded";

const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A database that is set up, and what its nodes need.
pub(crate) struct Fleet {
    pub(crate) url: String,
    pub(crate) password: String,
    pub(crate) master_key: String,
    /// Where commands are run, so that it is seen whether they leave files.
    pub(crate) folder: tempfile::TempDir,
}

impl Fleet {
    /// `None` where PostgreSQL is not installed.
    pub(crate) fn new() -> Option<Self> {
        Some(Self::on(fresh("")?))
    }

    /// Sets the database of this URL up.
    pub(crate) fn on(url: String) -> Self {
        let mut fleet = Self::bare(url);
        let out = fleet.run(&["init"]).good();
        fleet.password = printed_password(&out);
        fleet
    }

    /// Nothing is set up.
    pub(crate) fn bare(url: String) -> Self {
        Self {
            url,
            password: String::new(),
            master_key: MASTER_KEY.to_owned(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.current_dir(self.folder.path());
        command
            .env("PORTCULLIS_DATABASE", &self.url)
            .env("PORTCULLIS_MASTER_KEY", &self.master_key);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments), "")
    }

    pub(crate) fn serve(&self) -> Serving {
        Serving::spawn(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// What came to lie where the commands were run.
    fn left(&self) -> Vec<std::ffi::OsString> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect()
    }
}

/// What a login or a refresh gave.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let said = body(answer);
        let text = |name: &str| said[name].as_str().expect("a token").to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

pub(crate) fn log_in(server: &Serving, name: &str, password: &str) -> Answer {
    let form = format!("username={name}&password={}", escape(password));
    server.send("POST", "/token", None, FORM, &form)
}

/// The same for somebody who may do something.
fn log_in_for(server: &Serving, name: &str, password: &str, scope: &str) -> Tokens {
    let form = format!("username={name}&password={}&scope={}", escape(password), escape(scope));
    Tokens::of(&server.send("POST", "/token", None, FORM, &form))
}

pub(crate) fn refresh(server: &Serving, token: &str) -> Answer {
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    server.send("POST", "/token", None, FORM, &form)
}

pub(crate) fn is_good(server: &Serving, access: &str) -> bool {
    server.get("/users/me/", access).status == 200
}

/// Until it is so. That it is so soon is measured, and not tested.
pub(crate) fn until(so: impl Fn() -> bool) {
    while !so() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_database_is_set_up_once_and_is_joined_from_then_on() {
    let Some(url) = fresh("") else { return };
    let mut fleet = Fleet::bare(url);
    let error = fleet.run(&["serve"]).bad(1);
    assert!(
        error.contains("is not set up") && error.contains("init --database"),
        "{error}"
    );
    let error = fleet.run(&["user", "list"]).bad(1);
    assert!(error.contains("init --database"), "{error}");
    let out = fleet.run(&["init"]).good();
    assert!(out.contains("serve --database"), "{out}");
    fleet.password = printed_password(&out);
    let error = fleet.run(&["init"]).bad(1);
    assert!(
        error.contains("set up already") && error.contains("serve --database") && error.contains("same master key"),
        "{error}"
    );
    let nodes = [fleet.serve(), fleet.serve()];
    let tokens = Tokens::of(&log_in(&nodes[0], "admin", &fleet.password));
    assert!(
        is_good(&nodes[1], &tokens.access),
        "one node's token is good on the other"
    );
    assert!(fleet.left().is_empty(), "{:?}", fleet.left());
}

#[test]
fn of_two_who_set_it_up_at_once_one_does_and_the_other_is_told() {
    let Some(url) = fresh("") else { return };
    let fleet = Fleet::bare(url);
    let children: Vec<_> = (0..4)
        .map(|_| fleet.command(&["init"]).spawn().expect("starts"))
        .collect();
    let ended: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().expect("ends"))
        .collect();
    let won = ended.iter().filter(|output| output.status.success()).count();
    assert_eq!(won, 1, "{ended:?}");
    for output in ended.iter().filter(|output| !output.status.success()) {
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("serve --database"), "{error}");
    }
    let users = fleet.run(&["user", "list", "--json"]).json();
    assert_eq!(users.as_array().map(Vec::len), Some(1), "{users}");
}

#[test]
fn a_setup_that_was_killed_is_taken_over_and_leaves_nobody() {
    let Some(url) = fresh("") else { return };
    let mut fleet = Fleet::bare(url);
    fleet.password = printed_password(&fleet.run(&["init"]).good());
    // As it stands where one was killed right before its end: just now, and long ago.
    run(&fleet.url, "UPDATE portcullis_setup SET finished = NULL");
    let error = fleet.run(&["serve"]).bad(1);
    assert!(error.contains("interrupted"), "{error}");
    let error = fleet.run(&["init"]).bad(1);
    assert!(error.contains("in a minute"), "{error}");
    run(&fleet.url, "UPDATE portcullis_setup SET begun = begun - 61000");
    // Its master key was lost with a container.
    let key = std::mem::replace(&mut fleet.master_key, "5b".repeat(32));
    let error = fleet.run(&["init"]).bad(1);
    assert!(
        error.contains("with the same master key") && error.contains("drop the database"),
        "{error}"
    );
    fleet.master_key = key;
    run(&fleet.url, "UPDATE portcullis_setup SET begun = begun - 61000");
    let password = printed_password(&fleet.run(&["init"]).good());
    let node = fleet.serve();
    assert_ne!(
        log_in(&node, "admin", &fleet.password).status,
        200,
        "of the first nobody is left"
    );
    Tokens::of(&log_in(&node, "admin", &password));
}

#[tokio::test]
async fn a_database_with_users_of_an_application_is_left_as_it_is() {
    let Some(url) = fresh("") else { return };
    let users = PostgresUsers::open(&url).await.expect("opens");
    users
        .insert(&portcullis_core::Account::new("anna"))
        .await
        .expect("stored");
    let fleet = Fleet::bare(url);
    let error = fleet.run(&["init"]).bad(1);
    assert!(error.contains("has users already"), "{error}");
    let change = AccountChange::default();
    assert!(
        users
            .update(&UserId::new("anna"), &change)
            .await
            .expect("stored")
            .is_some()
    );
}

#[test]
fn a_node_with_another_master_key_or_with_none_does_not_start() {
    let Some(fleet) = Fleet::new() else { return };
    let mut other = fleet.command(&["serve", "--listen", "127.0.0.1:0"]);
    other.env("PORTCULLIS_MASTER_KEY", "ff".repeat(32));
    let error = finish(other, "").bad(1);
    assert!(
        error.contains("master key") && error.contains("PORTCULLIS_MASTER_KEY"),
        "{error}"
    );
    let mut none = fleet.command(&["serve", "--listen", "127.0.0.1:0"]);
    none.env_remove("PORTCULLIS_MASTER_KEY");
    let error = finish(none, "").bad(2);
    assert!(
        error.contains("the master key is not given") && error.contains("--master-key-file"),
        "{error}"
    );
    assert!(fleet.left().is_empty(), "{:?}", fleet.left());
}

#[test]
fn the_master_key_may_stand_in_a_file_which_is_made_once() {
    let Some(url) = fresh("") else { return };
    let fleet = Fleet::bare(url);
    let run = |arguments: &[&str]| {
        let mut command = fleet.command(&[arguments, &["--master-key-file", "master.key"]].concat());
        command.env_remove("PORTCULLIS_MASTER_KEY");
        finish(command, "")
    };
    let out = run(&["init"]).good();
    assert!(out.contains("master.key: every node needs it"), "{out}");
    assert_eq!(fleet.left(), ["master.key"]);
    let key = std::fs::read_to_string(fleet.folder.path().join("master.key")).expect("read");
    run(&["user", "list"]).good();
    run(&["init"]).bad(1);
    let now = std::fs::read_to_string(fleet.folder.path().join("master.key")).expect("read");
    assert_eq!(now, key);
    std::fs::remove_file(fleet.folder.path().join("master.key")).expect("removed");
    let error = run(&["user", "list"]).bad(1);
    assert!(error.contains("master.key is missing"), "{error}");
    assert!(fleet.left().is_empty(), "no other one is made: {:?}", fleet.left());
}

#[test]
fn what_one_node_does_holds_on_the_other() {
    let Some(fleet) = Fleet::new() else { return };
    holds_on_the_other(&fleet);
}

pub(crate) fn holds_on_the_other(fleet: &Fleet) {
    let nodes = [fleet.serve(), fleet.serve()];
    let admin = log_in_for(&nodes[0], "admin", &fleet.password, "users:read users:write");
    // A refresh, and a retry of it on the other node.
    let next = Tokens::of(&refresh(&nodes[1], &admin.refresh));
    let again = Tokens::of(&refresh(&nodes[0], &admin.refresh));
    assert_eq!(next.refresh, again.refresh);
    // A user who is made on one, and disabled on the other.
    let form = json!({"username": "bert", "password": "a long enough pass phrase", "scopes": ["users:read"]});
    let made = nodes[0].call("POST", "/users/", &next.access, &form);
    assert_eq!(made.status, 201, "{}", made.text());
    let bert = Tokens::of(&log_in(&nodes[1], "bert", "a long enough pass phrase"));
    assert!(is_good(&nodes[0], &bert.access));
    let disabled = nodes[1].call("PATCH", "/users/bert", &next.access, &json!({"disabled": true}));
    assert_eq!(disabled.status, 200, "{}", disabled.text());
    until(|| !is_good(&nodes[0], &bert.access));
    assert_eq!(refresh(&nodes[0], &bert.refresh).status, 400);
    // A logout.
    let leaving = Tokens::of(&log_in(&nodes[0], "admin", &fleet.password));
    let revoked = nodes[1].send("POST", "/revoke", None, FORM, &format!("token={}", leaving.refresh));
    assert_eq!(revoked.status, 200);
    until(|| !is_good(&nodes[0], &leaving.access));
    // An API key.
    let key = fleet.run(&[
        "user",
        "key",
        "add",
        "admin",
        "--name",
        "ci",
        "--scopes",
        "users:read",
        "--json",
    ]);
    let key = key.json();
    let (text, id) = (key["key"].as_str().expect("a key"), key["id"].as_str().expect("an id"));
    for node in &nodes {
        assert_eq!(node.get("/users/", text).status, 200);
    }
    fleet.run(&["user", "key", "end", id]).good();
    for node in &nodes {
        until(|| node.get("/users/", text).status == 401);
    }
}

#[test]
fn clients_and_keys_are_those_of_all_nodes() {
    let Some(fleet) = Fleet::new() else { return };
    of_all_nodes(&fleet);
}

pub(crate) fn of_all_nodes(fleet: &Fleet) {
    let nodes = [fleet.serve(), fleet.serve()];
    let client = fleet
        .run(&["client", "add", "reports", "--scopes", "users:read", "--json"])
        .json();
    let secret = client["client_secret"].as_str().expect("a secret");
    let form = format!("grant_type=client_credentials&client_id=reports&client_secret={secret}");
    let tokens: Vec<String> = nodes
        .iter()
        .map(|node| {
            let answer = node.send("POST", "/token", None, FORM, &form);
            assert_eq!(answer.status, 200, "{}", answer.text());
            body(&answer)["access_token"].as_str().expect("a token").to_owned()
        })
        .collect();
    fleet.run(&["client", "disable", "reports"]).good();
    for (node, token) in nodes.iter().zip(tokens.iter().rev()) {
        until(|| node.get("/users/", token).status == 401);
    }
    // A key that takes over: what the one node signs with it, the other knows.
    let before = Tokens::of(&log_in(&nodes[0], "admin", &fleet.password));
    fleet.run(&["key", "rotate", "--now"]).good();
    let keys = fleet.run(&["key", "list", "--json"]).json();
    let active = keys
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["state"] == "active");
    let active = active.and_then(|key| key["id"].as_str()).expect("one").to_owned();
    for at in [0, 1] {
        until(|| {
            let tokens = Tokens::of(&log_in(&nodes[at], "admin", &fleet.password));
            kid(&tokens.access) == active
        });
        let tokens = Tokens::of(&log_in(&nodes[at], "admin", &fleet.password));
        until(|| is_good(&nodes[1 - at], &tokens.access));
    }
    assert!(is_good(&nodes[1], &before.access), "nobody is logged out");
}

/// Which key signed a token.
fn kid(token: &str) -> String {
    use base64::Engine as _;
    let head = token.split('.').next().expect("a header");
    let head = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(head)
        .expect("base64");
    let head: Value = serde_json::from_slice(&head).expect("JSON");
    head["kid"].as_str().expect("a key").to_owned()
}

#[test]
fn a_node_that_is_killed_and_started_again_goes_on_where_it_was() {
    let Some(fleet) = Fleet::new() else { return };
    goes_on_where_it_was(&fleet);
}

pub(crate) fn goes_on_where_it_was(fleet: &Fleet) {
    let (node, other) = (fleet.serve(), fleet.serve());
    let tokens = Tokens::of(&log_in(&node, "admin", &fleet.password));
    node.signal("KILL");
    node.wait();
    let next = Tokens::of(&refresh(&other, &tokens.refresh));
    let node = fleet.serve();
    assert!(is_good(&node, &next.access) && is_good(&node, &tokens.access));
    let again = Tokens::of(&refresh(&node, &tokens.refresh));
    assert_eq!(again.refresh, next.refresh);
    node.signal("TERM");
    other.signal("TERM");
    assert_eq!((node.wait(), other.wait()), (Some(0), Some(0)));
    let verified = fleet.run(&["audit", "verify", "--json"]).json();
    assert_eq!(
        (&verified["whole"], &verified["unsealed"]),
        (&true.into(), &0.into()),
        "{verified}"
    );
}

#[test]
fn what_needs_a_file_says_what_to_do_instead() {
    let Some(fleet) = Fleet::new() else { return };
    let error = fleet.run(&["backup", "copy.db"]).bad(2);
    assert!(error.contains("pg_dump"), "{error}");
    let error = fleet.run(&["restore", "copy.db"]).bad(2);
    assert!(error.contains("pg_restore"), "{error}");
    assert!(fleet.left().is_empty(), "{:?}", fleet.left());
}

#[test]
fn no_password_of_a_url_is_told() {
    let Some(fleet) = Fleet::new() else { return };
    let whole = fleet.url.replace("app@", "app:hunter2@");
    let node = {
        let mut command = fleet.command(&["serve", "--listen", "127.0.0.1:0", "--log", "json"]);
        command.env("PORTCULLIS_DATABASE", &whole).env("RUST_LOG", "trace");
        let log = std::fs::File::create(fleet.folder.path().join("log")).expect("a file");
        command.stderr(log);
        Serving::spawn_quiet(command)
    };
    Tokens::of(&log_in(&node, "admin", &fleet.password));
    drop(node);
    let told = |arguments: &[&str], url: &str| {
        let mut command = fleet.command(arguments);
        command.env("PORTCULLIS_DATABASE", url);
        let ended = finish(command, "");
        format!("{}{}", ended.out, ended.err)
    };
    let away = "postgres://app:hunter2@127.0.0.1:1/app";
    for text in [
        std::fs::read_to_string(fleet.folder.path().join("log")).expect("read"),
        told(&["doctor"], &whole),
        told(&["doctor", "--json"], away),
        told(&["init"], &whole),
        told(&["init"], away),
        told(&["serve"], away),
        told(&["backup", "copy.db"], &whole),
        told(&["audit", "verify"], &whole),
        told(&["move", "postgres:", "postgres:"], &whole),
        told(&["user", "list"], "postgre://app:hunter2@127.0.0.1:1/app"),
    ] {
        assert!(!text.is_empty() && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn doctor_asks_the_database_itself() {
    let Some(fleet) = Fleet::new() else { return };
    let found = |command: Command| -> Vec<(String, String)> {
        let ended = finish(command, "");
        let said: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
        let all = said["findings"].as_array().expect("findings").iter();
        all.map(|finding| {
            let text = |name: &str| finding[name].as_str().expect("text").to_owned();
            (text("check"), text("grade"))
        })
        .collect()
    };
    let well = found(fleet.command(&["doctor", "--json"]));
    for check in [
        "database",
        "master_key",
        "keys_open",
        "secrets",
        "signing_key",
        "audit",
        "administrator",
    ] {
        assert!(
            well.contains(&(check.to_owned(), "good".to_owned())),
            "{check}: {well:?}"
        );
    }
    let mut other = fleet.command(&["doctor", "--json"]);
    other.env("PORTCULLIS_MASTER_KEY", "ff".repeat(32));
    let other = found(other);
    assert!(
        other.contains(&("keys_open".to_owned(), "fault".to_owned())),
        "{other:?}"
    );
    let mut away = fleet.command(&["doctor", "--json"]);
    away.env("PORTCULLIS_DATABASE", "postgres://app@127.0.0.1:1/app");
    let away = found(away);
    assert!(away.contains(&("database".to_owned(), "fault".to_owned())), "{away:?}");
}

#[test]
fn users_come_and_go_by_the_command_line_while_nodes_run() {
    let Some(fleet) = Fleet::new() else { return };
    let node = fleet.serve();
    let added = fleet.command(&["user", "add", "carol", "--scopes", "users:read"]);
    finish(added, "a long enough pass phrase\n").good();
    let carol = Tokens::of(&log_in(&node, "carol", "a long enough pass phrase"));
    let listed = fleet.run(&["session", "list", "carol", "--json"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    fleet.run(&["user", "disable", "carol"]).good();
    until(|| !is_good(&node, &carol.access));
    let rows = fleet.run(&["audit", "--user", "carol", "--json", "-n", "100"]).good();
    assert!(rows.contains("user_created") || rows.contains("carol"), "{rows}");
    let file = fleet.folder.path().join("users.csv");
    let path = file.to_str().expect("a name");
    fleet.run(&["user", "export", "-o", path]).good();
    fleet.run(&["user", "delete", "carol"]).good();
    fleet.run(&["user", "import", path]).good();
    assert!(fleet.run(&["user", "show", "carol"]).good().contains("carol"));
}

#[test]
fn a_node_that_saw_a_seal_which_is_lost_leaves_sealing_to_the_others() {
    let Some(fleet) = Fleet::new() else { return };
    let nodes = [fleet.serve(), fleet.serve()];
    let newest = || ask(&fleet.url, "SELECT coalesce(max(number), 0) FROM portcullis_seals");
    assert_eq!(log_in(&nodes[0], "admin", &fleet.password).status, 200);
    until(|| newest() != "0" && ask(&fleet.url, UNSEALED) == "0");
    let lost = newest();
    // What a standby lacks that was promoted. Its owner alone can take the guards away.
    run(
        &fleet.url,
        "ALTER TABLE portcullis_seals DISABLE TRIGGER USER; \
         DELETE FROM portcullis_seals WHERE number = (SELECT max(number) FROM portcullis_seals); \
         ALTER TABLE portcullis_seals ENABLE TRIGGER USER; \
         UPDATE portcullis_audit_given SET seal = seal - 1",
    );
    until(|| newest() == lost && ask(&fleet.url, UNSEALED) == "0");
    // Behind that the first one goes on too.
    assert_eq!(log_in(&nodes[1], "admin", &fleet.password).status, 200);
    until(|| newest() != lost && ask(&fleet.url, UNSEALED) == "0");
    fleet.run(&["audit", "verify"]).good();
}

const UNSEALED: &str = "SELECT count(*) FROM portcullis_audit WHERE position IS NULL OR position > \
    coalesce((SELECT upto FROM portcullis_seals ORDER BY number DESC LIMIT 1), 0)";
