//! `user import` and `user export`.

use std::io::Write as _;
use std::time::Duration;

use super::support::{Setup, command, run_with};

const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

fn file(setup: &Setup, name: &str, text: &str) -> String {
    let path = setup.path().join("..").join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a name").to_owned()
}

#[test]
fn a_dry_run_says_what_would_be_refused_and_writes_nothing() {
    let setup = Setup::new();
    let text = format!(
        "username,password_hash,scopes,disabled\nalice,{BCRYPT},,\nbob,{MD5},,\ncarol,$2b$04$cut,,\n,{BCRYPT},,\n\
         dora,{BCRYPT},\"not \"\"fit\"\"\",\nemil,{BCRYPT},,perhaps\nadmin,{BCRYPT},,\nzoe\n"
    );
    let path = file(&setup, "users.csv", &text);
    let dry = setup.run(&["user", "import", &path, "--dry-run", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&dry.out).expect("JSON");
    assert_eq!(
        (&told["added"], &told["already_there"]),
        (&1.into(), &0.into()),
        "{told}"
    );
    let refused = told["refused"].as_array().expect("rows");
    let lines: Vec<u64> = refused
        .iter()
        .map(|row| row["line"].as_u64().expect("a line"))
        .collect();
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [3, 4, 5, 6, 7, 8, 9]);
    let reason = |line: u64| {
        let row = refused.iter().find(|row| row["line"] == line).expect("a row");
        row["reason"].as_str().expect("a reason").to_owned()
    };
    assert!(
        reason(3).contains("passwords.accept") && reason(3).contains("hex_md5"),
        "{}",
        reason(3)
    );
    assert!(reason(4).contains("it was cut") && reason(5).contains("no user name"));
    assert!(reason(6).contains("scopes") && reason(7).contains("neither true nor false"));
    assert!(reason(8).contains("another user") && reason(9).contains("columns"));
    assert!(
        !dry.out.contains("5f4dcc3b") && !dry.out.contains("DYa4iaEPQ6u"),
        "no hash is shown"
    );
    dry.bad(1);
    assert_eq!(
        setup.run(&["user", "list", "--json"]).json().as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn users_who_were_imported_log_in_with_their_old_passwords() {
    let setup = Setup::new();
    let made = run_with(&["hash", "create", "--scheme", "bcrypt"], "correct horse\n").good();
    let text = format!("user:{}\n", made.trim());
    let path = file(&setup, "htpasswd", &text);
    let shown = setup.run(&["user", "import", &path]).good();
    assert!(shown.contains("1 added") && shown.contains("bcrypt"), "{shown}");
    let server = setup.serve();
    server.log_in("user", "correct horse", "").expect("the old password");
    let again = setup.run(&["user", "import", &path]).bad(1);
    assert!(
        again.contains("1 of the users was refused"),
        "their hash is another by now: {again}"
    );
}

#[test]
fn who_was_imported_without_a_password_is_completed_when_the_file_is_mended() {
    let setup = Setup::new();
    let made = run_with(&["hash", "create", "--scheme", "bcrypt"], "correct horse\n").good();
    let text = format!("username,email,password_hash\nanna,anna@example.com,\nberta,,\ncarla,,{BCRYPT}\n");
    setup.run(&["user", "import", &file(&setup, "users.csv", &text)]).good();
    setup.run(&["user", "disable", "berta"]).good();
    let made = made.trim();
    let text = format!("username,email,password_hash\nanna,anna@example.com,{made}\nberta,,{made}\ncarla,,{made}\n");
    let path = file(&setup, "users.csv", &text);
    for flags in [&["--dry-run", "--json"][..], &["--json"][..]] {
        let report = setup.run(&[&["user", "import", &path], flags].concat());
        let told: serde_json::Value = serde_json::from_str(&report.out).expect("JSON");
        assert_eq!((&told["completed"], &told["added"]), (&2.into(), &0.into()), "{told}");
        assert_eq!(told["refused"][0]["line"], 4, "carla has another password: {told}");
        report.bad(1);
    }
    let server = setup.serve();
    server.log_in("anna", "correct horse", "").expect("completed");
    let berta = setup.run(&["user", "show", "berta", "--json"]).json();
    assert_eq!(
        (&berta["disabled"], &berta["has_password"]),
        (&true.into(), &true.into())
    );
    let again = setup.run(&["user", "import", &path]);
    assert!(
        again.out.contains("0 added") && !again.out.contains("completed"),
        "{}",
        again.out
    );
}

#[test]
fn a_scheme_that_is_accepted_by_name_is_imported_and_read() {
    let setup = Setup::new();
    std::fs::write(
        setup.path().join("portcullis.toml"),
        "[passwords]\naccept = [\"hex_md5\"]\n",
    )
    .expect("written");
    let path = file(
        &setup,
        "users.jsonl",
        &format!("{{\"login\":\"bob\",\"hash\":\"{MD5}\"}}\n"),
    );
    setup.run(&["user", "import", &path]).good();
    let server = setup.serve();
    server
        .log_in("bob", "password", "")
        .expect("the password of that digest");
    assert_eq!(server.log_in("bob", "Password", "").unwrap_err().status, 400);
    let list = setup.run(&["hash", "audit", "--json"]).json();
    assert_eq!(
        list["groups"].as_array().map(Vec::len),
        Some(1),
        "upgraded at the login: {list}"
    );
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let setup = Setup::new();
    let text = format!(
        "username,email,full_name,disabled,scopes,password_hash\njos\u{e9},j@example.com,\"Doe, John\",true,a b,{BCRYPT}\n\
         \"quo\"\"te\",,,,,\n"
    );
    let path = file(&setup, "users.csv", &text);
    setup.run(&["user", "import", &path]).good();
    let other = Setup::new();
    let own_id = "{\"username\":\"seven\",\"password_hash\":\"\",\"id\":\"7\",\"token_epoch\":\"9\",\
                  \"logins\":[{\"login\":\"Seven@example.com\",\"folded\":true,\"email\":true}]}\n";
    let path = file(&setup, "seven.jsonl", own_id);
    setup.run(&["user", "import", &path, "--without-passwords"]).good();
    for format in ["csv", "jsonl"] {
        let output = setup.path().join("..").join(format!("out.{format}"));
        let output = output.to_str().expect("a name");
        setup.run(&["user", "export", "--format", format, "-o", output]).good();
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(output).expect("made"));
        assert_eq!(mode & 0o777, 0o600);
        let report = other.run(&["user", "import", output, "--json"]);
        let told: serde_json::Value = serde_json::from_str(&report.out).expect("JSON");
        let (added, there) = if format == "csv" { (3, 0) } else { (0, 3) };
        assert_eq!(
            (&told["added"], &told["already_there"]),
            (&added.into(), &there.into()),
            "{told}"
        );
        assert!(
            told["refused"][0]["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains("another user")),
            "the admins"
        );
    }
    let seven = other.run(&["user", "show", "seven", "--json"]).json();
    assert_eq!(
        (&seven["id"], &seven["logins"][0]),
        (&"7".into(), &"seven@example.com".into())
    );
    let shown = other.run(&["user", "show", "jos\u{e9}", "--json"]).json();
    assert_eq!(
        (&shown["full_name"], &shown["disabled"]),
        (&"Doe, John".into(), &true.into())
    );
}

#[test]
fn an_import_that_was_killed_is_run_again_and_ends_as_if_it_never_was() {
    const USERS: u32 = 60_000;
    let setup = Setup::new();
    let path = setup.path().join("..").join("many.csv");
    let mut many = std::io::BufWriter::new(std::fs::File::create(&path).expect("made"));
    writeln!(many, "username,password_hash").expect("written");
    for user in 0..USERS {
        writeln!(many, "user{user},{BCRYPT}").expect("written");
    }
    drop(many);
    let path = path.to_str().expect("a name");
    let mut import = command(&["user", "import", path, "--data", &setup.data])
        .spawn()
        .expect("it starts");
    let count = || {
        let database = portcullis_sql::rusqlite::Connection::open(setup.path().join("users.db")).expect("opens");
        let sql = "SELECT count(*) FROM portcullis_accounts";
        database
            .query_row(sql, [], |row| row.get::<_, u32>(0))
            .expect("a number")
    };
    while count() < 2_000 {
        std::thread::sleep(Duration::from_millis(1));
    }
    import.kill().expect("killed");
    import.wait().expect("ended");
    let stored = count();
    let told = setup.run(&["user", "import", path, "--json"]).json();
    assert_eq!(told["already_there"], stored - 1, "what was stored is whole");
    assert_eq!(told["added"], USERS - (stored - 1));
    assert_eq!(count(), USERS + 1);
}
