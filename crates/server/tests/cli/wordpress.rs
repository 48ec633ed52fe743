//! WordPress: what its versions read, and what its forms make of passwords. The hashes are by WordPress's own code.

use portcullis_core::password::{Password, Policy};
use portcullis_core::{HashString, Passwords};
use portcullis_sql::rusqlite::Connection;
use serde_json::json;

use super::support::{Setup, run};

/// What was typed into its form, and what WordPress 6.1.9 stored.
const TYPED: &str = "it's \"quoted\"";
const STORED: &str = "$P$BIpMSMTbR.adlWgi1wNRRtoUYqYHmZ/";

/// A WordPress whose schema has this revision.
struct WordPress {
    folder: tempfile::TempDir,
}

impl WordPress {
    fn new(revision: u32) -> Self {
        let wordpress = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        wordpress.change(&format!(
            "CREATE TABLE wp_users (ID INTEGER PRIMARY KEY, user_login TEXT, user_pass VARCHAR(255), user_email TEXT,
                 display_name TEXT);
             CREATE TABLE wp_options (option_id INTEGER PRIMARY KEY, option_name TEXT, option_value TEXT);
             INSERT INTO wp_users VALUES (1, 'john', '{STORED}', 'john@example.com', 'John');
             INSERT INTO wp_options VALUES (1, 'db_version', '{revision}')"
        ));
        wordpress
    }

    fn database(&self) -> Connection {
        Connection::open(self.folder.path().join("wordpress.db")).expect("opens")
    }

    fn change(&self, sql: &str) {
        self.database().execute_batch(sql).expect("changed");
    }

    fn stored(&self) -> String {
        let sql = "SELECT user_pass FROM wp_users";
        self.database().query_row(sql, [], |row| row.get(0)).expect("a hash")
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("wordpress.db").display())
    }

    fn setup(&self) -> Setup {
        let setup = Setup::new();
        setup.run(&["adopt", &self.url(), "--write"]).good();
        let path = setup.path().join("portcullis.toml");
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(path, text.replace("read-only", "write-back")).expect("written");
        setup
    }
}

/// As `password_verify` and phpass's fallback compare: without any form before them.
fn is_of(password: &str, stored: &str) -> bool {
    let policy = Policy::new().with("schemes", ["wordpress_bcrypt", "bcrypt"]);
    let passwords: Passwords = policy.passwords(None).expect("a sound policy");
    let verdict = passwords.verify(&Password::from(password), Some(&HashString::new(stored)));
    verdict.expect("a sound hash").is_match()
}

#[test]
fn adopt_says_which_hashes_its_version_gets() {
    for (revision, words) in [(53_496, "bcrypt, cost 10"), (61_833, "wordpress_bcrypt, cost 10")] {
        let told = run(&["adopt", &WordPress::new(revision).url()]).good();
        let line = told
            .lines()
            .find(|line| line.starts_with("new hashes"))
            .expect("a line");
        assert_eq!(line.trim_start_matches("new hashes").trim(), words, "{told}");
    }
}

#[test]
fn a_password_with_quotes_is_the_same_password_on_both_sides_and_in_every_version() {
    let wordpress = WordPress::new(53_496);
    let setup = wordpress.setup();
    let server = setup.serve();
    assert_eq!(server.log_in("john", "its quoted", "").unwrap_err().status, 400);
    let token = server.log_in("john", TYPED, "").expect("as its own form lets in");
    let stored = wordpress.stored();
    assert!(
        stored.starts_with("$2y$10$"),
        "what WordPress before 6.8 reads: {stored}"
    );
    assert!(is_of("it\\'s \\\"quoted\\\"", &stored), "what its form compares");
    let change = json!({"current_password": TYPED, "new_password": "back\\slash & horse"});
    let answer = server.call("PUT", "/users/me/password", &token, &change);
    assert!(answer.status < 300, "{answer:?}");
    assert!(is_of("back\\\\slash & horse", &wordpress.stored()));
    drop(server);
    wordpress.change("UPDATE wp_options SET option_value = '61833'");
    let server = setup.serve();
    server
        .log_in("john", " back\\slash & horse ", "")
        .expect("trimmed, as there");
    let stored = wordpress.stored();
    assert!(
        stored.starts_with("$wp$2y$10$"),
        "what WordPress itself would store by now: {stored}"
    );
    assert!(is_of("back\\\\slash & horse", &stored));
}
