//! `adopt` of a file that was exported.

use serde_json::json;

use super::support::{Setup, run};

const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";

struct File {
    folder: tempfile::TempDir,
    path: String,
}

fn file(name: &str, text: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    let path = path.to_str().expect("a name").to_owned();
    File { folder, path }
}

/// The command of the last line.
fn next(told: &str) -> &str {
    told.lines().last().expect("a line").trim()
}

#[test]
fn what_is_no_export_is_told_as_what_it_is() {
    for (name, text, words) in [
        ("users.csv", "", "is empty"),
        ("users.json", " \n\n", "is empty"),
        ("users.json", "[{\"username\": \"a\"}]", "not one of the 1 users"),
        (
            "users.json",
            "[{\"name\": \"a\"}]",
            "no file of users in a format that is known",
        ),
        (
            "users.json",
            "{\"people\": []}",
            "no file of users in a format that is known",
        ),
        ("users.csv", "who,what\na,b\n", "--column"),
        ("notes.txt", "Dear all,\n", "no file of users in a format that is known"),
        ("app.db", "SQLite format 3\0...", "portcullis adopt sqlite:/"),
        ("picture", "\u{1}\u{2}", "no file of users in a format that is known"),
        ("realm.json", "{\"realm\": \"main\", \"roles\": {}}", "has no users"),
    ] {
        let file = file(name, text);
        let error = run(&["adopt", &file.path]).bad(1);
        assert!(error.contains(words) && error.contains(&file.path), "{words}: {error}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    assert!(
        run(&["adopt", folder.path().to_str().expect("a name")])
            .bad(1)
            .contains("is a folder")
    );
    let missing = run(&["adopt", "/nowhere/users.csv"]).bad(1);
    assert!(
        missing.contains("no file /nowhere/users.csv") && missing.contains("sqlite:///"),
        "{missing}"
    );
    let misspelled = run(&["adopt", "postgres//app:very-secret@db/app"]).bad(1);
    assert!(!misspelled.contains("very-secret"), "{misspelled}");
    let cut = file(
        "realm.json",
        "{\"realm\": \"main\", \"users\": [{\"username\": \"a\"}, {",
    );
    assert!(run(&["adopt", &cut.path]).bad(1).contains("cannot be read further"));
}

#[test]
fn every_format_is_named_counted_and_followed_by_its_command() {
    let credential = json!({"type": "password", "value": "correct horse"});
    let user = json!({"username": "john", "enabled": true, "credentials": [credential]});
    let keycloak = json!({"id": "1", "realm": "main", "users": [user]}).to_string();
    let firebase = json!({"users": [{"localId": "1", "email": "john@example.com",
        "passwordHash": format!("{}==", "A".repeat(86)), "salt": "AAAAAAAAAAA="}]});
    let firebase = serde_json::to_string_pretty(&firebase).expect("JSON");
    for (name, text, title, flags) in [
        ("realm-export.json", keycloak.as_str(), "Keycloak", ""),
        (
            "users.json",
            firebase.as_str(),
            "Firebase",
            " --format firebase --firebase-config hash_config.txt",
        ),
        ("users.csv", &format!("login,hash\njohn,{BCRYPT}\n"), "CSV", ""),
        (
            "users.txt",
            &format!("\"login\",\"hash\"\njohn,{BCRYPT}\n"),
            "CSV",
            " --format csv",
        ),
        ("users.tsv", &format!("login\thash\njohn\t{BCRYPT}\n"), "CSV", ""),
        (
            "users.jsonl",
            &json!({"login": "john", "hash": BCRYPT}).to_string(),
            "JSON",
            "",
        ),
        (
            "users.json",
            &json!({"login": "john", "hash": BCRYPT}).to_string(),
            "JSON",
            " --format jsonl",
        ),
        (
            "users.json",
            &json!([{"login": "john", "hash": BCRYPT}]).to_string(),
            "JSON",
            " --format json",
        ),
        (
            "users.ldif",
            &format!("dn: uid=john\nuid: john\nuserPassword: {BCRYPT}\n"),
            "LDIF",
            "",
        ),
        (".htpasswd", &format!("# made by hand\njohn:{BCRYPT}\n"), "htpasswd", ""),
    ] {
        let file = file(name, text);
        let told = run(&["adopt", &file.path, "--data", "/nowhere"]).good();
        assert!(
            told.contains(title) && told.contains("1 would be added"),
            "{name}: {told}"
        );
        assert_eq!(
            next(&told),
            format!("portcullis user import {}{flags} --data /nowhere", file.path)
        );
        assert!(told.contains("portcullis init --data /nowhere"), "{told}");
        assert!(!told.contains("DYa4ia"), "no hash is shown: {told}");
    }
}

#[test]
fn the_report_is_that_of_the_import_and_its_command_does_it() {
    let setup = Setup::new();
    let text = format!("username,hash\njohn,{BCRYPT}\ncarol,$2b$04$cut\nadmin,{BCRYPT}\n");
    let file = file("it's users.csv", text);
    let looked = setup.run(&["adopt", &file.path]);
    let told = looked.out.clone();
    assert!(looked.bad(1).contains("2 of the users were refused"));
    for words in [
        "users   3",
        "bcrypt",
        "1 would be added",
        "2 refused",
        "line 3: its hash",
        "it was cut",
        "line 4",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("portcullis init"), "{told}");
    assert!(
        setup.run(&["user", "show", "john"]).code != Some(0),
        "nothing was written"
    );
    let shell = next(&told).replacen("portcullis", env!("CARGO_BIN_EXE_portcullis"), 1);
    let ran = std::process::Command::new("sh")
        .args(["-c", &shell])
        .output()
        .expect("a shell");
    assert!(
        String::from_utf8_lossy(&ran.stdout).contains("1 added"),
        "{shell}: {ran:?}"
    );
    setup.run(&["user", "show", "john"]).good();
    drop(file.folder);
}

#[test]
fn an_export_that_cannot_be_used_as_it_is_is_not_written_into_the_configuration() {
    let setup = Setup::new();
    let file = file("users.csv", format!("username,hash\njohn,{BCRYPT}\n"));
    let before = std::fs::read(setup.path().join("portcullis.toml")).expect("read");
    let error = setup.run(&["adopt", &file.path, "--write"]).bad(2);
    assert!(
        error.contains("not used where it is") && error.contains("portcullis user import"),
        "{error}"
    );
    assert_eq!(
        std::fs::read(setup.path().join("portcullis.toml")).expect("read"),
        before
    );
}

#[test]
fn of_an_export_whose_every_user_is_refused_no_command_is_told() {
    let file = file("users.csv", "username,hash\njohn,$2b$04$cut\n");
    let looked = run(&["adopt", &file.path, "--data", "/nowhere"]);
    assert!(
        looked.out.contains("it was cut") && !looked.out.contains("Next"),
        "{looked:?}"
    );
    assert!(looked.bad(1).contains("1 of the users was refused"));
}
