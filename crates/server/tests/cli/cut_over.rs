//! `adopt --cut-over`, of tables that were made by hand and of an export.

use super::adopt::{BCRYPT, COST_10, database, laravel, laravel_of};
use super::support::{Setup, run_with};

#[test]
fn what_a_cut_over_leaves_behind_is_named_and_what_looks_like_a_hash_a_salt_or_a_state_is_asked_for_first() {
    let (_folder, url) = database(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT, remember_token TEXT,
             banned_at TEXT, legacy TEXT, pw_salt TEXT, city TEXT);
         INSERT INTO users VALUES
             (1, 'John', 'john@example.com', '{BCRYPT}', NULL, '2024-01-01', '{BCRYPT}', 'abc', 'Bonn'),
             (2, 'Jane', 'jane@example.com', '{BCRYPT}', NULL, NULL, NULL, NULL, NULL)"
    ));
    let setup = Setup::new();
    let configure = |more: &str| {
        let text = format!("[users]\nurl = \"{url}\"\nframework = \"laravel\"\n{more}");
        std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    };
    configure("");
    let cut_over = |flags: &[&str]| setup.run(&[&["adopt", "--cut-over"], flags].concat());
    let refused = cut_over(&[]);
    let unused = "Not used: remember_token, banned_at, legacy, pw_salt, city";
    assert!(refused.out.contains(unused), "{refused:?}");
    let error = refused.bad(1);
    for words in [
        "banned_at (it looks like a state)",
        "legacy (it looks like a hash)",
        "pw_salt (it looks like a salt)",
        "--ignore banned_at --ignore legacy --ignore pw_salt",
        "nothing was written",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let refused = cut_over(&["--json", "--ignore", "legacy", "--ignore", "pw_salt"]);
    let json: serde_json::Value = serde_json::from_str(&refused.out).expect("JSON");
    assert_eq!(
        json["unused"][1],
        serde_json::json!({"column": "banned_at", "looks_like": "a state"})
    );
    assert!(refused.bad(1).contains("--ignore banned_at"));

    // What is used after all is not asked for, and nothing was copied before.
    configure("active = \"banned_at IS NULL\"\n");
    let told = cut_over(&["--ignore", "legacy", "--ignore", "pw_salt"]).good();
    assert!(
        told.contains("2 users copied") && told.contains("Not used: remember_token, legacy"),
        "{told}"
    );
    configure("");
    let json = cut_over(&[
        "--json",
        "--ignore",
        "legacy",
        "--ignore",
        "pw_salt",
        "--ignore",
        "banned_at",
    ])
    .json();
    assert_eq!(json["updated"], 1, "{json}");
    assert_eq!((&json["copied"], &json["different"]), (&0.into(), &0.into()), "{json}");
    assert_eq!(
        json["unused"][4],
        serde_json::json!({"column": "city", "looks_like": null})
    );
}

#[test]
fn what_an_export_has_beside_what_is_used_is_asked_for_before_it_is_used_as_it_is() {
    let setup = Setup::new();
    let realm = serde_json::json!({"realm": "main", "users": [
        {"username": "john", "enabled": true, "attributes": {"banned": ["true"], "city": ["Bonn"]}}
    ]});
    let path = setup.path().join("realm-export.json");
    std::fs::write(&path, realm.to_string()).expect("written");
    let path = path.to_str().expect("a name");
    let config = || std::fs::read_to_string(setup.path().join("portcullis.toml")).expect("read");
    let refused = setup.run(&["adopt", path, "--write"]).bad(1);
    assert!(refused.contains("--ignore attributes.banned"), "{refused}");
    assert!(!config().contains("[users]"));
    setup
        .run(&["adopt", path, "--write", "--ignore", "attributes.banned"])
        .good();
    assert!(config().contains("[users]"));
    let refused = setup.run(&["adopt", "--cut-over"]);
    assert!(refused.out.contains("attributes.city"), "{refused:?}");
    assert!(refused.bad(1).contains("attributes.banned (it looks like a state)"));
    let told = setup
        .run(&["adopt", "--cut-over", "--ignore", "attributes.banned"])
        .good();
    assert!(
        told.contains("1 users copied") && told.contains("attributes.city"),
        "{told}"
    );
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
    let made = run_with(&["hash", "create", "--scheme", "bcrypt"], "correct horse\n").good();
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
fn who_was_removed_there_since_is_named_and_may_not_log_in_here() {
    let (folder, url) = laravel_of(&[COST_10, COST_10]);
    let setup = Setup::new();
    let stage = |stage: &str| {
        let text = format!("[users]\nurl = \"{url}\"\nframework = \"laravel\"\nstage = \"{stage}\"\n");
        std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    };
    stage("read-only");
    setup.run(&["adopt", "--cut-over"]).good();
    let connection = portcullis_sql::rusqlite::Connection::open(folder.path().join("app.db")).expect("opens");
    let change = |sql: &str| connection.execute_batch(sql).expect("changed");
    change("CREATE TABLE hidden AS SELECT * FROM users; DELETE FROM users");
    assert!(setup.run(&["adopt", "--cut-over"]).bad(1).contains("no user any more"));
    change("INSERT INTO users SELECT * FROM hidden WHERE id = 0");
    let told = setup.run(&["adopt", "--cut-over", "--json"]).json();
    assert_eq!(told["gone"], serde_json::json!(["user1@example.com"]));
    let again = setup.run(&["adopt", "--cut-over", "--json"]).json();
    assert_eq!(again["gone"], serde_json::json!([]));
    stage("cut-over");
    let server = setup.serve();
    server
        .log_in("user0@example.com", "correct horse", "")
        .expect("there still");
    let gone = server.log_in("user1@example.com", "correct horse", "").unwrap_err();
    assert_eq!(gone.status, 400);
}

#[test]
fn nobody_of_our_own_loses_a_login_to_a_cut_over() {
    let (_folder, url) = database(&format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT, password TEXT);
         INSERT INTO people VALUES (7, 'Admin', '{COST_10}'), (8, 'anna', '{COST_10}'), (9, 'ANNA', '{COST_10}')"
    ));
    let setup = Setup::new();
    let stage = |stage: &str| {
        let text = format!(
            "[users]\nurl = \"{url}\"\ntable = \"people\"\nid = \"id\"\nlogins = [\"login\"]\nfold_case = true\n\
             hash = \"password\"\nstage = \"{stage}\"\n"
        );
        std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
    };
    stage("read-only");
    for copied in ["2 users copied", "0 users copied"] {
        let run = setup.run(&["adopt", "--cut-over"]);
        let words = "Admin: another user has that name, id or login here";
        assert!(run.out.contains(copied) && run.out.contains(words), "{run:?}");
        assert!(run.bad(1).contains("1 users cannot be copied"));
    }
    stage("cut-over");
    setup
        .serve()
        .log_in("admin", &setup.password, "")
        .expect("the administrator");
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
