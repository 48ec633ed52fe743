//! This version and the next one on one database.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::deployment::Deployment;
use super::psql::ask;
use super::support::{Run, Serving, finish, json};
use super::{FORM, Tokens, is_good, log_in, refresh, rounds, until};

/// Where the steps of a table stand, and how they end.
const STEPS: (&str, &str) = (
    "crates/sql/src/own/accounts.rs",
    "include_str!(\"accounts/postgres/1_accounts.sql\")",
);

/// What the next version does to it: something comes, and something goes that this version needs.
const MORE: &str = ", \"-- expand\\nALTER TABLE portcullis_accounts ADD COLUMN nickname TEXT\", \
    \"-- contract: floor 2\\nALTER TABLE portcullis_accounts ADD CONSTRAINT nicknamed CHECK (nickname IS NULL OR nickname <> '')\"";

/// The program of the next version: built of this source, with these steps more.
fn next_version() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_BIN_EXE_portcullis"))
        .ancestors()
        .nth(2)
        .expect("a target folder");
    let (source, built) = (target.join("next-version/source"), target.join("next-version/target"));
    std::fs::create_dir_all(&source).expect("made");
    let copy = "tar --exclude=target --exclude=.git -C \"$0\" -c . | tar -C \"$1\" -x";
    let copied = Command::new("sh").args(["-c", copy]).arg(&root).arg(&source).status();
    assert!(copied.expect("a shell").success());
    let (file, last) = (source.join(STEPS.0), STEPS.1);
    let text = std::fs::read_to_string(&file).expect("the steps");
    let more = text.replacen(last, &format!("{last}{MORE}"), 1);
    assert_ne!(text, more);
    std::fs::write(&file, more).expect("written");
    // Features as the whole workspace has them, so that less is built a second time.
    let made = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&source)
        .args(["build", "--workspace", "--bin", "portcullis", "--locked", "--quiet"])
        .arg("--target-dir")
        .arg(&built)
        .status();
    assert!(made.expect("cargo").success());
    built.join("debug/portcullis")
}

/// One of two programs, on one deployment.
#[derive(Clone, Copy)]
struct Version<'a> {
    deployment: &'a Deployment,
    /// `None`: the one that is tested.
    program: Option<&'a Path>,
}

impl Version<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let command = self.deployment.command(arguments);
        let Some(program) = self.program else {
            return command;
        };
        let mut other = Command::new(program);
        other.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => other.env(name, value),
                None => other.env_remove(name),
            };
        }
        other.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        other
    }

    fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments), "")
    }

    fn serve(&self) -> Serving {
        Serving::spawn(self.command(&["serve", "--listen", "127.0.0.1:0", "--throttle", "false"]))
    }
}

/// Which key a program says that signs.
fn active(version: Version<'_>) -> String {
    let keys = version.run(&["key", "list", "--json"]).json();
    let active = keys
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["state"] == "active");
    active.and_then(|key| key["id"].as_str()).expect("one").to_owned()
}

/// Everything that is done with a server, by turns with one node and the other, and by commands of the one version.
fn lives(deployment: &Deployment, by: Version<'_>, [one, other]: [&Serving; 2], client: &str) {
    let first = log_in(one, &deployment.password);
    assert!(is_good(other, &first.access));
    let second = Tokens::of(&refresh(other, &first.refresh));
    let again = Tokens::of(&refresh(one, &first.refresh));
    assert_eq!(second.refresh, again.refresh);
    assert!(is_good(one, &second.access) && is_good(other, &again.access));
    let before = active(by);
    by.run(&["key", "rotate", "--now"]).good();
    assert_ne!(active(by), before);
    let third = Tokens::of(&refresh(one, &second.refresh));
    until(|| is_good(other, &third.access));
    assert!(is_good(one, &second.access), "by the key of before");
    let added = by
        .run(&["client", "add", client, "--scopes", "users:read", "--json"])
        .json();
    let secret = added["client_secret"].as_str().expect("a secret");
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    let answer: Value = json(&other.send("POST", "/token", None, FORM, &form));
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(one.get("/verify", token).status, 200);
    by.run(&["client", "disable", client]).good();
    for node in [one, other] {
        until(|| node.get("/verify", token).status == 401);
    }
    let leaves = other.send("POST", "/logout", Some(&third.access), "", "");
    assert!(leaves.status < 300, "{}", leaves.text());
    until(|| !is_good(one, &third.access) && !is_good(other, &third.access));
    assert_eq!(refresh(one, &third.refresh).status, 400);
    let verified = by.run(&["audit", "verify", "--json"]).json();
    assert_eq!(verified["whole"], true, "{verified}");
}

fn ends(node: Serving) {
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
}

#[test]
fn n_and_n_plus_1_side_by_side() {
    if rounds(0, 1) == 0 {
        return eprintln!("left out: another version is built, see scripts/test --long");
    }
    let Some(deployment) = Deployment::on_postgres() else {
        return;
    };
    let deployment = &deployment;
    let program = next_version();
    let url = &deployment.database().expect("on PostgreSQL").url;
    let version = |program| Version { deployment, program };
    let (old, new) = (version(None), version(Some(program.as_path())));
    let nicknames = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'nickname'";
    let contracted = "SELECT count(*) FROM pg_constraint WHERE conname = 'nicknamed'";

    let (older, newer) = (old.serve(), new.serve());
    assert_eq!(
        (ask(url, nicknames).as_str(), ask(url, contracted).as_str()),
        ("1", "0")
    );
    for (number, by) in [old, new].into_iter().enumerate() {
        lives(deployment, by, [&older, &newer], &format!("a{number}"));
        lives(deployment, by, [&newer, &older], &format!("b{number}"));
    }
    // The way back.
    let session = log_in(&newer, &deployment.password);
    ends(newer);
    let another = old.serve();
    let session = Tokens::of(&refresh(&another, &session.refresh));
    lives(deployment, old, [&another, &older], "c");
    ends(another);

    // And the way on.
    let newer = new.serve();
    let session = Tokens::of(&refresh(&newer, &session.refresh));
    let refused = new.run(&["migrate", "--contract"]).bad(1);
    assert_eq!(ask(url, contracted), "0", "the older one is at work: {refused}");
    ends(older);
    new.run(&["migrate", "--contract"]).good();
    assert_eq!(ask(url, contracted), "1");
    let error = old.run(&["serve", "--listen", "127.0.0.1:0"]).bad(1);
    assert!(error.contains("newer"), "{error}");
    old.run(&["user", "list"]).bad(1);
    let another = new.serve();
    Tokens::of(&refresh(&another, &session.refresh));
    lives(deployment, new, [&newer, &another], "d");
}
