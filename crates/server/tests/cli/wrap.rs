//! `hash wrap`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portcullis_core::password::{Password, Passwords, schemes};
use portcullis_core::{HashString, password::Options};

use super::support::{Serving, Setup};

/// "password" under MD5, and under OpenLDAP's salted SHA-1 by another program.
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const SHA: &str = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

fn setup() -> Setup {
    with_users(&format!("alice,{MD5}\nbob,{SHA}\ncarol,{MD5}\n"))
}

fn with_users(lines: &str) -> Setup {
    let setup = Setup::new();
    std::fs::write(
        setup.path().join("portcullis.toml"),
        "[passwords]\naccept = [\"hex_md5\", \"ldap_sha1\"]\n",
    )
    .expect("written");
    let path = setup.path().join("../users.csv");
    std::fs::write(&path, format!("username,password_hash\n{lines}")).expect("written");
    setup.run(&["user", "import", path.to_str().expect("a name")]).good();
    setup
}

fn schemes(setup: &Setup) -> Vec<(String, u64)> {
    let told = setup.run(&["hash", "audit", "--json"]).json();
    let groups = told["groups"].as_array().expect("groups").iter();
    let mut schemes: Vec<(String, u64)> = groups
        .map(|group| {
            (
                group["scheme"].as_str().expect("a name").to_owned(),
                group["users"].as_u64().expect("a number"),
            )
        })
        .collect();
    schemes.sort();
    schemes
}

#[test]
fn a_scheme_that_cannot_be_wrapped_names_those_that_can() {
    let error = Setup::new().run(&["hash", "wrap", "--scheme", "bcrypt"]).bad(2);
    assert!(error.contains("bcrypt") && error.contains("hex_md5"), "{error}");
}

#[test]
fn a_digest_that_cannot_be_wrapped_is_told_and_the_command_fails() {
    let setup = setup();
    let database = portcullis_sql::rusqlite::Connection::open(setup.path().join("users.db")).expect("opens");
    let cut =
        "UPDATE portcullis_accounts SET password_hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9h=' WHERE username = 'bob'";
    database.execute(cut, []).expect("changed");
    let run = setup.run(&["hash", "wrap", "--scheme", "hex_md5", "--scheme", "ldap_sha1"]);
    assert!(
        run.out.contains("2 hashes wrapped") && run.out.contains("bob: "),
        "{run:?}"
    );
    assert!(run.bad(1).contains("1 digests could not be wrapped"));
}

#[test]
fn whose_hashes_were_wrapped_is_written_down() {
    let setup = setup();
    setup.run(&["hash", "wrap", "--scheme", "hex_md5", "--dry-run"]).good();
    let rows = || setup.run(&["audit", "--kind", "hash_upgraded", "--json"]).good();
    assert_eq!(rows(), "");
    setup.run(&["hash", "wrap", "--scheme", "hex_md5"]).good();
    let rows: Vec<serde_json::Value> = rows()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (row, name) in rows.iter().zip(["alice", "carol"]) {
        assert!(
            row["actor"].as_str().is_some_and(|actor| actor.starts_with("cli:")),
            "{row}"
        );
        let found = setup.run(&["audit", "--user", name, "--json"]).good();
        assert!(found.contains("hash_upgraded"), "{name}: {found}");
    }
}

#[test]
fn users_log_in_before_during_and_after() {
    let setup = setup();
    // Wrong passwords are tried all the time.
    let server = Serving::start(&["serve", "--data", &setup.data, "--throttle", "false"]);
    server.log_in("carol", "password", "").expect("before");
    let dry = setup.run(&["hash", "wrap", "--dry-run"]).good();
    assert!(
        dry.contains("1 hashes would be wrapped"),
        "what no text tells is not guessed: {dry}"
    );
    std::thread::scope(|threads| {
        let wrap = threads.spawn(|| {
            setup
                .run(&["hash", "wrap", "--scheme", "hex_md5", "--scheme", "ldap_sha1"])
                .good()
        });
        while !wrap.is_finished() {
            assert_eq!(server.log_in("alice", "another", "").unwrap_err().status, 400);
        }
        assert!(wrap.join().expect("it ends").contains("2 hashes wrapped"));
    });
    assert_eq!(schemes(&setup), [("argon2".into(), 2), ("wrapped".into(), 2)]);
    for name in ["alice", "bob"] {
        assert_eq!(server.log_in(name, "Password", "").unwrap_err().status, 400, "{name}");
        server
            .log_in(name, "password", "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
    assert_eq!(schemes(&setup), [("argon2".into(), 4)], "made anew at the login");
    let again = setup.run(&["hash", "wrap", "--scheme", "hex_md5"]).good();
    assert!(again.contains("0 hashes wrapped"), "{again}");
}

/// What is stored of each user but the administrator.
fn stored(setup: &Setup) -> BTreeMap<String, String> {
    let database = portcullis_sql::rusqlite::Connection::open(setup.path().join("users.db")).expect("opens");
    let mut all = database
        .prepare("SELECT username, password_hash FROM portcullis_accounts WHERE username <> 'admin'")
        .expect("prepared");
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("asked");
    rows.map(|row| row.expect("two texts")).collect()
}

fn is_wrapped(hash: &str) -> bool {
    hash.starts_with("$wrapped$hex_md5$$argon2id$")
}

/// Every hash is of "password" and of nothing else, whoever made it.
fn are_sound<'a>(hashes: impl Iterator<Item = &'a String>) {
    let Ok(schemes::Named::Broken(md5)) = schemes::named("hex_md5", &Options::new()) else {
        panic!("a digest")
    };
    let passwords = Passwords::recommended().accept_broken(md5);
    let hashes: Vec<HashString> = hashes.map(|hash| HashString::new(hash.as_str())).collect();
    std::thread::scope(|threads| {
        for part in hashes.chunks(hashes.len().div_ceil(2).max(1)) {
            let passwords = &passwords;
            threads.spawn(move || {
                for hash in part {
                    let right = passwords.verify(&Password::from("password"), Some(hash));
                    assert!(right.expect("a sound hash").is_match(), "{}", hash.as_str());
                }
            });
        }
    });
    let wrong = passwords.verify(&Password::from("Password"), hashes.first());
    assert!(!wrong.expect("a sound hash").is_match());
}

fn logs_in(server: &Serving, user: &str) {
    server
        .log_in(user, "password", "")
        .unwrap_or_else(|refusal| panic!("{user}: {refusal:?}"));
}

#[test]
fn a_wrap_that_was_killed_is_run_again_and_nobody_notices() {
    const USERS: usize = 150;
    let lines: String = (0..USERS).map(|user| format!("user{user:03},{MD5}\n")).collect();
    let setup = with_users(&lines);
    let server = setup.serve();
    let arguments = ["hash", "wrap", "--scheme", "hex_md5"];
    let (ended, mut wrap) = (
        AtomicBool::new(false),
        setup.command(&arguments).spawn().expect("it starts"),
    );
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut users = (0..USERS).rev();
            while !ended.load(Ordering::Relaxed) {
                logs_in(&server, &format!("user{:03}", users.next().expect("one more")));
            }
        });
        while stored(&setup).values().filter(|hash| is_wrapped(hash)).count() < 10 {
            assert!(wrap.try_wait().expect("its state").is_none(), "it ended too soon");
            std::thread::sleep(Duration::from_millis(1));
        }
        wrap.kill().expect("killed");
        wrap.wait().expect("ended");
        ended.store(true, Ordering::Relaxed);
    });
    let before = stored(&setup);
    let left = before.values().filter(|hash| *hash == MD5).count();
    assert!(left > 0, "it was killed in the middle");
    let whole = |hash: &String| hash == MD5 || is_wrapped(hash) || hash.starts_with("$argon2id$");
    assert!(
        before.len() == USERS && before.values().all(whole),
        "nothing is half written"
    );
    are_sound(before.values());
    let user = |hash: &dyn Fn(&str) -> bool| before.iter().find(|(_, stored)| hash(stored)).expect("one").0;
    for user in [user(&|hash| hash == MD5), user(&is_wrapped)] {
        logs_in(&server, user);
    }

    let before = stored(&setup);
    let left = before.values().filter(|hash| *hash == MD5).count();
    let told = setup.run(&arguments).good();
    assert!(told.contains(&format!("{left} hashes wrapped")), "{left}: {told}");
    let after = stored(&setup);
    for (user, hash) in &before {
        let now = &after[user];
        assert!(if hash == MD5 { is_wrapped(now) } else { now == hash }, "{user}: {now}");
    }
    are_sound(after.values().skip(1).step_by(3));
    for user in after.iter().filter(|(_, hash)| is_wrapped(hash)).take(3) {
        logs_in(&server, user.0);
    }
}
