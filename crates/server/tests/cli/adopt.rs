//! `adopt`, on tables that were made by hand; real frameworks stand beside us in `living`.

use super::support::{Setup, finish, run};

pub(super) const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";

pub(super) fn database(sql: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let connection = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
    connection.execute_batch(sql).expect("made");
    let url = format!("sqlite:{}", path.display());
    (folder, url)
}

pub(super) fn laravel() -> (tempfile::TempDir, String) {
    database(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password VARCHAR(40), remember_token TEXT);
         INSERT INTO users VALUES (1, 'John Doe', 'john@example.com', '{BCRYPT}', NULL),
             (2, 'Jane', 'jane@example.com', '{BCRYPT}', NULL), (3, 'Jane', 'jane@example.com', 'garbage', NULL),
             (4, 'Nobody', NULL, NULL, NULL)"
    ))
}

/// "correct horse" as PHP stores it at two costs.
pub(super) const COST_10: &str = "$2y$10$8iqWPjFbWowQqGwCca85v.aSdXKkv4eTfRAO2fjRzbt/sebxDYZtG";
const COST_13: &str = "$2y$13$fk8XisYgSoI74LeV8p9LxOqYZ5ag6Szy6x9/ng5W6Nay1/5QwP8T.";

/// An application of Laravel's with one user for each hash.
pub(super) fn laravel_of(hashes: &[&str]) -> (tempfile::TempDir, String) {
    let row = |(id, hash): (usize, &&str)| format!("({id}, '', 'user{id}@example.com', '{hash}', NULL)");
    let rows: Vec<String> = hashes.iter().enumerate().map(row).collect();
    database(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT, remember_token TEXT);
         INSERT INTO users VALUES {}",
        rows.join(", ")
    ))
}

fn stored(folder: &tempfile::TempDir, id: u32) -> String {
    let database = portcullis_sql::rusqlite::Connection::open(folder.path().join("app.db")).expect("opens");
    let sql = "SELECT password FROM users WHERE id = ?1";
    database.query_row(sql, [id], |row| row.get(0)).expect("a hash")
}

#[test]
fn a_database_of_nobody_we_know_says_what_to_declare() {
    let (_folder, url) = database("CREATE TABLE things (id INTEGER)");
    let error = run(&["adopt", &url]).bad(1);
    assert!(
        error.contains("Django") && error.contains("things") && error.contains("[users]"),
        "{error}"
    );
    assert!(run(&["adopt", "nonsense"]).bad(1).contains("sqlite:///"));
    let unreachable = run(&["adopt", "postgres://app:very-secret@127.0.0.1:1/app"]).bad(1);
    assert!(
        unreachable.contains("postgres://127.0.0.1:1/app") && !unreachable.contains("very-secret"),
        "{unreachable}"
    );
}

#[test]
fn what_is_wrong_with_a_table_is_found_before_its_users_find_it() {
    let (_folder, url) = laravel();
    let told = run(&["adopt", &url]).good();
    for words in [
        "Laravel",
        "users (4 users)",
        "email (as it is written)",
        "bcrypt",
        "1 users have no login",
        "1 logins belong to several users",
        "takes 40 characters",
        "users 3: it is shorter than any hash",
        "framework = \"laravel\"",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("garbage") && !told.contains("DYa4ia"), "{told}");
}

#[test]
fn what_it_writes_is_served_and_nothing_is_written_twice() {
    let (_folder, url) = laravel();
    let setup = Setup::new();
    let told = setup.run(&["adopt", &url, "--write"]).good();
    assert!(told.contains("portcullis serve"), "{told}");
    let server = setup.serve();
    assert_eq!(
        server.log_in("john@example.com", "another", "").unwrap_err().status,
        400
    );
    let list = setup.run(&["user", "show", "john@example.com", "--json"]).json();
    assert_eq!(list["full_name"], "John Doe");
    let again = setup.run(&["adopt", &url, "--write"]).bad(1);
    assert!(again.contains("[users] already"), "{again}");
    let refused = setup.run(&["user", "disable", "john@example.com"]).bad(1);
    assert!(refused.contains("another application"), "{refused}");
}

#[test]
fn the_file_that_is_read_is_the_one_that_is_written_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, url) = laravel();
    let setup = Setup::new();
    let elsewhere = setup.path().join("../elsewhere.toml");
    std::fs::write(&elsewhere, "# ours\n").expect("written");
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o640)).expect("set");
    let name = elsewhere.to_str().expect("a name");
    let before = std::fs::read(setup.path().join("portcullis.toml")).expect("read");
    let told = setup.run(&["adopt", &url, "--write", "--config", name]).good();
    assert!(told.contains(name), "{told}");
    let text = std::fs::read_to_string(&elsewhere).expect("read");
    assert!(text.starts_with("# ours\n\n[users]\n"), "{text}");
    assert_eq!(
        std::fs::metadata(&elsewhere).expect("there").permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(
        std::fs::read(setup.path().join("portcullis.toml")).expect("read"),
        before
    );
    setup
        .run(&["user", "show", "john@example.com", "--config", name])
        .good();
}

#[test]
fn a_password_in_the_url_is_left_to_the_environment() {
    let setup = Setup::new();
    let path = setup.path().join("portcullis.toml");
    std::fs::write(
        &path,
        "[users]\nurl = \"mysql://app:very-secret@127.0.0.1:1/app\"\nframwork = \"django\"\n",
    )
    .unwrap();
    let error = setup.run(&["user", "list"]).bad(2);
    assert!(
        error.contains("users.framwork") && error.contains("is framework"),
        "{error}"
    );
    std::fs::write(
        &path,
        "[users]\nurl = \"mysql://app:very-secret@127.0.0.1:1/app\"\nframework = 3\n",
    )
    .unwrap();
    let error = setup.run(&["user", "list"]).bad(2);
    assert!(!error.contains("very-secret"), "{error}");
    std::fs::write(
        &path,
        "[users]\nurl = \"mysql://app:very-secret@127.0.0.1:1/app\"\nframework = \"django\"\n",
    )
    .unwrap();
    let error = setup.run(&["user", "list"]).bad(1);
    assert!(
        error.contains("mysql://127.0.0.1:1/app") && !error.contains("very-secret"),
        "{error}"
    );
}

#[test]
fn a_column_that_looks_like_a_state_a_hash_or_a_salt_is_told_and_not_lost_in_silence() {
    let (_folder, url) = database(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT, remember_token TEXT,
             banned_at TEXT, legacy TEXT, pw_salt TEXT, city TEXT, suspended INTEGER);
         INSERT INTO users VALUES (1, 'John', 'john@example.com', '{BCRYPT}', NULL, '2024-01-01', '{BCRYPT}', 'abc', 'Bonn', 0),
             (2, 'Jane', 'jane@example.com', '{BCRYPT}', NULL, NULL, NULL, NULL, NULL, 1)"
    ));
    let setup = Setup::new();
    let told = setup.run(&["adopt", &url]).good();
    for words in [
        "Not used: remember_token, banned_at, legacy, pw_salt, city, suspended",
        "banned_at looks like a state",
        "legacy looks like a hash",
        "pw_salt looks like a salt",
        "suspended looks like a state",
        "no index serves a login",
        "CREATE INDEX \"users_email_login\" ON \"users\" (\"email\")",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("DYa4ia"), "{told}");
    let json = setup.run(&["adopt", &url, "--json"]).json();
    assert_eq!(json["users"], 2);
    assert_eq!(
        json["unused"][1],
        serde_json::json!({"column": "banned_at", "looks_like": "a state"})
    );
    assert_eq!(
        json["unused"][4],
        serde_json::json!({"column": "city", "looks_like": null})
    );
    let refused = setup.run(&["adopt", &url, "--write"]).bad(1);
    assert!(
        refused.contains("--ignore banned_at") && refused.contains("nothing was written"),
        "{refused}"
    );
    let config = || std::fs::read_to_string(setup.path().join("portcullis.toml")).expect("read");
    assert!(!config().contains("[users]"));
    let some = [
        "adopt",
        &url,
        "--write",
        "--ignore",
        "banned_at",
        "--ignore",
        "legacy",
        "--ignore",
        "pw_salt",
    ];
    assert!(setup.run(&some).bad(1).contains("--ignore suspended"));
    setup.run(&[&some[..], &["--ignore", "suspended"]].concat()).good();
    assert!(config().contains("[users]"));
}

#[test]
fn a_table_of_which_nobody_could_log_in_is_refused() {
    let (_folder, url) = laravel_of(&["garbage", "more garbage"]);
    assert!(run(&["adopt", &url]).bad(1).contains("not one of the 2 users"));
    run(&["adopt", &url, "--json"]).bad(1);
}

#[test]
fn a_framework_whose_hashes_must_be_named_gets_them_named() {
    let hash = "1a".repeat(50);
    let (_folder, url) = database(&format!(
        "CREATE TABLE \"user\" (id INTEGER PRIMARY KEY, login TEXT, email TEXT, name TEXT, password TEXT, salt TEXT,
             rands TEXT, org_id INTEGER, is_admin INTEGER, is_disabled INTEGER);
         INSERT INTO \"user\" VALUES (1, 'john', 'john@example.com', 'John', '{hash}', 's', 'r', 1, 0, 0)"
    ));
    let setup = Setup::new();
    let told = setup.run(&["adopt", &url, "--write"]).good();
    assert!(told.contains("Grafana"), "{told}");
    let written = std::fs::read_to_string(setup.path().join("portcullis.toml")).expect("read");
    assert!(written.contains("accept = [\"grafana_pbkdf2\"]"), "{written}");
    setup.run(&["user", "show", "john"]).good();
}

#[test]
fn what_came_from_the_environment_is_neither_shown_nor_written() {
    let (folder, url) = laravel();
    let setup = Setup::new();
    let mut adopt = setup.command(&["adopt", "--write"]);
    adopt.env("PORTCULLIS_USERS_URL", &url);
    let told = finish(adopt, "").good();
    assert!(told.contains("with the URL in PORTCULLIS_USERS_URL"), "{told}");
    let written = std::fs::read_to_string(setup.path().join("portcullis.toml")).expect("read");
    assert!(written.contains("# url: in PORTCULLIS_USERS_URL"), "{written}");
    let path = folder.path().display().to_string();
    assert!(!written.contains(&path), "{written}");
    let mut show = setup.command(&["user", "show", "john@example.com"]);
    show.env("PORTCULLIS_USERS_URL", &url);
    finish(show, "").good();
    for secret in [
        "postgres://app@127.0.0.1:1/app?password=hunter2",
        "postgres://app@127.0.0.1:1/app?p%61ssword=hunter2",
        "mysql://app:hun?ter2@127.0.0.1:1/app",
        "postgres//app@127.0.0.1:1/app?password=hunter2",
        "host=127.0.0.1 user=app password=hunter2 dbname=app",
        "hunter2",
    ] {
        let mut adopt = setup.command(&["adopt"]);
        adopt.env("PORTCULLIS_USERS_URL", secret);
        let of_environment = finish(adopt, "");
        let of_argument = (secret != "hunter2").then(|| run(&["adopt", secret]));
        for told in of_argument.into_iter().chain([of_environment]) {
            let all = format!("{}{}", told.out, told.err);
            assert!(!all.contains("ter2"), "{all}");
        }
    }
}

#[test]
fn a_relative_path_is_written_so_that_it_leads_to_the_same_file_from_everywhere() {
    let (folder, _) = laravel();
    let setup = Setup::new();
    let mut adopt = setup.command(&["adopt", "sqlite:app.db", "--write"]);
    adopt.current_dir(folder.path());
    finish(adopt, "").good();
    let mut show = setup.command(&["user", "show", "john@example.com"]);
    show.current_dir("/");
    finish(show, "").good();
}

/// The command as somebody who may not write in this folder.
fn as_nobody(command: &mut std::process::Command, shut: &std::path::Path) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    std::fs::set_permissions(shut, std::fs::Permissions::from_mode(0o555)).expect("set");
    if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        // Nothing is shut to root.
        std::os::unix::process::CommandExt::uid(command, 65534);
    }
}

#[test]
fn a_file_beside_which_nothing_can_be_written_is_read_or_refused_with_the_reason() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, url) = laravel();
    let path = folder.path().join("app.db");
    let connection = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
    let look = || {
        let mut adopt = super::support::command(&["adopt", &url]);
        as_nobody(&mut adopt, folder.path());
        let told = finish(adopt, "");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("set");
        told
    };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("set");
    assert!(look().good().contains("users (4 users)"), "with a journal");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; UPDATE users SET name = 'J'")
        .expect("changed");
    assert!(look().good().contains("users (4 users)"), "while its owner has it open");
    let copy = folder.path().join("copy");
    std::fs::copy(folder.path().join("app.db-wal"), &copy).expect("copied");
    drop(connection);
    let told = look();
    assert!(told.err.contains("it is read as one that nobody writes"), "{told:?}");
    assert!(told.good().contains("users (4 users)"), "its owner closed it");
    std::fs::rename(&copy, folder.path().join("app.db-wal")).expect("renamed");
    let refused = look().bad(1);
    assert!(
        refused.contains("write-ahead log") && refused.contains("app.db-wal"),
        "{refused}"
    );
    std::fs::remove_file(folder.path().join("app.db-wal")).expect("removed");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("set");
    let refused = look().bad(1);
    assert!(refused.contains("ermission denied"), "{refused}");
}

#[test]
fn a_name_that_is_ours_already_is_told_and_not_overwritten() {
    let (folder, url) = laravel();
    let connection = portcullis_sql::rusqlite::Connection::open(folder.path().join("app.db")).expect("opens");
    connection
        .execute_batch("DELETE FROM users WHERE id > 1; UPDATE users SET email = 'admin'")
        .expect("changed");
    let setup = Setup::new();
    setup.run(&["adopt", &url, "--write"]).good();
    let refused = setup.run(&["adopt", "--cut-over"]);
    assert!(refused.out.contains("admin: another user has that name"), "{refused:?}");
    refused.bad(1);
    let text = format!(
        "[users]\nurl = \"{url}\"\ntable = \"users\"\nid = \"id\"\nlogins = [\"email\"]\nhash = \"password\"\n"
    );
    std::fs::write(
        setup.path().join("portcullis.toml"),
        format!("{text}stage = \"write-back\"\n"),
    )
    .expect("written");
    let error = setup.run(&["serve"]).bad(2);
    assert!(error.contains("may not read") && error.contains("framework"), "{error}");
}

#[test]
fn hashes_that_are_made_here_cost_what_the_applications_own_newest_cost() {
    let (folder, url) = laravel_of(&[COST_10, BCRYPT]);
    let setup = Setup::new();
    let path = setup.path().join("portcullis.toml");
    std::fs::write(&path, "[passwords]\naccept = [\"phpass\"]\n").expect("written");
    let told = setup.run(&["adopt", &url, "--write"]).good();
    for words in ["bcrypt, cost 10", "newest hashes have cost 10", "instead of cost 12"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let text = std::fs::read_to_string(&path).expect("read");
    assert!(text.contains("[passwords.bcrypt]\nrounds = 10\n"), "{text}");
    std::fs::write(&path, text.replace("read-only", "write-back")).expect("written");
    let server = setup.serve();
    let token = server
        .log_in("user0@example.com", "correct horse", "")
        .expect("a token");
    assert_eq!(stored(&folder, 0), COST_10, "as good as ours");
    let change = serde_json::json!({"current_password": "correct horse", "new_password": "battery staple"});
    assert!(server.call("PUT", "/users/me/password", &token, &change).status < 300);
    let changed = stored(&folder, 0);
    assert!(changed.starts_with("$2y$10$") && changed != COST_10, "{changed}");
}

#[test]
fn an_application_that_spends_more_gets_that_for_new_hashes_and_keeps_the_others() {
    let (_folder, url) = laravel_of(&[COST_13, COST_10]);
    let told = run(&["adopt", &url]).good();
    assert!(told.contains("[passwords.bcrypt]\ndefault_rounds = 13\n"), "{told}");
}

#[test]
fn a_cost_that_is_weak_today_is_told_and_not_followed() {
    let (_folder, url) = laravel_of(&[BCRYPT]);
    let told = run(&["adopt", &url]).good();
    assert!(
        told.contains("Worth a look") && told.contains("raise its cost"),
        "{told}"
    );
    assert!(
        told.contains("bcrypt, cost 12") && !told.contains("[passwords."),
        "{told}"
    );
}

#[test]
fn a_setting_of_the_operators_own_goes_before() {
    let (_folder, url) = laravel_of(&[COST_10]);
    let setup = Setup::new();
    let path = setup.path().join("portcullis.toml");
    for own in [
        "[passwords.bcrypt]\nrounds = 10\n",
        "passwords = { bcrypt__rounds = 10 }\n",
    ] {
        std::fs::write(&path, own).expect("written");
        let told = setup.run(&["adopt", &url, "--write"]).good();
        assert!(!told.contains("newest hashes"), "{told}");
    }
    let own = "[passwords.bcrypt]\nrounds = 11\n";
    std::fs::write(&path, own).expect("written");
    let refused = setup.run(&["adopt", &url, "--write"]).bad(1);
    assert!(
        refused.contains("by hand") && refused.contains("rounds = 10"),
        "{refused}"
    );
    assert_eq!(
        std::fs::read_to_string(&path).expect("read"),
        own,
        "nothing was changed"
    );
}
