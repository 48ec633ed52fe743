//! `init`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::support::{Setup, command, finish, printed_password, run};

#[test]
fn init_is_refused_over_anything_that_is_there_and_changes_nothing() {
    let setup = Setup::new();
    let before = std::fs::read(setup.path().join("users.db")).expect("a database");
    let error = setup.run(&["init"]).bad(1);
    assert!(
        error.contains("set up already") && error.contains("portcullis user passwd"),
        "{error}"
    );
    assert_eq!(
        std::fs::read(setup.path().join("users.db")).expect("a database"),
        before
    );
    let server = setup.serve();
    server
        .log_in("admin", &setup.password, "")
        .expect("the administrator still logs in");
}

#[test]
fn a_folder_that_is_not_ours_keeps_its_mode_its_time_and_what_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let shared = folder.path().join("shared");
    std::fs::create_dir(&shared).expect("made");
    std::fs::write(shared.join("letter.txt"), "dear").expect("written");
    set_mode(&shared, 0o1777);
    let changed = || std::fs::metadata(&shared).and_then(|it| it.modified()).expect("a time");
    let before = changed();
    for name in [shared.to_str().unwrap(), "."] {
        let mut init = command(&["init", "--data", name]);
        init.current_dir(&shared);
        let error = finish(init, "").bad(1);
        assert!(error.contains("letter.txt"), "{error}");
    }
    assert_eq!((mode(&shared), changed()), (0o1777, before));
    assert_eq!(std::fs::read_dir(&shared).expect("listed").count(), 1);
}

#[test]
fn only_what_init_makes_is_closed_to_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, etc) = (folder.path().join("data"), folder.path().join("etc"));
    for open in [&data, &etc] {
        std::fs::create_dir(open).expect("made");
        set_mode(open, 0o777);
    }
    let key = etc.join("portcullis.key");
    let mut init = command(&["init", "--data", data.to_str().unwrap()]);
    init.env("PORTCULLIS_MASTER_KEY_FILE", &key);
    let run = finish(init, "");
    assert!(run.err.contains("others can put files"), "{run:?}");
    run.good();
    assert_eq!((mode(&data), mode(&etc)), (0o777, 0o777));
    for closed in [&key, &data.join("users.db"), &data.join("portcullis.toml")] {
        assert_eq!(mode(closed), 0o600, "{}", closed.display());
    }
}

#[test]
fn init_makes_a_folder_that_only_its_owner_reads_and_prints_a_password_that_is_not_stored() {
    let setup = Setup::new();
    assert_eq!(mode(setup.path()), 0o700);
    assert_eq!(mode(&setup.path().join("keys")), 0o700);
    assert_eq!(mode(&setup.path().join("users.db")), 0o600);
    let keys: Vec<_> = std::fs::read_dir(setup.path().join("keys"))
        .expect("listed")
        .flatten()
        .collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(mode(&keys[0].path()), 0o600);
    assert!(setup.password.len() >= 25, "125 bits in letters of 5");
    for entry in std::fs::read_dir(setup.path())
        .expect("listed")
        .flatten()
        .filter(|entry| entry.path().is_file())
    {
        let bytes = std::fs::read(entry.path()).expect("read");
        let found = bytes
            .windows(setup.password.len())
            .any(|part| part == setup.password.as_bytes());
        assert!(!found, "{}", entry.path().display());
    }
}

#[test]
fn the_first_administrator_can_give_every_scope_that_is_declared() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, config) = (folder.path().join("data"), folder.path().join("etc.toml"));
    std::fs::write(&config, "[scopes]\nitems = \"Read items.\"\n").expect("written");
    let place = ["--data", data.to_str().unwrap(), "--config", config.to_str().unwrap()];
    run(&[&["init"], &place[..]].concat()).good();
    let admin = run(&[&["user", "show", "admin", "--json"], &place[..]].concat()).json();
    assert_eq!(
        admin["scopes"],
        serde_json::json!(["users:read", "users:write", "clients:read", "clients:write", "items"])
    );
}

#[test]
fn an_interrupted_init_is_not_served_and_can_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let name = data.to_str().unwrap();
    std::fs::create_dir_all(data.join("keys")).expect("made");
    std::fs::write(data.join("init.unfinished"), "").expect("written");
    std::fs::write(data.join("users.db"), "half a database").expect("written");
    std::fs::write(data.join("keys/0.json"), "half a key").expect("written");
    for arguments in [&["serve"][..], &["user", "list"], &["token", "issue", "admin"]] {
        let error = run(&[arguments, &["--data", name]].concat()).bad(1);
        assert!(error.contains("interrupted") && error.contains("init"), "{error}");
    }
    let out = run(&["init", "--data", name, "--admin", "root"]).good();
    assert!(!data.join("init.unfinished").exists());
    assert!(printed_password(&out).len() > 20);
    assert_eq!(
        run(&["user", "list", "--json", "--data", name]).json()[0]["username"],
        "root"
    );
}

#[test]
fn a_folder_that_is_not_set_up_says_so_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().to_str().unwrap();
    for arguments in [&["serve"][..], &["user", "list"], &["token", "inspect", "a.b.c"]] {
        let run = run(&[arguments, &["--data", name]].concat());
        let error = run.bad(1);
        assert!(error.starts_with("error: ") && error.lines().count() >= 2, "{error}");
    }
    assert!(
        run(&["user", "list", "--data", name])
            .bad(1)
            .contains("portcullis init")
    );
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}
