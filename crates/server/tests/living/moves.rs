//! All of a deployment moved from a data folder into PostgreSQL, and back.

use std::collections::BTreeSet;
use std::path::Path;

use super::fleet::{Fleet, Tokens, is_good, log_in, refresh};
use super::own_tables::{fresh, run};
use super::psql::ask;
use super::support::{Serving, Setup, command, finish, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// What of a deployment must go on.
struct Lived {
    tokens: Tokens,
    carol: Tokens,
    api_key: String,
    client_secret: String,
}

impl Lived {
    /// A deployment that was in use.
    fn of(setup: &Setup) -> Self {
        let server = setup.serve();
        setup
            .run_with(
                &["user", "add", "carol", "--email", "carol@example.com"],
                "a long enough pass phrase\n",
            )
            .good();
        let first = Tokens::of(&log_in(&server, "admin", &setup.password));
        let tokens = Tokens::of(&refresh(&server, &first.refresh));
        let carol = Tokens::of(&log_in(&server, "carol", "a long enough pass phrase"));
        assert_ne!(log_in(&server, "carol", "a wrong pass phrase").status, 200);
        let ended = Tokens::of(&log_in(&server, "carol", "a long enough pass phrase"));
        let revoked = server.send("POST", "/revoke", None, FORM, &format!("token={}", ended.refresh));
        assert_eq!(revoked.status, 200);
        let key = setup.run(&[
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
        let client = setup
            .run(&["client", "add", "reports", "--scopes", "users:read", "--json"])
            .json();
        setup.run(&["key", "rotate"]).good();
        let lived = Self {
            tokens,
            carol,
            api_key: key.json()["key"].as_str().expect("a key").to_owned(),
            client_secret: client["client_secret"].as_str().expect("a secret").to_owned(),
        };
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        lived
    }

    /// All of it goes on; each refresh token is used up.
    fn goes_on(&mut self, server: &Serving, password: &str) {
        assert!(is_good(server, &self.tokens.access) && is_good(server, &self.carol.access));
        Tokens::of(&log_in(server, "admin", password));
        Tokens::of(&log_in(server, "carol", "a long enough pass phrase"));
        self.tokens = Tokens::of(&refresh(server, &self.tokens.refresh));
        self.carol = Tokens::of(&refresh(server, &self.carol.refresh));
        assert_eq!(server.get("/users/", &self.api_key).status, 200);
        let form = format!(
            "grant_type=client_credentials&client_id=reports&client_secret={}",
            self.client_secret
        );
        let answer = server.send("POST", "/token", None, FORM, &form);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(json(&answer)["access_token"].is_string());
    }
}

/// The nodes of a folder's deployment after it was moved to this URL.
fn moved_fleet(setup: &Setup, url: String) -> Fleet {
    let mut fleet = Fleet::bare(url);
    fleet.password.clone_from(&setup.password);
    let key = std::fs::read_to_string(setup.path().join("keys/master.key")).expect("read");
    fleet.master_key = key.trim().to_owned();
    fleet
}

fn moves(from: &str, to: &str) -> super::support::Run {
    finish(command(&["move", from, to]), "")
}

fn folder(setup: &Setup) -> String {
    format!("sqlite:{}", setup.path().display())
}

#[test]
fn everything_goes_on_in_the_other_database_and_back() {
    let Some(url) = fresh("") else { return };
    let setup = Setup::new();
    let mut lived = Lived::of(&setup);
    let out = moves(&folder(&setup), &url).good();
    assert!(
        out.contains("portcullis_accounts") && out.contains("portcullis_refresh_families"),
        "{out}"
    );
    let fleet = moved_fleet(&setup, url.clone());
    let nodes = [fleet.serve(), fleet.serve()];
    lived.goes_on(&nodes[0], &fleet.password);
    lived.goes_on(&nodes[1], &fleet.password);
    for node in nodes {
        node.signal("TERM");
        assert_eq!(node.wait(), Some(0));
    }
    let verified = fleet.run(&["audit", "verify", "--json"]).json();
    assert_eq!(verified["whole"], true, "{verified}");
    let told = fleet.run(&["audit", "--kind", "database_moved", "--json"]).good();
    assert_eq!(told.lines().count(), 1, "{told}");
    // The folder that was left is none any more.
    let error = setup.run(&["serve"]).bad(1);
    assert!(error.contains("is not a data folder"), "{error}");
    // And back.
    let back = fleet.folder.path().join("back");
    let place = format!("sqlite:{}", back.display());
    moves(&url, &place).good();
    let data = back.to_str().expect("a name");
    let key = back.join("keys");
    std::fs::create_dir(&key).expect("made");
    std::fs::copy(setup.path().join("keys/master.key"), key.join("master.key")).expect("copied");
    let server = Serving::start(&["serve", "--data", data]);
    lived.goes_on(&server, &fleet.password);
    drop(server);
    let verified = finish(command(&["audit", "verify", "--json", "--data", data]), "").json();
    assert_eq!(verified["whole"], true, "{verified}");
    let error = fleet.run(&["serve"]).bad(1);
    assert!(error.contains("was moved"), "{error}");
    let error = fleet.run(&["init"]).bad(1);
    assert!(error.contains("has users already"), "{error}");
}

/// Whether a folder has a database that can be served.
fn is_whole(setup: &Setup) -> bool {
    Path::new(&setup.data).join("users.db").exists() && setup.run(&["user", "list"]).code == Some(0)
}

#[test]
fn what_is_served_and_what_holds_anything_is_refused() {
    let Some(fleet) = Fleet::new() else { return };
    let setup = Setup::new();
    let server = setup.serve();
    let empty = fresh("").expect("a server");
    let error = moves(&folder(&setup), &empty).bad(1);
    assert!(error.contains("in use"), "{error}");
    drop(server);
    let error = moves(&folder(&setup), &fleet.url).bad(1);
    assert!(error.contains("set up already"), "{error}");
    assert!(is_whole(&setup));
    let node = fleet.serve();
    let to = fleet.folder.path().join("to");
    let to = format!("sqlite:{}", to.display());
    let error = moves(&fleet.url, &to).bad(1);
    assert!(error.contains("in use by portcullis"), "{error}");
    drop(node);
    let mut named = fleet.command(&["serve", "--listen", "127.0.0.1:0"]);
    named.env("PORTCULLIS_DATABASE", format!("{}?application_name=other", fleet.url));
    let node = Serving::spawn(named);
    let error = moves(&fleet.url, &to).bad(1);
    assert!(error.contains("in use by other"), "{error}");
    drop(node);
    let error = moves(&fleet.url, &folder(&setup)).bad(1);
    assert!(error.contains("set up already"), "{error}");
    for (from, to) in [(&fleet.url, &empty), (&folder(&setup), &to)] {
        let error = moves(from, to).bad(2);
        assert!(error.contains("one kind"), "{error}");
    }
    // A table with a row in it, which nobody set up.
    let used = fresh("").expect("a server");
    moves(&folder(&setup), &used).good();
    run(&used, "DELETE FROM portcullis_setup");
    let other = Setup::new();
    let error = moves(&folder(&other), &used).bad(1);
    assert!(error.contains("not empty"), "{error}");
    assert!(is_whole(&other));
}

#[test]
fn a_move_that_fails_leaves_both_as_they_were() {
    let Some(url) = fresh("") else { return };
    let setup = Setup::new();
    // A text that PostgreSQL does not keep.
    setup
        .run_with(&["client", "add", "reports", "--scopes", "users:read"], "")
        .good();
    let database = setup.path().join("users.db");
    let connection = portcullis_sql::rusqlite::Connection::open(&database).expect("opens");
    connection
        .execute("UPDATE portcullis_accounts SET full_name = 'a' || char(0) || 'b'", [])
        .expect("changed");
    drop(connection);
    let error = moves(&folder(&setup), &url).bad(1);
    assert!(
        error.contains("portcullis_accounts") && error.contains("NUL"),
        "{error}"
    );
    assert!(is_whole(&setup));
    let left = std::fs::read_dir(setup.path()).expect("a folder");
    let left: Vec<_> = left.map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().starts_with("move-")),
        "{left:?}"
    );
    // And then it goes well.
    let connection = portcullis_sql::rusqlite::Connection::open(&database).expect("opens");
    connection
        .execute("UPDATE portcullis_accounts SET full_name = NULL", [])
        .expect("changed");
    drop(connection);
    let killed = setup.path().join("move-killed");
    std::fs::create_dir(&killed).expect("made");
    std::fs::write(killed.join("users.db"), "a copy of a move that was killed").expect("written");
    moves(&folder(&setup), &url).good();
    assert!(!killed.exists(), "nothing with hashes is left");
}

/// What stands in one kind of database alone, of tables that both have.
const OWN: [(&str, &str); 4] = [
    ("portcullis_accounts", "added"),
    ("portcullis_audit", "added"),
    ("portcullis_revocations", "position"),
    ("portcullis_revocations", "xid"),
];

#[test]
fn tables_have_the_same_columns_in_both_databases() {
    let Some(fleet) = Fleet::new() else { return };
    let setup = Setup::new();
    let connection = portcullis_sql::rusqlite::Connection::open(setup.path().join("users.db")).expect("opens");
    let sql = "SELECT t.name || ' ' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name LIKE 'portcullis%'";
    let mut columns = connection.prepare(sql).expect("prepared");
    let columns = columns.query_map([], |row| row.get::<_, String>(0)).expect("read");
    let in_file: Vec<String> = columns.map(|column| column.expect("text")).collect();
    let sql = "SELECT table_name || ' ' || column_name FROM information_schema.columns \
        WHERE table_name LIKE 'portcullis%'";
    let in_server: Vec<String> = ask(&fleet.url, sql).lines().map(str::to_owned).collect();
    let tables = |columns: &[String]| -> BTreeSet<String> {
        let table = |column: &String| column.split(' ').next().expect("a table").to_owned();
        columns.iter().map(table).collect()
    };
    let both = &tables(&in_file) & &tables(&in_server);
    assert!(both.len() > 12, "{both:?}");
    let of_both = |columns: Vec<String>| -> BTreeSet<String> {
        let is_own = |column: &String| OWN.iter().any(|(table, own)| *column == format!("{table} {own}"));
        let is_of_both = |column: &String| both.contains(column.split(' ').next().expect("a table"));
        columns
            .into_iter()
            .filter(|column| is_of_both(column) && !is_own(column))
            .collect()
    };
    assert_eq!(of_both(in_file), of_both(in_server));
}
