//! Set-ups that are broken, and what `doctor` says of each.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use portcullis_sql::rusqlite::Connection;
use serde_json::Value;

use super::programs::free_port;
use super::support::{Run, Serving, Setup, command, finish};

/// One that is as it should be, once it is served.
fn good() -> Setup {
    let setup = Setup::new();
    let listen = format!("127.0.0.1:{}", free_port());
    let settings = format!(
        "issuer = \"https://login.example.com\"\ntrusted_proxies = [\"127.0.0.1\"]\nlisten = \"{listen}\"\n\
         password_min_length = 15\n"
    );
    std::fs::write(setup.path().join("portcullis.toml"), settings).expect("written");
    let copy = setup.path().parent().expect("a folder").join("copy.db");
    setup.run(&["backup", copy.to_str().expect("text")]).good();
    setup
}

fn set(setup: &Setup, line: &str) {
    let path = setup.path().join("portcullis.toml");
    let name = line.split(' ').next().expect("a name");
    let text = std::fs::read_to_string(&path).expect("read");
    let kept = text.lines().filter(|line| line.split(' ').next() != Some(name));
    let kept: Vec<&str> = kept.chain([line]).collect();
    std::fs::write(path, kept.join("\n") + "\n").expect("written");
}

fn listen_of(setup: &Setup) -> String {
    let text = std::fs::read_to_string(setup.path().join("portcullis.toml")).expect("read");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("listen = "))
        .expect("set");
    line.trim_matches('"').to_owned()
}

fn open_to_others(setup: &Setup, name: &str, mode: u32) {
    set_permissions(setup.path().join(name), Permissions::from_mode(mode)).expect("set");
}

fn change(setup: &Setup, statement: &str) {
    let database = Connection::open(setup.path().join("users.db")).expect("opened");
    database.execute_batch(statement).expect("changed");
}

type Break = fn(&Setup);

/// What is done to a good one, the question that finds it, how it is graded, and a part of the line that mends it.
const BROKEN: &[(&str, Break, &str, &str, &str)] = &[
    (
        "no settings that can be read",
        |s| set(s, "issuer = = 3"),
        "settings",
        "fault",
        "name = value",
    ),
    (
        "a setting that there is not",
        |s| set(s, "isuer = \"x\""),
        "settings",
        "fault",
        "serve --help",
    ),
    (
        "a folder that is none of ours",
        |s| std::fs::remove_file(s.path().join("users.db")).unwrap(),
        "data_folder",
        "fault",
        "portcullis init",
    ),
    (
        "a set-up that was interrupted",
        |s| std::fs::write(s.path().join("init.unfinished"), "").unwrap(),
        "data_folder",
        "fault",
        "again",
    ),
    (
        "a folder into which others write",
        |s| open_to_others(s, "", 0o777),
        "data_folder",
        "fault",
        "chmod 700",
    ),
    (
        "a folder into which others look",
        |s| open_to_others(s, "", 0o755),
        "data_folder",
        "advice",
        "chmod 700",
    ),
    (
        "a database that others read",
        |s| open_to_others(s, "users.db", 0o644),
        "database_rights",
        "fault",
        "chmod 600",
    ),
    (
        "a master key that others read",
        |s| open_to_others(s, "keys/master.key", 0o640),
        "master_key_rights",
        "fault",
        "chmod 600",
    ),
    (
        "settings that others write",
        |s| open_to_others(s, "portcullis.toml", 0o666),
        "settings_rights",
        "fault",
        "chmod 644",
    ),
    (
        "a database that is none",
        |s| {
            for name in ["users.db-wal", "users.db-shm"] {
                let _ = std::fs::remove_file(s.path().join(name));
            }
            std::fs::write(s.path().join("users.db"), "no database".repeat(1000)).unwrap();
            open_to_others(s, "users.db", 0o600);
        },
        "database",
        "fault",
        "copy",
    ),
    (
        "no master key",
        |s| std::fs::remove_file(s.path().join("keys/master.key")).unwrap(),
        "master_key",
        "fault",
        "PORTCULLIS_MASTER_KEY",
    ),
    (
        "another master key",
        |s| std::fs::write(s.path().join("keys/master.key"), "0f".repeat(32)).unwrap(),
        "keys_open",
        "fault",
        "master key",
    ),
    (
        "a master key that is none",
        |s| std::fs::write(s.path().join("keys/master.key"), "x").unwrap(),
        "master_key",
        "fault",
        "backup",
    ),
    (
        "no key that signs",
        |s| change(s, "DELETE FROM portcullis_signing_keys"),
        "signing_key",
        "fault",
        "key rotate --now",
    ),
    (
        "a clock that is behind",
        |s| change(s, "UPDATE portcullis_signing_keys SET created = created + 864000"),
        "clock",
        "fault",
        "timedatectl",
    ),
    (
        "a row of the audit trail that was altered",
        |s| {
            let statement = "DROP TRIGGER portcullis_audit_is_not_changed;
                UPDATE portcullis_audit SET subject = 'nobody' WHERE position = 1";
            change(s, statement);
        },
        "audit",
        "fault",
        "audit verify",
    ),
    (
        "an anchor that is not there",
        |s| set(s, &format!("audit_anchor = \"{}\"", s.path().join("anchor").display())),
        "audit",
        "advice",
        "audit_anchor",
    ),
    (
        "an anchor that was emptied",
        |s| {
            let anchor = s.path().join("anchor");
            std::fs::write(&anchor, "\n").unwrap();
            set(s, &format!("audit_anchor = \"{}\"", anchor.display()));
        },
        "audit",
        "advice",
        "audit_anchor",
    ),
    (
        "an anchor that cannot be written",
        |s| set(s, "audit_anchor = \"/no/such/folder/anchor\""),
        "audit",
        "fault",
        "audit_anchor",
    ),
    (
        "breached passwords that are not there",
        |s| set(s, "breached_passwords = \"none.pcb\""),
        "breached_passwords",
        "fault",
        "hash breached build",
    ),
    (
        "a folder of keys into which others write",
        |s| open_to_others(s, "keys", 0o777),
        "master_key_rights",
        "fault",
        "chmod 700",
    ),
    (
        "a table that somebody dropped",
        |s| change(s, "DROP TABLE portcullis_refresh_families"),
        "tables",
        "fault",
        "portcullis restore",
    ),
    (
        "a trigger that somebody dropped",
        |s| change(s, "DROP TRIGGER portcullis_audit_is_kept"),
        "tables",
        "fault",
        "portcullis restore",
    ),
    (
        "a clock that is behind the last row of the trail",
        |s| {
            let statement = "DROP TRIGGER portcullis_audit_is_not_changed;
                UPDATE portcullis_audit SET at = at + 864000000";
            change(s, statement);
        },
        "clock",
        "fault",
        "timedatectl",
    ),
    (
        "metrics where the server itself listens",
        |s| {
            let listen = listen_of(s);
            set(s, &format!("metrics_listen = \"{listen}\""));
        },
        "metrics",
        "fault",
        "127.0.0.1:9464",
    ),
    (
        "an address that is another machine's",
        |s| set(s, "listen = \"192.0.2.1:8000\""),
        "server",
        "fault",
        "listen",
    ),
    (
        "half the world as a proxy",
        |s| set(s, "trusted_proxies = [\"0.0.0.0/1\", \"128.0.0.0/1\"]"),
        "trusted_proxies",
        "fault",
        "alone",
    ),
    (
        "an issuer with a query",
        |s| set(s, "issuer = \"https://login.example.com/?x=1\""),
        "issuer",
        "fault",
        "query",
    ),
    (
        "copies that nobody makes",
        |s| set(s, "durability = \"replicated\""),
        "durability",
        "advice",
        "PostgreSQL",
    ),
    (
        "an issuer that is not https",
        |s| set(s, "issuer = \"http://login.example.com\""),
        "issuer",
        "fault",
        "https",
    ),
    (
        "an issuer that is no address",
        |s| set(s, "issuer = \"mine\""),
        "issuer",
        "advice",
        "https",
    ),
    (
        "a public address that is not https",
        |s| set(s, "public_url = \"http://login.example.com\""),
        "public_url",
        "fault",
        "https",
    ),
    (
        "two hosts",
        |s| set(s, "public_url = \"https://other.example.com\""),
        "public_url",
        "advice",
        "one address",
    ),
    (
        "a public address with a path that the issuer has not",
        |s| set(s, "public_url = \"https://login.example.com/auth\""),
        "public_url",
        "advice",
        "host and path",
    ),
    (
        "sessions that end before they have been idle for long enough",
        |s| set(s, "session_days = 7"),
        "session_idle_days",
        "advice",
        "session_days",
    ),
    (
        "a header that nobody may send",
        |s| {
            set(s, "trusted_proxies = []");
            set(s, "forwarded_header = \"forwarded\"");
        },
        "forwarded_header",
        "advice",
        "trusted_proxies",
    ),
    (
        "a profile by which nobody comes in",
        |s| set(s, "profile = \"strict\""),
        "profile",
        "advice",
        "client add",
    ),
    (
        "plain HTTP for everybody",
        |s| {
            set(s, "trusted_proxies = []");
            set(s, "listen = \"0.0.0.0:1\"");
        },
        "listen",
        "advice",
        "docs/operate.md",
    ),
    (
        "a proxy that is not listed",
        |s| set(s, "trusted_proxies = []"),
        "trusted_proxies",
        "advice",
        "trusted_proxies",
    ),
    (
        "everybody as a proxy",
        |s| set(s, "trusted_proxies = [\"0.0.0.0/0\"]"),
        "trusted_proxies",
        "fault",
        "alone",
    ),
    (
        "a protocol that nobody may use",
        |s| {
            set(s, "trusted_proxies = []");
            set(s, "proxy_protocol = true");
        },
        "trusted_proxies",
        "fault",
        "List the proxies",
    ),
    (
        "short passwords",
        |s| set(s, "password_min_length = 8"),
        "password_length",
        "advice",
        "15",
    ),
    (
        "guessing that nothing slows",
        |s| set(s, "throttle = false"),
        "throttle",
        "advice",
        "throttle",
    ),
    (
        "metrics for everybody",
        |s| set(s, "metrics_listen = \"0.0.0.0:9464\""),
        "metrics",
        "advice",
        "127.0.0.1:9464",
    ),
    (
        "tokens that live for long",
        |s| set(s, "access_token_minutes = 600"),
        "token_lifetime",
        "advice",
        "30",
    ),
    (
        "keys that stay",
        |s| set(s, "key_rotation_days = 0"),
        "key_rotation",
        "advice",
        "key rotate",
    ),
    (
        "no backup",
        |s| std::fs::remove_file(s.path().join("last-backup")).unwrap(),
        "backup",
        "advice",
        "portcullis backup",
    ),
    (
        "an old backup",
        |s| std::fs::write(s.path().join("last-backup"), "1700000000\n").unwrap(),
        "backup",
        "advice",
        "portcullis backup",
    ),
    (
        "an older copy left over",
        |s| std::fs::write(s.path().join("users.db.before-3"), "").unwrap(),
        "left_copies",
        "advice",
        "rm ",
    ),
    (
        "nobody who administers",
        |s| change(s, "UPDATE portcullis_accounts SET disabled = 1"),
        "administrator",
        "fault",
        "user scopes",
    ),
    (
        "a hash that nobody reads",
        |s| change(s, "UPDATE portcullis_accounts SET password_hash = '$nothing$1$2'"),
        "hashes",
        "fault",
        "hash audit",
    ),
];

fn look(setup: &Setup) -> (Run, Value) {
    let run = setup.run(&["doctor", "--json"]);
    let found = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    (run, found)
}

fn finding<'a>(found: &'a Value, check: &str) -> &'a Value {
    let findings = found["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {findings:?}"))
}

#[test]
fn each_broken_set_up_is_told_by_name_with_a_line_that_mends_it() {
    assert!(BROKEN.len() >= 20);
    for (broken, how, check, grade, remedy) in BROKEN {
        let setup = good();
        how(&setup);
        let (run, found) = look(&setup);
        let told = finding(&found, check);
        assert_eq!(told["grade"], *grade, "{broken}: {found}");
        assert!(
            told["remedy"].as_str().expect("text").contains(remedy),
            "{broken}: {told}"
        );
        let faults = found["findings"].as_array().expect("a list").iter();
        let faults = faults.filter(|finding| finding["grade"] == "fault").count();
        assert_eq!(run.code, Some(i32::from(faults > 0)), "{broken}: {run:?}");
        assert_eq!(found["good"], faults == 0, "{broken}");
        if *grade == "advice" {
            assert_eq!(faults, 0, "{broken}: {found}");
        }
    }
}

#[test]
fn a_good_set_up_that_is_served_is_all_good_and_nothing_is_changed() {
    let setup = good();
    let before = std::fs::read(setup.path().join("users.db")).expect("read");
    let server = Serving::spawn(command(&["serve", "--data", &setup.data]));
    let text = setup.run(&["doctor"]).good();
    assert!(text.lines().all(|line| line.starts_with("✓ ")), "{text}");
    assert!(text.lines().count() >= 20, "{text}");
    // It was not started anew since the settings changed.
    set(&setup, "issuer = \"https://other.example.com\"");
    let (_, found) = look(&setup);
    assert_eq!(finding(&found, "running_settings")["grade"], "fault");
    drop(server);
    set(&setup, "issuer = \"https://login.example.com\"");
    let text = setup.run(&["doctor"]).good();
    assert!(text.contains("! server "), "{text}");
    let _ = before;
}

#[test]
fn an_address_that_another_program_has_is_told() {
    let setup = good();
    let other = std::net::TcpListener::bind(listen_of(&setup)).expect("bound");
    let answers = std::thread::spawn(move || {
        // Each question that doctor asks there; it ends with the last.
        for connection in other.incoming().take(1) {
            use std::io::Write as _;
            let _ = connection.and_then(|mut connection| connection.write_all(b"220 mail.example.com ESMTP\r\n"));
        }
        other
    });
    let (run, found) = look(&setup);
    let told = finding(&found, "server");
    assert_eq!((&told["grade"], run.code), (&"fault".into(), Some(1)), "{found}");
    assert!(told["remedy"].as_str().expect("text").contains("ss -ltnp"), "{told}");
    drop(answers.join().expect("asked"));
}

#[cfg(unix)]
#[test]
fn what_another_user_left_in_the_folder_is_told_to_root() {
    let setup = good();
    // Only root gives files away.
    if std::os::unix::fs::chown(setup.path().join("keys/master.key"), Some(1234), None).is_err() {
        return;
    }
    let (_, found) = look(&setup);
    let told = finding(&found, "owners");
    assert_eq!(told["grade"], "fault", "{found}");
    assert!(
        told["remedy"].as_str().expect("text").starts_with("chown --reference="),
        "{told}"
    );
}

#[test]
fn a_variable_that_is_no_setting_and_users_of_another_application_are_told() {
    let setup = good();
    let mut doctor = setup.command(&["doctor"]);
    doctor.env("PORTCULLIS_ISUER", "x");
    let run = finish(doctor, "");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.out.starts_with("✗ settings") && run.out.contains("PORTCULLIS_ISSUER"),
        "{run:?}"
    );
}
