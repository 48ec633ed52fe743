//! Passwords that must not be used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::support::{Serving, Setup, command, finish, json as body, run, run_with};

/// SHA-1 and password, in the order of the list.
const LIST: [(&str, &str); 2] = [
    ("4E4FA5A84162E0018141875855CD6A22F3AFB4AE", "tr0mbone-glacier"),
    ("E5E9FA1BA31ECD1AE84F75CAAA474F3A663F05F4", "secret"),
];

/// That of `glacier-tr0mbone`.
const GLACIER: &str = "F21E3A53804610834B7825D27AF7EB8F3E45E72F";

const BCRYPT_OF_SECRET: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";

fn list(folder: &Path, hashes: &[&str]) -> PathBuf {
    let lines: String = hashes.iter().map(|hash| format!("{hash}:3\r\n")).collect();
    let path = folder.join("list.txt");
    std::fs::write(&path, lines).expect("written");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name")
}

/// Makes the file of these in a folder.
fn build(folder: &Path, hashes: &[&str]) -> PathBuf {
    let (list, file) = (list(folder, hashes), folder.join("breached.pcb"));
    let said = run(&["hash", "breached", "build", text(&list), "-o", text(&file)]).good();
    assert!(said.contains(&format!("{} passwords", hashes.len())), "{said}");
    file
}

fn with_breached(setup: &Setup, more: &str) {
    let settings = format!("breached_passwords = \"breached.pcb\"\n{more}");
    std::fs::write(setup.path().join("portcullis.toml"), settings).expect("written");
}

fn import(setup: &Setup, name: &str) {
    let file = setup.path().join(format!("{name}.csv"));
    std::fs::write(&file, format!("username,password_hash\n{name},{BCRYPT_OF_SECRET}\n")).expect("written");
    setup.run(&["user", "import", text(&file)]).good();
}

#[test]
fn what_is_easily_guessed_is_refused_by_each_way_in_and_the_reason_is_told() {
    let setup = Setup::new();
    let add = ["user", "add", "alice", "--email", "a.chains@example.com"];
    for (password, reason) in [
        ("password123", "one that many people use"),
        ("P@ssw0rd2024!", "one that many people use"),
        ("Alice-1984", "made of the account's own words"),
        ("chains+chains", "made of the account's own words"),
        ("portcullis1!", "made of the account's own words"),
        ("seven77", "fewer than 8 characters"),
    ] {
        let told = setup.run_with(&add, &format!("{password}\n")).bad(1);
        assert!(told.contains(reason) && told.contains("--generate"), "{told}");
        assert!(!told.contains(password), "{told}");
    }
    setup.run_with(&add, "tr0mbone-glacier\n").good();
    let told = setup.run_with(&["user", "passwd", "alice"], "chains1984\n").bad(1);
    assert!(told.contains("own words"), "{told}");

    let server = setup.serve();
    let admin = server
        .log_in("admin", &setup.password, "users:read users:write")
        .expect("logged in");
    let alice = server.log_in("alice", "tr0mbone-glacier", "").expect("logged in");
    let new = json!({ "username": "bob", "password": "bob-password" });
    assert_eq!(
        server.call("POST", "/users/", &admin, &new).status,
        201,
        "words of two kinds are none of either"
    );
    for (method, path, token, sent, field) in [
        (
            "POST",
            "/users/",
            &admin,
            json!({ "username": "eve", "password": "letmein!123" }),
            "password",
        ),
        (
            "PUT",
            "/users/alice/password",
            &admin,
            json!({ "password": "a.chains@example.com" }),
            "password",
        ),
        (
            "PUT",
            "/users/me/password",
            &alice,
            json!({ "current_password": "tr0mbone-glacier", "new_password": "alicealice" }),
            "new_password",
        ),
    ] {
        let answer = server.call(method, path, token, &sent);
        let told = body(&answer);
        assert_eq!(answer.status, 422, "{told}");
        assert_eq!(told["detail"][0]["loc"], json!(["body", field]));
        assert_eq!(told["detail"][0]["type"], "value_error");
        assert_eq!(told["detail"][0]["input"], json!(null), "{told}");
        assert!(
            told["detail"][0]["msg"]
                .as_str()
                .is_some_and(|msg| msg.starts_with("Value error, the password is "))
        );
    }
    assert!(
        server.log_in("alice", "tr0mbone-glacier", "").is_ok(),
        "nothing changed"
    );
}

#[test]
fn the_least_length_is_a_setting_and_what_is_stored_is_not_judged() {
    let setup = Setup::new();
    let settings = setup.path().join("portcullis.toml");
    for (value, source) in [("7", "7"), ("25", "25"), ("\"long\"", "long")] {
        std::fs::write(&settings, format!("password_min_length = {value}\n")).expect("written");
        let told = setup.run(&["user", "list"]).bad(2);
        assert!(
            told.contains("password_min_length") && told.contains("from 8 to 24") && told.contains(source),
            "{told}"
        );
    }
    std::fs::write(&settings, "password_min_length = 15\n").expect("written");
    let told = setup.run_with(&["user", "add", "alice"], "tr0mbone-glaci\n").bad(1);
    assert!(told.contains("fewer than 15 characters"), "{told}");
    let mut shorter = setup.command(&["user", "add", "alice"]);
    shorter.env("PORTCULLIS_PASSWORD_MIN_LENGTH", "14");
    finish(shorter, "tr0mbone-glaci\n").good();
    setup.run(&["user", "add", "carol", "--generate"]).good();

    // Six characters, and among the most used.
    import(&setup, "dora");
    let server = setup.serve();
    assert!(
        server.log_in("dora", "secret", "").is_ok() && server.log_in("dora", "secret", "").is_ok(),
        "also upgraded"
    );
    let flagged = Serving::start(&["serve", "--data", &setup.data, "--password-min-length", "20"]);
    let admin = flagged
        .log_in("admin", &setup.password, "users:write users:read")
        .expect("logged in");
    let answer = flagged.call(
        "POST",
        "/users/",
        &admin,
        &json!({ "username": "eve", "password": "tr0mbone-glacier" }),
    );
    assert_eq!(body(&answer)["detail"][0]["ctx"]["min_length"], 20);
}

#[test]
fn the_file_is_made_of_the_list_in_each_of_its_forms_and_what_is_none_is_told_by_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(trombone, _), (secret, _)] = LIST;
    let file = build(folder.path(), &[trombone, secret]);
    let check = |password: &str| run_with(&["hash", "breached", "check", text(&file)], &format!("{password}\n"));
    assert!(check("secret").bad(1).contains("one of 2 breached ones"));
    assert!(check("glacier-tr0mbone").good().contains("none of 2"));

    let output = ["-o", text(&file)];
    let make = |list: &str, more: &[&str], input: &str| {
        run_with(
            &[&["hash", "breached", "build", list], &output[..], more].concat(),
            input,
        )
    };
    // What a download that was cut leaves.
    let half: String = (0..500).map(|n| format!("{n:03x}{}:3\n", "7".repeat(37))).collect();
    let turned = format!("{secret}:3\n{trombone}:3\n");
    for (input, more, expected) in [
        (
            turned.as_str(),
            [].as_slice(),
            "standard input, line 2: its hash comes before",
        ),
        ("00ff:3\n", &[], "line 1: it is no SHA-1"),
        (&"5".repeat(1000), &[], "line 1: it is no SHA-1"),
        (&format!("{}:1\n", &secret[5..]), &[], "00000.txt to FFFFF.txt"),
        (&format!("{trombone}\n"), &["--min-count", "2"], "it has no count"),
        ("", &[], "the list has no password"),
        (
            &format!("{trombone}:3\n"),
            &["--min-count", "4"],
            "the list has no password",
        ),
        (&half, &[], "a part of the list is missing"),
    ] {
        let told = make("-", more, input).bad(1);
        assert!(told.contains(expected), "{told}");
        assert_eq!(
            check("secret").bad(1).matches("one of 2").count(),
            1,
            "the file that was there stays"
        );
    }
    assert!(make("missing.txt", &[], "").bad(1).contains("cannot be read"));
    assert!(
        make(text(folder.path()), &[], "").bad(1).contains("00000.txt"),
        "a folder that is none of parts"
    );
    // A folder of parts, whose names are the beginnings of their lines: read in order until one is missing.
    let parts = tempfile::tempdir().expect("a folder");
    let part = parts.path().join("00000.txt");
    std::fs::write(&part, format!("{0}:3\r\n{1}:1\r\n", "4".repeat(35), "5".repeat(35))).expect("written");
    assert!(
        make(text(parts.path()), &[], "")
            .bad(1)
            .contains("00001.txt cannot be read")
    );
    std::fs::write(&part, format!("{0}:3\n{1}:1\n", "5".repeat(35), "4".repeat(35))).expect("written");
    assert!(
        make(text(parts.path()), &[], "")
            .bad(1)
            .contains("00000.txt, line 2: its hash comes before")
    );

    let said = make("-", &["--min-count", "5"], &format!("{trombone}:5\n{secret}:4\n")).good();
    assert!(said.contains(": 1 passwords"), "{said}");
    check("secret").good();
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 2, "the list, the file, and nothing beside");
}

#[test]
fn a_file_that_is_missing_or_broken_stops_what_sets_passwords_and_nothing_else() {
    let setup = Setup::new();
    with_breached(&setup, "");
    let missing = setup.run(&["serve", "--listen", "127.0.0.1:0"]).bad(1);
    assert!(
        missing.contains("breached.pcb cannot be read") && missing.contains("hash breached build"),
        "{missing}"
    );
    let file = build(setup.path(), &[LIST[0].0]);
    let whole = std::fs::read(&file).expect("read");
    for (bytes, expected) in [
        (&whole[..whole.len() - 1], "is cut off"),
        (b"PCBREACH".as_slice(), "did not make it"),
    ] {
        std::fs::write(&file, bytes).expect("written");
        for args in [
            ["serve", "--listen", "127.0.0.1:0"].as_slice(),
            &["user", "add", "bob"],
            &["user", "passwd", "admin"],
        ] {
            let told = setup.run_with(args, "tr0mbone-glacier\n").bad(1);
            assert!(told.contains(expected), "{told}");
        }
        import(&setup, &format!("user{}", bytes.len()));
        setup.run(&["user", "disable", &format!("user{}", bytes.len())]).good();
    }
    let data = format!("{}-other", setup.data);
    let mut init = command(&["init", "--data", &data]);
    init.env("PORTCULLIS_BREACHED_PASSWORDS", &file);
    assert!(finish(init, "").bad(1).contains("did not make it"));
}

/// A server whose log is in this file.
fn serve_logging(setup: &Setup, log: &Path) -> Serving {
    let serve = setup.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "exec \"$0\" \"$@\" 2>\"$LOG\""])
        .arg(serve.get_program())
        .args(serve.get_args());
    shell
        .env("LOG", log)
        .env("RUST_LOG", "info")
        .stdout(std::process::Stdio::piped());
    Serving::spawn(shell)
}

/// How often the log holds this, once it holds it `at_least` so often.
fn told(log: &Path, what: &str, at_least: usize) -> usize {
    for _ in 0..400 {
        let found = std::fs::read_to_string(log).expect("a log").matches(what).count();
        if found >= at_least {
            return found;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("{what} is not in {:?}", std::fs::read_to_string(log));
}

#[test]
fn breached_passwords_are_refused_as_new_ones_told_at_a_login_and_bar_nobody() {
    let setup = Setup::new();
    let [(trombone, _), (secret, _)] = LIST;
    let file = build(setup.path(), &[trombone, secret]);
    with_breached(&setup, "");
    import(&setup, "dora");
    let refused = setup.run_with(&["user", "add", "alice"], "tr0mbone-glacier\n").bad(1);
    assert!(refused.contains("list of breached passwords"), "{refused}");
    setup.run_with(&["user", "add", "alice"], "glacier-tr0mbone\n").good();

    let log = setup.path().join("log");
    let server = serve_logging(&setup, &log);
    let admin = server
        .log_in("admin", &setup.password, "users:read users:write")
        .expect("logged in");
    let change = |password: &str| {
        let sent = json!({ "password": password });
        server.call("PUT", "/users/alice/password", &admin, &sent).status
    };
    assert_eq!((change("tr0mbone-glacier"), change("glacier-tr0mbone")), (422, 204));
    // At each stored hash of hers: of the import, and as it was made anew at the first login.
    for _ in 0..3 {
        server.log_in("dora", "secret", "").expect("logged in all the same");
    }
    told(&log, "password_breached", 1);
    server.log_in("alice", "glacier-tr0mbone", "").expect("logged in");

    // The list is made anew while the server runs.
    build(setup.path(), &[GLACIER]);
    assert_eq!((change("tr0mbone-glacier"), change("glacier-tr0mbone")), (204, 422));
    server.log_in("dora", "secret", "").expect("logged in");
    assert_eq!(told(&log, "password_breached", 1), 1, "once, of one user");
    assert!(!std::fs::read_to_string(&log).expect("a log").contains("glacier"));

    // Written over with something else: no obstacle, and told.
    std::fs::write(&file, "something else").expect("written");
    assert_eq!(change("glacier-tr0mbone"), 204);
    server.log_in("alice", "glacier-tr0mbone", "").expect("logged in");
    told(&log, "were not held against the breached ones", 1);
    build(setup.path(), &[GLACIER]);
    assert_eq!(change("glacier-tr0mbone"), 422);
    server.log_in("alice", "glacier-tr0mbone", "").expect("logged in");
    assert_eq!(told(&log, "password_breached", 2), 2);
    let log = std::fs::read_to_string(&log).expect("a log");
    assert!(
        log.lines()
            .any(|line| line.contains("password_breached") && line.contains("dora")),
        "{log}"
    );
}
