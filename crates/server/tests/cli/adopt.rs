//! `adopt`, on tables that were made by hand; real frameworks stand beside us in `living`.

use super::support::{Setup, finish, run};

const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";

fn database(sql: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let connection = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
    connection.execute_batch(sql).expect("made");
    let url = format!("sqlite:{}", path.display());
    (folder, url)
}

fn laravel() -> (tempfile::TempDir, String) {
    database(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password VARCHAR(40), remember_token TEXT);
         INSERT INTO users VALUES (1, 'John Doe', 'john@example.com', '{BCRYPT}', NULL),
             (2, 'Jane', 'jane@example.com', '{BCRYPT}', NULL), (3, 'Jane', 'jane@example.com', 'garbage', NULL),
             (4, 'Nobody', NULL, NULL, NULL)"
    ))
}

/// "correct horse" as PHP stores it at two costs.
const COST_10: &str = "$2y$10$8iqWPjFbWowQqGwCca85v.aSdXKkv4eTfRAO2fjRzbt/sebxDYZtG";
const COST_13: &str = "$2y$13$fk8XisYgSoI74LeV8p9LxOqYZ5ag6Szy6x9/ng5W6Nay1/5QwP8T.";

/// An application of Laravel's with one user for each hash.
fn laravel_of(hashes: &[&str]) -> (tempfile::TempDir, String) {
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
fn users_are_cut_over_and_back_with_their_tokens() {
    let (folder, url) = laravel();
    let path = folder.path().join("app.db");
    let setup = Setup::new();
    let config = setup.path().join("portcullis.toml");
    let stage = |stage: &str| {
        let text = format!("[users]\nurl = \"{url}\"\nframework = \"laravel\"\nstage = \"{stage}\"\n");
        std::fs::write(&config, text).expect("written");
    };
    let made = super::support::run_with(&["hash", "create", "--scheme", "bcrypt"], "correct horse\n").good();
    let change = |sql: &str| {
        let connection = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
        connection.execute_batch(sql).expect("changed");
    };
    change(&format!(
        "DELETE FROM users WHERE id IN (2, 3); UPDATE users SET password = '{}'",
        made.trim()
    ));
    stage("read-only");
    let server = setup.serve();
    let token = server.log_in("john@example.com", "correct horse", "").expect("a token");
    drop(server);

    let told = setup.run(&["adopt", "--cut-over"]).good();
    assert!(
        told.contains("1 users copied, 0 were there") && told.contains("both tables say the same"),
        "{told}"
    );
    assert!(told.contains("1 users have no login"), "{told}");
    let told = setup.run(&["adopt", "--cut-over"]).good();
    assert!(told.contains("0 users copied, 1 were there"), "{told}");
    stage("cut-over");
    let server = setup.serve();
    assert_eq!(
        server.get("/users/me/", &token).status,
        200,
        "a token outlives the change"
    );
    server
        .log_in("john@example.com", "correct horse", "")
        .expect("the old password");
    let audit = setup.run(&["hash", "audit", "--json"]).json();
    let schemes: Vec<&str> = audit["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["scheme"].as_str().unwrap())
        .collect();
    assert_eq!(schemes, ["argon2"], "ours from now on");
    let stored = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
    let stored: String = stored
        .query_row("SELECT password FROM users", [], |row| row.get(0))
        .expect("a hash");
    assert_eq!(stored, made.trim(), "theirs is as it was");
    drop(server);
    stage("read-only");
    setup
        .serve()
        .log_in("john@example.com", "correct horse", "")
        .expect("and back");
}

#[test]
fn a_second_cut_over_undoes_nothing_that_was_done_here_since() {
    let (folder, url) = laravel_of(&[COST_10, COST_10, COST_10]);
    let setup = Setup::new();
    let config = setup.path().join("portcullis.toml");
    let stage = |stage: &str| {
        let text = format!("[users]\nurl = \"{url}\"\nframework = \"laravel\"\nstage = \"{stage}\"\n");
        std::fs::write(&config, text).expect("written");
    };
    stage("cut-over");
    setup.run(&["adopt", "--cut-over"]).good();
    setup.run(&["user", "disable", "user0@example.com"]).good();
    setup
        .run_with(&["user", "passwd", "user1@example.com"], "battery staple\n")
        .good();
    let connection = portcullis_sql::rusqlite::Connection::open(folder.path().join("app.db")).expect("opens");
    let sql = "UPDATE users SET name = 'Two' WHERE id = 2";
    connection.execute_batch(sql).expect("changed");
    for words in [
        "0 users copied, 0 were there, 1 brought up to date, 2 kept",
        "0 users copied, 1 were there, 2 kept",
    ] {
        let told = setup.run(&["adopt", "--cut-over"]).good();
        assert!(told.contains(words), "{words}: {told}");
        for name in ["user0@example.com", "user1@example.com"] {
            assert!(told.contains(&format!("{name}: kept: changed here since")), "{told}");
        }
    }
    let shown = |name: &str| setup.run(&["user", "show", name, "--json"]).json();
    assert_eq!(shown("user0@example.com")["disabled"], true);
    assert_eq!(shown("user2@example.com")["full_name"], "Two");
    let server = setup.serve();
    server
        .log_in("user1@example.com", "battery staple", "")
        .expect("the new password");
    let old = server.log_in("user1@example.com", "correct horse", "").unwrap_err();
    assert_eq!(old.status, 400);
}

#[test]
fn users_log_in_after_a_cut_over_as_before_it() {
    let (folder, url) = database(&format!(
        "CREATE TABLE ab_user (id INTEGER PRIMARY KEY, username TEXT, email TEXT, password TEXT);
         INSERT INTO ab_user VALUES (7, 'Anna', 'Anna@Example.com', '{COST_10}'), (8, NULL, 'berta', '{COST_10}'),
             (9, NULL, NULL, '{COST_10}')"
    ));
    let logins = ["Anna", "ANNA", "anna@example.com", "BERTA", "9", "nobody"];
    for fold in [true, false] {
        let setup = Setup::new();
        let stage = |stage: &str| {
            let text = format!(
                "[users]\nurl = \"{url}\"\ntable = \"ab_user\"\nid = \"id\"\nlogins = [\"username\", \"email\"]\n\
                 fold_case = {fold}\nhash = \"password\"\nemail = \"email\"\nstage = \"{stage}\"\n"
            );
            std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
        };
        let statuses = || {
            let server = setup.serve();
            let each = logins.map(|login| {
                server
                    .log_in(login, "correct horse", "")
                    .map_err(|answer| answer.status)
                    .err()
            });
            assert_eq!(each[0], None);
            each
        };
        stage("read-only");
        let before = statuses();
        let told = setup.run(&["adopt", "--cut-over"]).good();
        assert!(
            told.contains("2 users copied") && told.contains("1 users have no login"),
            "{told}"
        );
        stage("cut-over");
        assert_eq!(statuses(), before, "fold_case = {fold}");
        let anna = setup.run(&["user", "show", "Anna", "--json"]).json();
        assert_eq!(anna["id"], "7");
        setup
            .run(&["user", "edit", "Anna", "--email", "new@example.com"])
            .good();
        let server = setup.serve();
        server
            .log_in("new@example.com", "correct horse", "")
            .expect("the new address");
    }
    drop(folder);
}

#[test]
fn salts_in_columns_of_their_own_are_cut_over_too() {
    // By Grafana: PBKDF2 with the salt beside it.
    let hash = "c7b9959e1f5d02d68656170d0774fc30ef32b344efad7da4943c15cc172ae38b5bfedaf7a440c24c46c42b0f0a48c60e9a83";
    let (_folder, url) = database(&format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT, password TEXT, salt TEXT);
         INSERT INTO people VALUES (1, 'anna', '{hash}', 'AbCdEf1234')"
    ));
    let setup = Setup::new();
    let stage = |stage: &str| {
        let text = format!(
            "[users]\nurl = \"{url}\"\ntable = \"people\"\nid = \"id\"\nlogins = [\"login\"]\nhash = \"password\"\n\
             salt = \"salt\"\nstage = \"{stage}\"\n[passwords]\naccept = [\"grafana_pbkdf2\"]\n"
        );
        std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    };
    stage("read-only");
    setup.run(&["adopt", "--cut-over"]).good();
    stage("cut-over");
    let server = setup.serve();
    server.log_in("anna", "Correct-Horse-9", "").expect("with the salt");
    assert_eq!(server.log_in("anna", "another", "").unwrap_err().status, 400);
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
