//! `hash audit`.

use super::support::{Setup, run};

const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    let path = path.to_str().expect("a name").to_owned();
    (folder, path)
}

#[test]
fn a_source_that_cannot_be_read_says_why() {
    assert!(
        run(&["hash", "audit", "/nowhere/users.csv"])
            .bad(1)
            .contains("/nowhere/users.csv")
    );
    assert!(
        run(&["hash", "audit", "sqlite:/nowhere.db"])
            .bad(1)
            .contains("cannot be opened")
    );
    let (_folder, path) = written("app.db", "");
    let nothing = run(&["hash", "audit", &format!("sqlite:{path}")]).bad(1);
    assert!(nothing.contains("--table"), "{nothing}");
    assert!(
        run(&["hash", "audit", "postgres://app:secret@127.0.0.1:1/app"])
            .bad(1)
            .contains("127.0.0.1")
    );
}

#[test]
fn a_file_is_counted_by_scheme_and_cost_and_its_broken_lines_are_named() {
    let text = format!(
        "login,pw\na,{BCRYPT}\nb,{BCRYPT}\nc,{MD5}\nd,\ne,{}\nf\n",
        &BCRYPT[..50]
    );
    let (_folder, path) = written("users.csv", &text);
    let shown = run(&["hash", "audit", &path, "--column", "pw"]).good();
    for words in [
        "bcrypt",
        "cost 12",
        "40.0 %",
        "█",
        "a bare digest",
        "line 6",
        "it was cut",
        "line 7",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(
        !shown.contains(MD5) && !shown.contains("EixZaYVK") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    let told = run(&["hash", "audit", &path, "--column", "pw", "--json"]).json();
    assert_eq!((&told["rows"], &told["without_password"]), (&6.into(), &1.into()));
}

#[test]
fn a_file_is_counted_as_its_source_writes_it_and_of_several_realms_the_one_that_is_named() {
    let (_folder, path) = written("users.csv", &format!("username,name,pass\na,b,{BCRYPT}\n"));
    let rows = |told: serde_json::Value| (told["rows"].clone(), told["without_password"].clone());
    let audit = |flags: &[&str]| run(&[&["hash", "audit", "--json"], flags].concat());
    assert_eq!(rows(audit(&[&path]).json()), (1.into(), 1.into()));
    assert_eq!(rows(audit(&[&path, "--from", "drupal"]).json()), (1.into(), 0.into()));
    let realm = |name: &str, users: usize| serde_json::json!({"realm": name, "users": vec![serde_json::json!({"username": "a"}); users]});
    let (_folder, path) = written(
        "realms.json",
        &serde_json::json!([realm("main", 1), realm("shop", 2)]).to_string(),
    );
    let refused = audit(&[&path]).bad(2);
    assert!(refused.contains("--realm"), "{refused}");
    assert_eq!(rows(audit(&[&path, "--realm", "shop"]).json()), (2.into(), 2.into()));
}

#[test]
fn a_table_of_any_name_and_our_own_are_counted() {
    let setup = Setup::new();
    let told = setup.run(&["hash", "audit", "--json"]).json();
    assert_eq!(
        (&told["groups"][0]["scheme"], &told["groups"][0]["users"]),
        (&"argon2".into(), &1.into())
    );
    let url = format!("sqlite:{}/users.db", setup.data);
    let table = ["--table", "portcullis_accounts", "--column", "password_hash"];
    let same = run(&[&["hash", "audit", &url, "--json"], &table[..]].concat()).json();
    assert_eq!(same["groups"], told["groups"]);
    let missing = run(&[
        "hash",
        "audit",
        &url,
        "--table",
        "portcullis_accounts",
        "--column",
        "hash",
    ])
    .bad(1);
    assert!(
        missing.contains("no column hash") && missing.contains("password_hash"),
        "{missing}"
    );
}

#[test]
fn hashes_without_their_salt_are_nobodys_and_with_it_they_are_upgraded() {
    let setup = Setup::new();
    let accept = "[passwords]\naccept = [\"grafana_pbkdf2\"]\n";
    std::fs::write(setup.path().join("portcullis.toml"), accept).expect("written");
    let digest = "ab".repeat(50);
    let (_folder, with) = written("a.csv", &format!("login,password,salt\na,{digest},x\nb,{digest},y\n"));
    let (_other, without) = written("b.csv", &format!("login,password\na,{digest}\nb,{digest}\n"));
    for (path, upgraded, not_read) in [(&with, 2, 0), (&without, 0, 2)] {
        let told = setup.run(&["hash", "audit", path, "--json"]).json();
        assert_eq!(
            (&told["upgraded"], &told["not_read"]),
            (&upgraded.into(), &not_read.into()),
            "{told}"
        );
    }
}

#[test]
fn the_name_of_a_row_does_not_steer_the_terminal() {
    let (_folder, path) = written("app.db", "");
    let database = portcullis_sql::rusqlite::Connection::open(&path).expect("opens");
    let rows = "CREATE TABLE member (id TEXT PRIMARY KEY, pw TEXT); \
        INSERT INTO member VALUES (char(27) || '[31m', '$2b$12$cut')";
    database.execute_batch(rows).expect("made");
    let table = ["--table", "member", "--column", "pw"];
    let shown = run(&[&["hash", "audit", &format!("sqlite:{path}")], &table[..]].concat()).good();
    assert!(shown.contains("it was cut") && !shown.contains('\u{1b}'), "{shown}");
}
