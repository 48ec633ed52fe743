//! The commands of `docs/bring-your-users.md`, run as they are written there, on tables and exports such as each of those
//! applications leaves behind, with hashes that it made.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::path::{Path, PathBuf};

use portcullis_sql::rusqlite::Connection;
use serde_json::{Value, json};
use support::{Serving, command, finish};

#[path = "support/cli.rs"]
mod support;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lines of the fenced blocks of one language in a section of the page.
fn blocks(section: &str, language: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/bring-your-users.md")).expect("the page");
    let begin = page.split_once(&format!("# {section}\n")).expect("the section");
    let section = begin.1.split("\n#").next().unwrap_or(begin.1);
    let mut text = String::new();
    let mut rest = section;
    while let Some((_, after)) = rest.split_once(&format!("```{language}\n")) {
        let (block, behind) = after.split_once("```").expect("its end");
        text.push_str(block);
        rest = behind;
    }
    text
}

/// A recorded hash of this scheme whose password is a plain one.
fn recorded(scheme: &str) -> (String, String) {
    let text = std::fs::read_to_string(root().join("testdata/passwords/vectors.json")).expect("the vectors");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let vectors = value["vectors"].as_array().expect("vectors");
    let plain = |secret: &str| secret.len() > 3 && secret.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let fits = |vector: &&Value| {
        vector["scheme"] == scheme
            && vector["verify"] == true
            && vector["secret_encoding"] != "base64"
            && vector["secret"].as_str().is_some_and(plain)
            && vector["secret"].as_str().is_some_and(|secret| secret.trim() == secret)
    };
    let vector = vectors
        .iter()
        .find(fits)
        .unwrap_or_else(|| panic!("no vector of {scheme}"));
    let text = |member: &str| vector[member].as_str().expect("a text").to_owned();
    (text("hash"), text("secret"))
}

/// Runs the section's commands in `folder`; gives the server that the last one started.
fn follow(section: &str, folder: &Path) -> Serving {
    let declared = blocks(section, "toml");
    let mut serving = None;
    for line in blocks(section, "console").lines() {
        let words: Vec<&str> = line
            .strip_prefix("$ portcullis ")
            .expect("a command of ours")
            .split(' ')
            .collect();
        let mut run = command(&words);
        run.current_dir(folder);
        if words == ["serve"] {
            run.args(["--listen", "127.0.0.1:0"]);
            serving = Some(Serving::spawn(run));
        } else {
            finish(run, "").good();
        }
        if words == ["init"] && !declared.is_empty() {
            std::fs::write(folder.join("portcullis-data/portcullis.toml"), &declared).expect("written");
        }
    }
    serving.expect("a server")
}

fn database(folder: &Path, name: &str, sql: &str) {
    Connection::open(folder.join(name))
        .expect("opens")
        .execute_batch(sql)
        .expect("made");
}

/// The user logs in with the old password, and with no other.
fn logs_in(section: &str, folder: &Path, login: &str, password: &str) {
    let server = follow(section, folder);
    let token = server.log_in(login, password, "");
    let token = token.unwrap_or_else(|refusal| panic!("{section}: {refusal:?}"));
    assert_eq!(server.get("/users/me/", &token).status, 200, "{section}");
    let refused = server.log_in(login, &format!("x{password}"), "").unwrap_err();
    assert_eq!(refused.status, 400, "{section}");
}

#[test]
fn users_of_django_log_in_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("django_pbkdf2_sha256");
    let sql = "CREATE TABLE django_migrations (id integer PRIMARY KEY);
        CREATE TABLE auth_user (id integer PRIMARY KEY, password varchar(128), last_login datetime, username varchar(150),
            email varchar(254), first_name varchar(150), last_name varchar(150), is_superuser bool, is_active bool);";
    let user = format!("INSERT INTO auth_user VALUES (1, '{hash}', NULL, 'john', '', '', '', 0, 1)");
    database(folder.path(), "db.sqlite3", &format!("{sql}{user}"));
    logs_in("Django", folder.path(), "john", &password);
}

#[test]
fn users_of_a_flask_application_log_in_where_they_are_and_werkzeug_reads_what_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("werkzeug_pbkdf2");
    let sql = "CREATE TABLE member (id INTEGER PRIMARY KEY, email TEXT, pw_hash TEXT, deleted_at TEXT);";
    let user = format!("INSERT INTO member VALUES (1, 'john@example.com', '{hash}', NULL)");
    database(folder.path(), "app.db", &format!("{sql}{user}"));
    logs_in("Flask", folder.path(), "john@example.com", &password);
    let database = Connection::open(folder.path().join("app.db")).expect("opens");
    let stored: String = database
        .query_row("SELECT pw_hash FROM member", [], |row| row.get(0))
        .expect("a hash");
    assert!(stored.starts_with("scrypt:32768:8:1$"), "{stored}");
}

#[test]
fn users_of_a_fastapi_application_log_in_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("pwdlib_argon2");
    let sql = "CREATE TABLE user (id CHAR(36) PRIMARY KEY, email TEXT, hashed_password TEXT, is_active BOOLEAN,
        is_superuser BOOLEAN, is_verified BOOLEAN);";
    let user = format!("INSERT INTO user VALUES ('9d2d', 'john@example.com', '{hash}', 1, 0, 1)");
    database(folder.path(), "app.db", &format!("{sql}{user}"));
    logs_in("FastAPI", folder.path(), "John@example.com", &password);
}

#[test]
fn users_of_laravel_log_in_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("laravel_bcrypt");
    let sql = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT, remember_token TEXT);";
    let user = format!("INSERT INTO users VALUES (1, 'John', 'john@example.com', '{hash}', NULL)");
    database(folder.path(), "database.sqlite", &format!("{sql}{user}"));
    logs_in("Laravel", folder.path(), "john@example.com", &password);
}

#[test]
fn users_of_wordpress_log_in_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("wordpress_phpass");
    let sql = "CREATE TABLE wp_users (ID INTEGER PRIMARY KEY, user_login TEXT, user_pass TEXT, user_email TEXT,
        display_name TEXT);";
    let user = format!("INSERT INTO wp_users VALUES (1, 'john', '{hash}', 'john@example.com', 'John')");
    database(folder.path(), "wordpress.db", &format!("{sql}{user}"));
    logs_in("WordPress", folder.path(), "john@example.com", &password);
}

#[test]
fn users_of_keycloak_are_taken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("keycloak_pbkdf2");
    let credential: Value = serde_json::from_str(&hash).expect("a credential");
    let realm = json!({"realm": "main", "users": [{"username": "john", "enabled": true, "credentials": [credential]}]});
    std::fs::write(folder.path().join("realm-export.json"), realm.to_string()).expect("written");
    logs_in("Keycloak", folder.path(), "john", &password);
}

/// A file that another application left, as it was found.
fn found(folder: &Path, name: &str) {
    let from = root().join("testdata/exports").join(name);
    std::fs::copy(from, folder.join(name)).expect("copied");
}

/// The password of every user in `testdata/exports`.
const FOUND: &str = "Correct-Horse-9";

#[test]
fn users_of_clerk_auth0_and_grafana_are_taken_in() {
    for (section, name, login) in [
        ("Clerk", "clerk.csv", "Anna@example.com"),
        ("Auth0", "auth0.json", "BERT@example.com"),
        ("Grafana and Gitea", "grafana.csv", "anna"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        found(folder.path(), name);
        logs_in(section, folder.path(), login, FOUND);
    }
}

#[test]
fn users_of_supabase_are_taken_in_and_those_who_are_banned_stay_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("bcrypt");
    let header = "id,aud,role,email,encrypted_password,raw_app_meta_data,banned_until,deleted_at";
    let row = |email: &str, until: &str| format!("1,authenticated,authenticated,{email},{hash},{{}},{until},\n");
    let rows = [
        row("John@example.com", "2001-01-01 00:00:00+00"),
        row("gone@example.com", "2999-01-01 00:00:00+00"),
    ];
    std::fs::write(folder.path().join("users.csv"), format!("{header}\n{}", rows.concat())).expect("written");
    let server = follow("Supabase", folder.path());
    server
        .log_in("john@example.com", &password, "")
        .expect("not banned any more");
    assert_eq!(
        server.log_in("gone@example.com", &password, "").unwrap_err().status,
        400
    );
}

#[test]
fn users_of_a_directory_are_taken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, password) = recorded("ldap_sha512_crypt");
    let text = format!(
        "dn: ou=people,dc=example\nobjectClass: organizationalUnit\n\ndn: uid=john,ou=people,dc=example\n\
         objectClass: inetOrgPerson\nuid: john\ncn: John Doe\nuserPassword: {hash}\n"
    );
    std::fs::write(folder.path().join("people.ldif"), text).expect("written");
    logs_in("A directory", folder.path(), "John", &password);
}

#[test]
fn every_application_that_the_command_knows_stands_in_the_table() {
    let page = std::fs::read_to_string(root().join("docs/bring-your-users.md")).expect("the page");
    let help = finish(command(&["user", "import", "--help"]), "").good();
    let (_, rest) = help.split_once("--from").expect("the flag");
    let (_, rest) = rest.split_once("possible values: ").expect("its values");
    let names = rest.split(']').next().expect("their end");
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
}

#[test]
fn users_of_firebase_are_taken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (text, password) = recorded("firebase_fbscrypt");
    let fields: Vec<&str> = text.split('$').collect();
    let value = |name: &str| {
        let found = fields[2].split(',').find_map(|pair| pair.strip_prefix(name));
        found.expect("a parameter").to_owned()
    };
    let config = format!(
        "hash_config {{\n  algorithm: SCRYPT,\n  base64_signer_key: {},\n  base64_salt_separator: {},\n  rounds: {},\n  \
         mem_cost: {},\n}}\n",
        value("sk="),
        value("ss="),
        value("r="),
        value("n=")
    );
    std::fs::write(folder.path().join("hash_config.txt"), config).expect("written");
    let users =
        json!({"users": [{"localId": "1", "email": "john@example.com", "salt": fields[3], "passwordHash": fields[4]}]});
    std::fs::write(folder.path().join("users.json"), users.to_string()).expect("written");
    logs_in("Firebase", folder.path(), "john@example.com", &password);
}
