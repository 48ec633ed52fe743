//! `backup`, `backup verify` and `restore`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use portcullis_sql::rusqlite::Connection;

use super::support::{Run, Setup, command, finish, run, run_with};

fn text(path: &Path) -> &str {
    path.to_str().expect("a name")
}

/// Where a copy of a folder's database is made.
fn beside(setup: &Setup, name: &str) -> PathBuf {
    setup.path().with_file_name(name)
}

fn verify_with(master: &str, file: &Path) -> Run {
    let mut verify = command(&["backup", "verify", "--json", text(file), "--data", "/nonexistent"]);
    verify.env("PORTCULLIS_MASTER_KEY", master);
    finish(verify, "")
}

#[test]
fn a_copy_made_while_it_is_served_brings_everything_back_but_what_was_ended() {
    let setup = Setup::new();
    let copy = beside(&setup, "friday.db");
    run_with(&["user", "add", "alice", "--data", &setup.data], "correct horse\n").good();
    let server = setup.serve();
    let token = server.log_in("alice", "correct horse", "").expect("logged in");
    let said = setup.run(&["backup", text(&copy)]).good();
    assert!(
        said.contains("users         2") && said.contains("a test log-in went well"),
        "{said}"
    );
    assert_eq!(
        std::fs::metadata(&copy).expect("there").permissions().mode() & 0o777,
        0o600
    );
    let verified = setup.run(&["backup", "verify", "--json", text(&copy)]).json();
    assert_eq!((&verified["users"], &verified["logged_in"]), (&2.into(), &true.into()));

    setup.run(&["user", "delete", "alice"]).good();
    let keys = setup.run(&["key", "list", "--json"]).json();
    let id = keys[0]["id"].as_str().expect("an id").to_owned();
    setup.run(&["key", "rotate", "--now"]).good();
    setup.run(&["key", "retire", &id]).good();
    let error = setup.run(&["restore", text(&copy)]).bad(1);
    assert!(
        error.contains("holds a database already") && error.contains("--force"),
        "{error}"
    );
    let error = setup.run(&["restore", "--force", text(&copy)]).bad(1);
    assert!(error.contains("in use") && error.contains("Stop the server"), "{error}");
    server.signal("TERM");
    server.wait();
    let said = setup.run(&["restore", "--force", text(&copy)]).good();
    assert!(
        said.contains("2 users") && said.contains("users.db.replaced-1"),
        "{said}"
    );

    setup.run(&["user", "show", "alice"]).good();
    let server = setup.serve();
    server.log_in("alice", "correct horse", "").expect("logged in again");
    assert_eq!(
        server.get("/users/me/", &token).status,
        401,
        "its key was ended after the copy"
    );
    let kept = Connection::open(setup.path().join("users.db.replaced-1")).expect("a database");
    let users = kept.query_row("SELECT count(*) FROM portcullis_accounts", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(users, Ok(1));
}

#[test]
fn nothing_is_written_over_and_what_is_no_copy_is_refused() {
    let setup = Setup::new();
    let (copy, letter) = (beside(&setup, "copy.db"), beside(&setup, "letter"));
    std::fs::write(&letter, "dear ".repeat(2000)).expect("written");
    let database = setup.path().join("users.db");
    assert!(setup.run(&["backup"]).bad(2).contains("portcullis backup FILE"));
    assert!(setup.run(&["backup", text(&letter)]).bad(1).contains("--force"));
    for never in [setup.path(), &database] {
        setup.run(&["backup", "--force", text(never)]).bad(2);
    }
    setup.run(&["backup", "/nonexistent/folder/copy.db"]).bad(1);
    assert!(
        setup
            .run(&["backup", "verify", text(&letter)])
            .bad(1)
            .contains("not an SQLite database")
    );
    let other = beside(&setup, "other.db");
    let foreign = Connection::open(&other).expect("made");
    foreign.execute_batch("CREATE TABLE t (a)").expect("made");
    for reading in [&["backup", "verify"][..], &["restore", "--force"]] {
        let error = setup.run(&[reading, &[text(&other)]].concat()).bad(1);
        assert!(error.contains("no database of portcullis"), "{error}");
        setup.run(&[reading, &["/nonexistent"]].concat()).bad(1);
        setup.run(&[reading, &[text(&letter)]].concat()).bad(1);
    }
    setup.run(&["backup", text(&copy)]).good();
    assert!(std::fs::read_to_string(&letter).expect("read").starts_with("dear"));
    setup.run(&["backup", "--force", text(&letter)]).good();
    setup.run(&["user", "show", "admin"]).good();
    let names: Vec<_> = std::fs::read_dir(setup.path())
        .expect("listed")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert!(
        names.len() <= 5 && !names.iter().any(|name| name.to_string_lossy().contains(".new")),
        "{names:?}"
    );
}

#[test]
fn a_copy_says_which_master_key_it_needs_and_comes_back_where_there_was_nothing() {
    let setup = Setup::new();
    let (copy, there) = (beside(&setup, "copy.db"), beside(&setup, "elsewhere"));
    setup.run(&["backup", text(&copy)]).good();
    let master = std::fs::read_to_string(setup.path().join("keys/master.key")).expect("read");
    let found = verify_with(&master, &copy).json();
    let id = found["master_keys"][0].as_str().expect("an id").to_owned();
    assert_eq!((id.len(), &found["logged_in"]), (16, &true.into()));
    let other = run(&["key", "new"]).good();
    let error = verify_with(&other, &copy).bad(1);
    assert!(error.contains(&id) && error.contains("does not open"), "{error}");
    let untried = run(&["backup", "verify", text(&copy), "--data", "/nonexistent"]).good();
    assert!(untried.contains("not tried") && untried.contains(&id), "{untried}");

    let restore = ["restore", text(&copy), "--data", text(&there)];
    let mut wrong = command(&restore);
    wrong.env("PORTCULLIS_MASTER_KEY", other.trim());
    assert!(finish(wrong, "").bad(1).contains("nothing was changed"));
    assert!(!there.exists());
    let said = run(&restore).good();
    assert!(said.contains(&id) && said.contains("keys/master.key"), "{said}");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&there), mode(&there.join("users.db"))), (0o700, 0o600));
    let mut show = command(&["user", "show", "admin", "--data", text(&there)]);
    show.env("PORTCULLIS_MASTER_KEY", master.trim());
    finish(show, "").good();
    // A database that is none any more is put aside with its log.
    std::fs::write(there.join("users.db"), "no database at all ".repeat(500)).expect("written");
    std::fs::write(there.join("users.db-wal"), "a log").expect("written");
    run(&["restore", "--force", text(&copy), "--data", text(&there)]).good();
    assert!(there.join("users.db.replaced-1").exists() && !there.join("users.db-wal").exists());
}
