//! Two nodes whose users are another application's: a Django project's, in PostgreSQL too.

use std::process::Command;
use std::time::Instant;

use serde_json::json;

use super::databases::Database;
use super::delay::{Said, at_node, until_refused};
use super::deployment::Deployment;
use super::psql::ask;
use super::support::{Answer, Serving, escape};
use super::{FORM, Tokens, is_good, refresh, until};

/// As Django makes it, as far as users need it; each with an outdated hash of one password.
const TABLES: &str = "CREATE TABLE auth_user (id SERIAL PRIMARY KEY, password VARCHAR(128) NOT NULL, last_login TIMESTAMPTZ, \
    is_superuser BOOLEAN NOT NULL DEFAULT false, username VARCHAR(150) NOT NULL UNIQUE, \
    email VARCHAR(254) NOT NULL DEFAULT '', is_active BOOLEAN NOT NULL DEFAULT true); \
    INSERT INTO auth_user (username, password) SELECT name, \
    'pbkdf2_sha256$1000$salt$hm3HI2wmLo+F440yw3qDa5XXCnJAQ58S7dDdcu8JqPM=' FROM unnest(ARRAY['ann', 'bob', 'cid']) AS name";

const PASSWORD: &str = "of django";

struct Project {
    deployment: Deployment,
    /// Where the application's users are.
    url: String,
    folder: tempfile::TempDir,
}

impl Project {
    fn start() -> Option<Self> {
        let deployment = Deployment::on_postgres()?;
        let database: &Database = deployment.database().expect("on PostgreSQL");
        database.run("CREATE DATABASE app");
        database.run_in("app", TABLES);
        let project = Self {
            url: database.url.replace("/postgres", "/app"),
            deployment,
            folder: tempfile::tempdir().expect("a folder"),
        };
        let text = format!(
            "stale_revocations = \"refuse\"\n[users]\nurl = {:?}\nframework = \"django\"\nstage = \"write-back\"\n",
            project.url
        );
        std::fs::write(project.folder.path().join("portcullis.toml"), text).expect("written");
        Some(project)
    }

    fn serve(&self) -> Serving {
        let mut command: Command = self.deployment.server(&[]);
        command.env("PORTCULLIS_CONFIG", self.folder.path().join("portcullis.toml"));
        Serving::spawn(command)
    }

    /// How many numbers of hashes are put down.
    fn counted(&self) -> String {
        let own = &self.deployment.database().expect("on PostgreSQL").url;
        ask(own, "SELECT count(*) FROM portcullis_foreign_epochs")
    }
}

fn log_in(node: &Serving, name: &str, password: &str) -> Answer {
    let form = format!("username={name}&password={}", escape(password));
    node.send("POST", "/token", None, FORM, &form)
}

/// Of an end just now all nodes know in time.
fn all_refuse(nodes: &[Serving; 2], ended: Instant, all: &[&Tokens]) {
    for node in nodes.iter().rev() {
        for tokens in all {
            until_refused(ended, || at_node(node, &tokens.access));
            assert_eq!(refresh(node, &tokens.refresh).status, 400);
        }
    }
}

/// And of those that nobody ended.
fn all_good<'a>(nodes: &[Serving; 2], all: impl IntoIterator<Item = &'a Tokens>) {
    for tokens in all {
        for node in nodes {
            until(|| at_node(node, &tokens.access) != Said::Unknown);
            assert_eq!(at_node(node, &tokens.access), Said::Good);
        }
    }
}

#[test]
fn what_ends_tokens_of_another_applications_users_ends_them_on_every_node() {
    let Some(project) = Project::start() else { return };
    let mut nodes = [project.serve(), project.serve()];

    // Outdated hashes are made anew by both at once, and end nobody's tokens.
    let mut tokens: Vec<[Tokens; 2]> = Vec::new();
    for name in ["ann", "bob", "cid"] {
        let both = std::thread::scope(|scope| {
            let logins = [0, 1].map(|at| {
                let node = &nodes[at];
                scope.spawn(move || Tokens::of(&log_in(node, name, PASSWORD)))
            });
            logins.map(|login| login.join().expect("a login"))
        });
        tokens.push(both);
    }
    all_good(&nodes, tokens.iter().flatten());
    let outdated = "SELECT count(*) FROM auth_user WHERE password LIKE 'pbkdf2_sha256$1000$%'";
    assert_eq!(ask(&project.url, outdated), "0");
    assert_ne!(project.counted(), "0", "in the database of all nodes");
    // A node that begins anew has nothing of its own to remember.
    for node in &mut nodes {
        node.signal("KILL");
        *node = project.serve();
    }
    all_good(&nodes, tokens.iter().flatten());
    let [ann, bob, cid] = &tokens[..] else {
        panic!("three users")
    };

    // A password is changed through one node; the next one's tokens are good, whatever number follows from which hash.
    let (mut held, mut password) = (vec![ann[1].clone(), ann[0].clone()], PASSWORD.to_owned());
    for round in 0..4 {
        let new = format!("changed through a node {round}");
        let change = json!({"current_password": password, "new_password": new});
        let changed = nodes[round % 2].call("PUT", "/users/me/password", &held[0].access, &change);
        assert!(changed.status < 300, "{}", changed.text());
        all_refuse(&nodes, Instant::now(), &held.iter().collect::<Vec<_>>());
        held = vec![Tokens::of(&log_in(&nodes[round % 2], "ann", &new))];
        all_good(&nodes, &held);
        password = new;
    }
    assert_eq!(log_in(&nodes[1], "ann", PASSWORD).status, 400);

    // The application disables a user.
    ask(
        &project.url,
        "UPDATE auth_user SET is_active = false WHERE username = 'bob'",
    );
    all_refuse(&nodes, Instant::now(), &[&bob[0], &bob[1]]);

    // A user logs out everywhere through one node.
    let ended = nodes[0].send("DELETE", "/users/me/sessions", Some(&cid[0].access), "", "");
    assert!(ended.status < 300, "{}", ended.text());
    all_refuse(&nodes, Instant::now(), &[&cid[1]]);
    assert!(is_good(&nodes[1], &cid[0].access), "all but this session");
    let ended = nodes[0].send("POST", "/logout", Some(&cid[0].access), "", "");
    assert!(ended.status < 300, "{}", ended.text());
    all_refuse(&nodes, Instant::now(), &[&cid[0]]);

    // And it stays so for a node that begins anew.
    for node in &mut nodes {
        node.signal("KILL");
        *node = project.serve();
    }
    let long_ago = Instant::now() - super::delay::BOUND;
    all_refuse(
        &nodes,
        long_ago,
        &[&ann[0], &ann[1], &bob[0], &bob[1], &cid[0], &cid[1]],
    );
}
