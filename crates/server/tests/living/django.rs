//! A real Django project and Portcullis with the same users.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::databases::Database;
use super::peer::{Peer, python, refused_soon};
use super::support::{Serving, Setup, run};

#[test]
fn django_and_portcullis_share_their_users_on_sqlite() {
    share(Some(Database::sqlite()));
}

#[test]
fn django_and_portcullis_share_their_users_on_postgresql() {
    share(Database::postgres());
}

#[test]
fn django_and_portcullis_share_their_users_on_mariadb() {
    share(Database::mariadb());
}

/// As Django 4.2 does it: whatever has another cost than its own is made anew at its logins.
#[test]
fn a_hash_does_not_go_to_and_fro_between_the_cost_of_that_django_and_ours() {
    let Some(python) = python() else { return };
    let database = Database::sqlite();
    let mut argument = database.django.clone();
    argument["ITERATIONS"] = 600_000.into();
    let mut django = Peer::start(&python, "django_peer.py", &argument);
    django.ask(json!({"do": "create", "name": "john", "password": "of django"}));
    let before = stored(&mut django, "john");
    assert!(before.starts_with("pbkdf2_sha256$600000$"), "{before}");
    let setup = Setup::new();
    let told = setup.run(&["adopt", &database.url, "--write"]).good();
    assert!(told.contains("newest hashes have 600000 rounds"), "{told}");
    let path = setup.path().join("portcullis.toml");
    let text = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, text.replace("read-only", "write-back")).expect("written");
    let server = setup.serve();
    let token = server.log_in("john", "of django", "").unwrap();
    assert!(django_lets_in(&mut django, "john", "of django"));
    server.log_in("john", "of django", "").unwrap();
    assert_eq!(stored(&mut django, "john"), before);
    assert_eq!(server.get("/users/me/", &token).status, 200, "the first login's token");
    let change = json!({"current_password": "of django", "new_password": "changed here"});
    assert!(server.call("PUT", "/users/me/password", &token, &change).status < 300);
    let token = server.log_in("john", "changed here", "").unwrap();
    let changed = stored(&mut django, "john");
    assert!(django_lets_in(&mut django, "john", "changed here"));
    assert_eq!(
        stored(&mut django, "john"),
        changed,
        "Django finds nothing to make anew"
    );
    assert_eq!(server.get("/users/me/", &token).status, 200);
}

fn share(database: Option<Database>) {
    let (Some(python), Some(database)) = (python(), database) else {
        return;
    };
    let mut django = Peer::start(&python, "django_peer.py", &database.django);
    for (name, hasher) in [("argon", "argon2"), ("bcrypt", "bcrypt_sha256"), ("scrypt", "scrypt")] {
        django.ask(json!({"do": "create", "name": name, "password": "of django", "hasher": hasher}));
    }
    django.ask(json!({"do": "create", "name": "john", "password": "of django", "iterations": 1000}));
    django.ask(json!({"do": "create", "name": "jane", "password": "of django", "iterations": 1000}));
    django.ask(json!({"do": "unusable", "name": "nobody"}));
    django.ask(json!({"do": "join", "name": "john", "group": "editors", "permission": "add_group"}));
    let setup = Setup::new();
    adopt_tells_what_it_sees(&database);
    nothing_is_written_while_only_reading(&setup, &database, &mut django);
    configure(&setup, &database, "write-back");
    let server = setup.serve();
    hashes_are_upgraded_and_django_still_reads_them(&server, &mut django);
    groups_and_permissions_are_scopes(&server);
    passwords_changed_on_either_side_hold_on_the_other(&server, &mut django);
    who_is_deactivated_there_is_refused_here(&server, &mut django);
    both_run_at_once(&server, &mut django);
}

fn adopt_tells_what_it_sees(database: &Database) {
    let told = run(&["adopt", &database.url]).good();
    for words in [
        "Django",
        "auth_user (6 users)",
        "username",
        "groups, permissions",
        "django_argon2",
        "1000 rounds",
        "disabled",
        "framework = \"django\"",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("p%40ss"), "of the URL: {told}");
}

fn configure(setup: &Setup, database: &Database, stage: &str) {
    let text = format!(
        "key_rotation_days = 0\n[users]\nurl = {:?}\nframework = \"django\"\nstage = \"{stage}\"\n\
         [scopes]\neditors = \"Edit.\"\n\"auth.add_group\" = \"Add groups.\"\n",
        database.url
    );
    std::fs::write(setup.path().join("portcullis.toml"), text).expect("written");
}

fn stored(django: &mut Peer, name: &str) -> String {
    let hash = django.ask(json!({"do": "stored", "name": name}));
    hash.as_str().expect("a text").to_owned()
}

fn django_lets_in(django: &mut Peer, name: &str, password: &str) -> bool {
    let answer = django.ask(json!({"do": "check", "name": name, "password": password}));
    answer.as_bool().expect("true or false")
}

fn nothing_is_written_while_only_reading(setup: &Setup, database: &Database, django: &mut Peer) {
    configure(setup, database, "read-only");
    let before: Vec<String> = ["john", "argon", "bcrypt"]
        .iter()
        .map(|name| stored(django, name))
        .collect();
    let server = setup.serve();
    for name in ["john", "argon", "bcrypt", "scrypt"] {
        server
            .log_in(name, "of django", "")
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!(server.log_in(name, "another", "").unwrap_err().status, 400, "{name}");
    }
    for name in ["nobody", "unknown", "' OR 1=1 --"] {
        assert_eq!(server.log_in(name, "of django", "").unwrap_err().status, 400, "{name}");
    }
    let token = server.log_in("john", "of django", "").unwrap();
    let change = json!({"current_password": "of django", "new_password": "a new one"});
    assert_eq!(server.call("PUT", "/users/me/password", &token, &change).status, 409);
    let after: Vec<String> = ["john", "argon", "bcrypt"]
        .iter()
        .map(|name| stored(django, name))
        .collect();
    assert_eq!(before, after);
}

fn hashes_are_upgraded_and_django_still_reads_them(server: &Serving, django: &mut Peer) {
    let before = stored(django, "john");
    let token = server.log_in("john", "of django", "").unwrap();
    let after = stored(django, "john");
    assert!(
        before.starts_with("pbkdf2_sha256$1000$") && after.starts_with("pbkdf2_sha256$"),
        "{after}"
    );
    assert_ne!(before, after);
    assert!(django_lets_in(django, "john", "of django"));
    assert_eq!(stored(django, "john"), after, "Django finds nothing to upgrade");
    server.log_in("john", "of django", "").unwrap();
    assert_eq!(stored(django, "john"), after, "and neither do we");
    assert_eq!(server.get("/users/me/", &token).status, 200, "an upgrade ends no token");
}

fn groups_and_permissions_are_scopes(server: &Serving) {
    let form = "username=john&password=of+django&scope=editors+auth.add_group+users%3Aread";
    let answer = server.send("POST", "/token", None, "application/x-www-form-urlencoded", form);
    let granted = super::support::json(&answer)["scope"].clone();
    assert_eq!(granted, "editors auth.add_group");
}

fn passwords_changed_on_either_side_hold_on_the_other(server: &Serving, django: &mut Peer) {
    let token = server.log_in("john", "of django", "").unwrap();
    django.ask(json!({"do": "change", "name": "john", "password": "changed there"}));
    assert_eq!(server.log_in("john", "of django", "").unwrap_err().status, 400);
    refused_soon(server, &token);
    let token = server.log_in("john", "changed there", "").unwrap();
    let change = json!({"current_password": "changed there", "new_password": "changed here"});
    let answer = server.call("PUT", "/users/me/password", &token, &change);
    assert!(answer.status < 300, "{answer:?}");
    assert_eq!(server.get("/users/me/", &token).status, 401, "at once, on our side");
    assert!(!django_lets_in(django, "john", "changed there"));
    assert!(django_lets_in(django, "john", "changed here"));
}

fn who_is_deactivated_there_is_refused_here(server: &Serving, django: &mut Peer) {
    let token = server.log_in("argon", "of django", "").unwrap();
    assert_eq!(server.get("/users/me/", &token).status, 200);
    django.ask(json!({"do": "active", "name": "argon", "active": false}));
    refused_soon(server, &token);
    assert_eq!(server.log_in("argon", "of django", "").unwrap_err().status, 400);
    django.ask(json!({"do": "active", "name": "argon", "active": true}));
    server.log_in("argon", "of django", "").unwrap();
}

/// Logins and guarded requests here while Django logs in and changes passwords: nobody is refused who should not be.
fn both_run_at_once(server: &Serving, django: &mut Peer) {
    let (end, requests) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        for name in ["scrypt", "bcrypt"] {
            let (end, requests) = (&end, &requests);
            threads.spawn(move || {
                let token = server.log_in(name, "of django", "").unwrap();
                while !end.load(Ordering::Relaxed) {
                    assert_eq!(server.get("/users/me/", &token).status, 200);
                    requests.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..3 {
            let password = format!("round {round}");
            django.ask(json!({"do": "change", "name": "jane", "password": password}));
            server.log_in("jane", &password, "").unwrap();
            assert!(django_lets_in(django, "jane", &password));
        }
        end.store(true, Ordering::Relaxed);
    });
    assert!(requests.load(Ordering::Relaxed) > 50);
}
