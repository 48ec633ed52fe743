//! `key` and the keys of a data folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use portcullis_sql::rusqlite::Connection;
use serde_json::Value;

use super::support::{Run, Setup, finish, run};

fn master_key(setup: &Setup) -> PathBuf {
    setup.path().join("keys/master.key")
}

/// Runs a command with variables of the environment.
fn run_in(setup: &Setup, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = setup.command(arguments);
    command.envs(variables.iter().copied());
    finish(command, "")
}

fn keys(setup: &Setup) -> Vec<Value> {
    let list = setup.run(&["key", "list", "--all", "--json"]).json();
    list.as_array().expect("a list").clone()
}

fn states(setup: &Setup) -> Vec<String> {
    let states = keys(setup).into_iter();
    states
        .map(|key| key["state"].as_str().expect("a state").to_owned())
        .collect()
}

fn id(key: &Value) -> &str {
    key["id"].as_str().expect("an id")
}

/// Turns a folder into one of version 0.1, with this key.
fn make_older(setup: &Setup, file: &str, jwk: &str) {
    let database = Connection::open(setup.path().join("users.db")).expect("opens");
    let forget = "DROP TABLE portcullis_signing_keys; DROP TABLE portcullis_secrets;
        DELETE FROM portcullis_migrations WHERE name IN ('portcullis_keys', 'portcullis_secrets')";
    database.execute_batch(forget).expect("forgotten");
    std::fs::remove_file(master_key(setup)).expect("removed");
    std::fs::write(setup.path().join("keys").join(file), jwk).expect("written");
}

const OLDER: &str =
    r#"{"kty":"oct","alg":"HS256","kid":"5e0c","use":"sig","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    let setup = Setup::new();
    assert_eq!(setup.run(&["user", "list"]).err, "");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(master_key(&setup), open).expect("changed");
    let run = setup.run(&["user", "list"]);
    assert!(run.err.contains("WARN") && run.err.contains("chmod 600"), "{run:?}");
}

#[test]
fn a_wrong_or_lost_master_key_says_what_to_do_and_changes_nothing() {
    let setup = Setup::new();
    let before = keys(&setup);
    let other = run(&["key", "new"]).good();
    let variable = [("PORTCULLIS_MASTER_KEY", other.trim())];
    let error = run_in(&setup, &variable, &["serve"]).bad(1);
    assert!(
        error.contains("encrypted under the master key") && error.contains("PORTCULLIS_MASTER_KEY"),
        "{error}"
    );
    for bad in ["", "abc", &"g".repeat(64)] {
        let error = run_in(&setup, &[("PORTCULLIS_MASTER_KEY", bad)], &["key", "list"]).bad(1);
        assert!(error.contains("64 hexadecimal digits"), "{error}");
    }
    let away = setup.path().join("away");
    std::fs::rename(master_key(&setup), &away).expect("moved");
    let error = setup.run(&["serve"]).bad(1);
    assert!(
        error.contains("is missing") && error.contains("backup") && error.contains("key reset"),
        "{error}"
    );
    assert!(!master_key(&setup).exists(), "no other one was made");
    std::fs::rename(&away, master_key(&setup)).expect("moved back");
    assert_eq!(keys(&setup), before);
}

#[test]
fn a_broken_key_of_version_0_1_is_an_error_that_does_not_quote_it() {
    let setup = Setup::new();
    make_older(&setup, "5e0c.json", &OLDER.replace("\"k\"", "\"q\""));
    let error = setup.run(&["serve"]).bad(1);
    assert!(error.contains("is not a key") && !error.contains("AAECAw"), "{error}");
    assert!(setup.path().join("keys/5e0c.json").exists(), "it is left as it was");
}

#[test]
fn the_key_of_version_0_1_is_taken_over_in_silence_and_moves_on_to_eddsa() {
    let setup = Setup::new();
    make_older(&setup, "5e0c.json", OLDER);
    let server = setup.serve();
    let token = server
        .log_in("admin", &setup.password, "users:read")
        .expect("logged in");
    assert!(!setup.path().join("keys/5e0c.json").exists() && master_key(&setup).exists());
    let listed = keys(&setup);
    assert_eq!(
        (listed.len(), id(&listed[0]), &listed[0]["algorithm"]),
        (1, "5e0c", &"HS256".into())
    );
    setup.run(&["key", "rotate", "--now"]).good();
    assert_eq!(server.get("/users/", &token).status, 200);
    let new = setup.run(&["token", "issue", "admin", "--scopes", "users:read"]).good();
    assert_eq!(server.get("/users/", new.trim()).status, 200);
    let said = setup.run(&["token", "inspect", new.trim(), "--json"]).json();
    assert_eq!(said["header"]["alg"], "EdDSA");
}

#[test]
fn no_private_key_stands_in_the_database_or_in_the_log() {
    let setup = Setup::new();
    let listed = keys(&setup);
    let private = setup.run(&["key", "export", "--private", id(&listed[0])]).json();
    let secret = private["d"].as_str().expect("a private half").to_owned();
    let trace = run_in(&setup, &[("RUST_LOG", "trace")], &["key", "rotate", "--now"]);
    assert!(!trace.err.contains(&secret) && trace.code == Some(0), "{trace:?}");
    let master = std::fs::read_to_string(master_key(&setup)).expect("read");
    for secret in [secret.as_str(), master.trim()] {
        assert!(!trace.err.contains(secret) && !trace.out.contains(secret));
        for file in ["users.db", "users.db-wal"] {
            let bytes = std::fs::read(setup.path().join(file)).unwrap_or_default();
            assert!(
                !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{file}"
            );
        }
    }
}

#[test]
fn a_master_key_in_the_environment_leaves_no_file() {
    let master = run(&["key", "new"]).good();
    let variable = [("PORTCULLIS_MASTER_KEY", master.trim())];
    let setup = Setup::with(&variable, &["--algorithm", "ES256"]);
    assert!(!master_key(&setup).exists());
    setup.run(&["key", "list"]).bad(1);
    assert!(!master_key(&setup).exists());
    let listed = run_in(&setup, &variable, &["key", "list"]).good();
    assert!(listed.contains("ES256"), "{listed}");
    // Later ones are for the same algorithm.
    let rotated = run_in(&setup, &variable, &["key", "rotate"]).good();
    assert!(rotated.contains("ES256"), "{rotated}");
}

#[test]
fn a_second_next_key_and_an_unknown_one_are_refused() {
    let setup = Setup::new();
    setup.run(&["key", "rotate"]).good();
    let error = setup.run(&["key", "rotate"]).bad(1);
    assert!(error.contains("next key already") && error.contains("--now"), "{error}");
    for unknown in ["", "zz", "*"] {
        assert!(
            setup
                .run(&["key", "retire", unknown])
                .bad(1)
                .contains("there is no key")
        );
        assert!(
            setup
                .run(&["key", "export", unknown])
                .bad(1)
                .contains("there is no key")
        );
    }
    setup.run(&["key", "rotate", "--algorithm", "HS257"]).bad(2);
    assert_eq!(states(&setup), ["active", "next"]);
}

#[test]
fn a_key_is_published_used_and_retired_by_hand() {
    let setup = Setup::new();
    let said = setup.run(&["key", "rotate"]).good();
    assert!(said.contains("EdDSA") && said.contains("in 60 minutes"), "{said}");
    assert_eq!(states(&setup), ["active", "next"]);
    setup.run(&["key", "rotate", "--now"]).good();
    assert_eq!(states(&setup), ["retiring", "active"]);
    let first = keys(&setup).swap_remove(0);
    // Ids are random: eight digits are enough.
    let said = setup.run(&["key", "retire", &id(&first)[..8]]).good();
    assert!(said.contains(id(&first)) && said.contains("signs"), "{said}");
    assert_eq!(states(&setup), ["retired", "active"]);
    let table = setup.run(&["key", "list"]).good();
    assert!(
        table.starts_with("ID") && table.contains("on schedule") && table.contains("--all"),
        "{table}"
    );
    let last = keys(&setup).swap_remove(1);
    setup.run(&["key", "retire", id(&last)]).good();
    assert_eq!(states(&setup), ["retired", "retired", "active"]);
}

#[test]
fn what_is_no_private_key_is_not_imported() {
    let setup = Setup::new();
    let public = setup.run(&["key", "export", "--pem", id(&keys(&setup)[0])]).good();
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"), "{public}");
    let short = r#"{"kty":"oct","alg":"HS256","k":"AAAA"}"#;
    for bad in [public.as_str(), "", "secret", "{}", short] {
        let file = setup.path().join("bad");
        std::fs::write(&file, bad).expect("written");
        let error = setup.run(&["key", "import", file.to_str().unwrap()]).bad(1);
        assert!(
            error.contains("cannot be imported") && !error.contains("AAAA"),
            "{error}"
        );
    }
    setup.run(&["key", "import", "/nonexistent"]).bad(1);
    assert_eq!(states(&setup), ["active"]);
}

#[test]
fn a_key_goes_out_and_comes_in_elsewhere_and_signs_there() {
    let (here, there) = (Setup::new(), Setup::new());
    let own = keys(&here).swap_remove(0);
    let file = there.path().join("private.jwk");
    let private = here.run(&["key", "export", "--private", id(&own)]).good();
    std::fs::write(&file, &private).expect("written");
    there.run(&["key", "import", "--now", file.to_str().unwrap()]).good();
    let error = there.run(&["key", "import", "--now", file.to_str().unwrap()]).bad(1);
    assert!(error.contains("a key of this id"), "{error}");
    let token = there.run(&["token", "issue", "admin"]).good();
    let said = here.run(&["token", "inspect", token.trim(), "--json"]).json();
    assert_eq!(
        (&said["header"]["kid"], &said["signatures"][0]["holds"]),
        (&id(&own).into(), &true.into())
    );
    let public = here.run(&["key", "export", "--public", id(&own)]).json();
    assert!(public.get("d").is_none() && public["x"].is_string());
}

#[test]
fn a_shared_secret_is_exported_only_on_purpose() {
    let setup = Setup::with(&[], &["--algorithm", "HS512"]);
    let own = keys(&setup).swap_remove(0);
    assert_eq!(own["algorithm"], "HS512");
    let error = setup.run(&["key", "export", id(&own)]).bad(1);
    assert!(
        error.contains("no public half") && error.contains("--private"),
        "{error}"
    );
    assert!(setup.run(&["key", "export", "--private", id(&own)]).json()["k"].is_string());
    let server = setup.serve();
    let answer = server.send("GET", "/.well-known/jwks.json", None, "", "");
    assert_eq!(answer.text(), r#"{"keys":[]}"#);
}

#[test]
fn the_master_key_is_changed_and_started_anew() {
    let setup = Setup::new();
    let before = keys(&setup);
    let old = setup.path().join("old.key");
    std::fs::rename(master_key(&setup), &old).expect("moved");
    assert!(setup.run(&["key", "rewrap"]).bad(2).contains("--old-file"));
    let rewrap = ["key", "rewrap", "--old-file", old.to_str().unwrap()];
    assert!(setup.run(&rewrap).good().contains("anew: 1"));
    assert!(setup.run(&rewrap).good().contains("anew: 0"));
    std::fs::remove_file(&old).expect("removed");
    assert_eq!(keys(&setup), before);

    let token = setup.run(&["token", "issue", "admin"]).good();
    std::fs::remove_file(master_key(&setup)).expect("lost");
    setup.run(&["key", "list"]).bad(1);
    assert!(setup.run(&["key", "reset"]).bad(2).contains("--yes"));
    setup.run(&["key", "reset", "--yes"]).good();
    assert_eq!(states(&setup), ["retired", "active"]);
    let verified = setup.run(&["audit", "verify"]).good();
    assert!(verified.contains("whole") && verified.contains("reset: "), "{verified}");
    // Once more, after it was interrupted say.
    setup.run(&["key", "reset", "--yes"]).good();
    assert!(setup.run(&["audit", "verify"]).good().contains("whole"));
    let said = setup.run(&["token", "inspect", token.trim()]).good();
    assert!(
        said.contains("cannot be checked any more") && said.contains("retired since") && said.contains("refuses it"),
        "{said}"
    );
    setup.run(&["user", "show", "admin"]).good();
}

#[test]
fn a_key_that_is_ended_after_a_rewrap_is_over_at_a_server_that_was_not_restarted() {
    let setup = Setup::new();
    let server = setup.serve();
    let log_in = || server.log_in("admin", &setup.password, "users:read");
    let token = log_in().expect("logged in");
    assert_eq!(server.get("/users/", &token).status, 200);
    let stolen = id(&keys(&setup)[0]).to_owned();
    let old = setup.path().join("old.key");
    std::fs::rename(master_key(&setup), &old).expect("moved");
    setup
        .run(&["key", "rewrap", "--old-file", old.to_str().unwrap()])
        .good();
    setup.run(&["key", "retire", &stolen]).good();
    let begun = std::time::Instant::now();
    while server.get("/users/", &token).status != 401 {
        assert!(begun.elapsed().as_secs() < 20, "a stolen key is still good");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // The new key is none that it can open: it signs nothing, and says so.
    assert_eq!(log_in().expect_err("no key").status, 503);
    let ready = server.send("GET", "/health/ready", None, "", "");
    assert!(ready.status == 503 && ready.text().contains("key"), "{}", ready.text());
    assert_eq!(server.send("GET", "/health/live", None, "", "").status, 200);
    let published = server.send("GET", "/.well-known/jwks.json", None, "", "");
    assert_eq!(published.text(), r#"{"keys":[]}"#);
    assert!(
        setup.serve().log_in("admin", &setup.password, "").is_ok(),
        "started anew"
    );
}

#[test]
fn a_row_that_is_no_key_is_named_and_the_others_are_listed() {
    let setup = Setup::new();
    let good = keys(&setup);
    let database = Connection::open(setup.path().join("users.db")).expect("opens");
    let row = "INSERT INTO portcullis_signing_keys VALUES (99, 'odd', 'HS257', 0, 0, NULL, 0, x'00')";
    database.execute_batch(row).expect("written");
    let listed = keys(&setup);
    assert_eq!(listed[..good.len()], good);
    let [odd] = &listed[good.len()..] else {
        panic!("{listed:?}")
    };
    assert_eq!((id(odd), &odd["state"]), ("odd", &"unreadable".into()));
    let said = setup.run(&["key", "list"]).good();
    assert!(
        said.contains(id(&good[0])) && said.contains("The row of \"odd\" is no key"),
        "{said}"
    );
    // Looking makes nothing, and what would use the keys still refuses.
    std::fs::remove_file(master_key(&setup)).expect("removed");
    assert!(setup.run(&["key", "list"]).good().contains("odd"));
    assert!(!master_key(&setup).exists());
    setup.run(&["key", "rotate"]).bad(1);
}

#[test]
fn a_key_that_cannot_be_opened_is_listed_so_and_ended_without_its_master_key() {
    let setup = Setup::new();
    let other = run(&["key", "new"]).good();
    let variable = [("PORTCULLIS_MASTER_KEY", other.trim())];
    let listed = run_in(&setup, &variable, &["key", "list"]).good();
    assert!(
        listed.contains("cannot be opened") && listed.contains("encrypted under"),
        "{listed}"
    );
    let active = keys(&setup).swap_remove(0);
    assert!(active["trouble"].is_null() && active["retires"].is_null(), "{active}");
    let error = run_in(&setup, &variable, &["key", "retire", id(&active)]).bad(1);
    assert!(
        error.contains("is retired") && error.contains("encrypted under"),
        "{error}"
    );
    assert_eq!(states(&setup), ["retired"]);
    setup.run(&["key", "rotate", "--now"]).good();
    assert_eq!(states(&setup).last().map(String::as_str), Some("active"));
}

#[test]
fn a_new_key_has_256_bits_in_hexadecimal_and_is_another_each_time() {
    let (one, two) = (run(&["key", "new"]).good(), run(&["key", "new"]).good());
    assert!(
        one.trim().len() == 64 && one.trim().bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{one}"
    );
    assert_ne!(one, two);
    let jwk = run(&["key", "new", "--algorithm", "ES256"]).json();
    assert_eq!((&jwk["crv"], &jwk["alg"]), (&"P-256".into(), &"ES256".into()));
}
