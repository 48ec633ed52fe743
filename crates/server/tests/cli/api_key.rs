//! `user key`, and keys in place of tokens.

use serde_json::{Value, json};

use super::support::{Serving, Setup, command, finish, json as body, run_with};

fn add(setup: &Setup, arguments: &[&str]) -> Value {
    setup
        .run(&[&["user", "key", "add", "--json"], arguments].concat())
        .json()
}

fn text<'a>(made: &'a Value, member: &str) -> &'a str {
    made[member].as_str().expect("a text")
}

/// How a server answers this key at a route that asks for `users:read`.
fn status(server: &Serving, key: &Value) -> u16 {
    server.get("/users/", text(key, "key")).status
}

#[test]
fn what_is_no_key_is_refused_with_what_to_do() {
    let setup = Setup::new();
    for (arguments, words) in [
        (&["admin"][..], "--name"),
        (&["admin", "--name", "ci", "--expires", "soon"], "--expires"),
        (&["admin", "--name", "ci", "--expires", "90"], "--expires"),
        (&["admin", "--name", "ci", "--scopes", "a\"b"], "scopes"),
    ] {
        let refused = setup.run(&[&["user", "key", "add"], arguments].concat());
        assert!(refused.bad(2).contains(words), "{words}");
    }
    for (arguments, words) in [
        (&["nobody", "--name", "ci"][..], "user list"),
        (&["admin", "--name", " "], "1 to 100 characters"),
        (&["admin", "--name", "ci", "--scopes", "items"], "does not have"),
        (&["admin", "--name", "ci", "--expires", "0d"], "ten years"),
        (&["admin", "--name", "ci", "--expires", "600w"], "ten years"),
    ] {
        let refused = setup.run(&[&["user", "key", "add"], arguments].concat());
        assert!(refused.bad(1).contains(words), "{words}");
    }
    assert!(
        setup
            .run(&["user", "key", "end", "no-id"])
            .bad(1)
            .contains("no id of an API key")
    );
    let unknown = setup.run(&["user", "key", "end", "0000000000000000000000"]);
    assert!(unknown.bad(1).contains("there is no such key"));
    assert!(setup.run(&["user", "key", "end"]).bad(2).contains("<ID>"));
    assert_eq!(setup.run(&["user", "key", "list", "admin", "--json"]).json(), json!([]));
    assert!(
        setup
            .run(&["user", "key", "list", "admin"])
            .good()
            .contains("no API keys")
    );
}

#[test]
fn a_key_is_printed_once_and_stands_nowhere_in_the_folder() {
    let setup = Setup::new();
    let out = setup
        .run(&[
            "user",
            "key",
            "add",
            "admin",
            "--name",
            "backup on host7",
            "--scopes",
            "users:read,users:write",
        ])
        .good();
    let key = out
        .split_whitespace()
        .find(|word| word.starts_with("pc_"))
        .expect("a key");
    assert!(key.len() == 75 && out.contains("shown this once"), "{out}");
    let list = setup.run(&["user", "key", "list", "admin"]).good();
    assert!(
        list.contains(&key[3..25]) && list.contains("backup on host7") && !list.contains("pc_"),
        "{list}"
    );
    let said = setup.run(&["audit", "--json"]).good();
    assert!(said.contains("api_key_added") && !said.contains(&key[30..]), "{said}");
    for entry in std::fs::read_dir(setup.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let holds = bytes.windows(key.len()).any(|part| part == key.as_bytes());
        assert!(!holds, "{}", path.display());
    }
    // By what a log shows of it.
    assert!(
        setup
            .run(&["user", "key", "end", &key[..40]])
            .good()
            .contains("of admin has ended")
    );
    assert_eq!(setup.run(&["user", "key", "list", "admin", "--json"]).json(), json!([]));
}

#[test]
fn a_running_server_takes_keys_of_the_command_line_and_hears_of_their_end() {
    let setup = Setup::new();
    let server = setup.serve();
    let (one, two) = (
        add(
            &setup,
            &["admin", "--name", "one", "--scopes", "users:read", "--expires", "90d"],
        ),
        add(&setup, &["admin", "--name", "two", "--scopes", "users:read"]),
    );
    assert_eq!((status(&server, &one), status(&server, &two)), (200, 200));
    setup.run(&["user", "key", "end", text(&one, "id")]).good();
    until(|| status(&server, &one) == 401);
    assert_eq!(status(&server, &two), 200);

    // The owner loses the scope, and gets it back.
    setup.run(&["user", "scopes", "admin", "users:write"]).good();
    until(|| status(&server, &two) == 403);
    setup.run(&["user", "scopes", "admin", "--all"]).good();
    until(|| status(&server, &two) == 200);

    // What a client asks and a proxy: the key's owner.
    let told = server.send("GET", "/verify?scope=users:read", Some(text(&two, "key")), "", "");
    assert_eq!(
        (told.status, told.header("x-auth-request-user").as_deref()),
        (200, Some("admin"))
    );
    let narrow = server.send("GET", "/verify?scope=users:write", Some(text(&two, "key")), "", "");
    assert_eq!(narrow.status, 403);

    // A restart changes nothing, and when it was used is known.
    server.signal("TERM");
    server.wait();
    let listed = setup.run(&["user", "key", "list", "admin", "--json"]).json();
    assert!(listed[0]["last_used"].is_string(), "{listed}");
    let server = setup.serve();
    assert_eq!(status(&server, &two), 200);

    // Whoever finds one can end it.
    let form = format!("token={}", text(&two, "key"));
    let ended = server.send("POST", "/revoke", None, "application/x-www-form-urlencoded", &form);
    assert_eq!((ended.status, status(&server, &two)), (200, 401));
}

#[test]
fn with_a_new_password_and_with_its_owner_a_key_ends() {
    let setup = Setup::new();
    run_with(&["user", "add", "alice", "--data", &setup.data], "correct horse\n").good();
    setup.run(&["user", "scopes", "alice", "users:read"]).good();
    let server = setup.serve();
    let key = || add(&setup, &["alice", "--name", "ci", "--scopes", "users:read"]);
    let first = key();
    assert_eq!(status(&server, &first), 200);
    run_with(
        &["user", "passwd", "alice", "--data", &setup.data],
        "wholly new battery\n",
    )
    .good();
    until(|| status(&server, &first) == 401);
    assert_eq!(setup.run(&["user", "key", "list", "alice", "--json"]).json(), json!([]));

    let second = key();
    setup.run(&["user", "disable", "alice"]).good();
    until(|| status(&server, &second) == 401);
    let refused = setup.run(&["user", "key", "add", "alice", "--name", "ci"]);
    assert!(refused.bad(1).contains("user enable alice"));
    setup.run(&["user", "enable", "alice"]).good();
    assert_eq!(status(&server, &second), 401);

    let third = key();
    assert_eq!(status(&server, &third), 200);
    setup.run(&["user", "delete", "alice"]).good();
    until(|| status(&server, &third) == 401);
    run_with(&["user", "add", "alice", "--data", &setup.data], "correct horse\n").good();
    setup.run(&["user", "scopes", "alice", "users:read"]).good();
    assert_eq!(status(&server, &third), 401, "another alice");
    setup.run(&["user", "key", "end", "--all", "alice"]).good();
}

#[test]
fn another_master_key_leaves_keys_what_they_are_and_a_reset_ends_them() {
    let setup = Setup::new();
    let kept = add(&setup, &["admin", "--name", "ci", "--scopes", "users:read"]);
    let folder = setup.path().join("keys");
    std::fs::rename(folder.join("master.key"), folder.join("old.key")).expect("renamed");
    let old = folder.join("old.key");
    setup
        .run(&["key", "rewrap", "--old-file", old.to_str().expect("a name")])
        .good();
    let server = setup.serve();
    assert_eq!(status(&server, &kept), 200);
    server.signal("TERM");
    server.wait();

    std::fs::remove_file(folder.join("master.key")).expect("lost");
    setup.run(&["key", "reset", "--yes"]).good();
    assert_eq!(setup.run(&["user", "key", "list", "admin", "--json"]).json(), json!([]));
    let server = setup.serve();
    assert_eq!(status(&server, &kept), 401);
    let anew = add(&setup, &["admin", "--name", "ci", "--scopes", "users:read"]);
    assert_eq!(status(&server, &anew), 200);
}

#[test]
fn a_copy_that_is_brought_back_has_the_keys_of_then_but_for_those_that_ended() {
    let setup = Setup::new();
    let (ended, kept) = (
        add(&setup, &["admin", "--name", "ended", "--scopes", "users:read"]),
        add(&setup, &["admin", "--name", "kept", "--scopes", "users:read"]),
    );
    let copy = setup.path().with_file_name("copy.db");
    let copy = copy.to_str().expect("a name");
    setup.run(&["backup", copy]).good();
    setup.run(&["user", "key", "end", text(&ended, "id")]).good();
    let later = add(&setup, &["admin", "--name", "later", "--scopes", "users:read"]);
    setup.run(&["restore", "--force", copy]).good();
    let server = setup.serve();
    let found = [&ended, &kept, &later].map(|key| status(&server, key));
    assert_eq!(found, [401, 200, 401]);
}

#[test]
fn over_http_a_user_makes_and_ends_keys_in_person() {
    let setup = Setup::new();
    let server = setup.serve();
    let token = server
        .log_in("admin", &setup.password, "users:read")
        .expect("logged in");
    let new = |scopes: &[&str]| json!({ "name": "ci", "scopes": scopes });
    assert_eq!(
        server
            .call("POST", "/users/me/keys", &token, &new(&["users:write"]))
            .status,
        403
    );
    let made = server.call("POST", "/users/me/keys", &token, &new(&["users:read"]));
    assert_eq!(
        (made.status, made.header("cache-control").as_deref()),
        (201, Some("no-store"))
    );
    let made = body(&made);
    assert_eq!(status(&server, &made), 200);
    let key = text(&made, "key");
    assert_eq!(server.call("POST", "/users/me/keys", key, &new(&[])).status, 403);
    assert_eq!(server.get("/users/me/keys", key).status, 403);
    let path = format!("/users/me/keys/{}", text(&made, "id"));
    assert_eq!(server.send("DELETE", &path, Some(&token), "", "").status, 204);
    assert_eq!(status(&server, &made), 401);
}

/// Waits for what must come.
#[track_caller]
fn until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it never came");
}

#[test]
fn inspect_tells_whose_key_it_is_and_repeats_no_secret() {
    let setup = Setup::new();
    let made = add(&setup, &["admin", "--name", "ci", "--scopes", "users:read"]);
    let (key, id) = (text(&made, "key"), text(&made, "id"));
    let inspect = |text: &str| setup.run(&["token", "inspect", text, "--json"]).json();
    let said = inspect(key);
    assert_eq!((&said["api_key"], &said["whole"]), (&json!(id), &json!(true)));
    assert_eq!(said["accepted"], json!(true));
    let stored = &said["stored"];
    assert_eq!((&stored["owner"], &stored["name"]), (&json!("admin"), &json!("ci")));
    let shown = setup.run(&["token", "inspect", &format!("Bearer {key}")]).good();
    assert!(shown.contains("accepts it") && shown.contains(id), "{shown}");
    assert!(!shown.contains(&key[30..]) && !said.to_string().contains(&key[30..]));

    // As a log shows it, and with a letter that is another one.
    let changed = format!("{}{}", &key[..74], if key.ends_with('0') { '1' } else { '0' });
    for text in [&key[..25], &key[..40], &changed] {
        let said = inspect(text);
        assert_eq!(
            (&said["whole"], &said["accepted"]),
            (&json!(false), &Value::Null),
            "{text}"
        );
        assert_eq!(said["stored"]["owner"], json!("admin"), "{text}");
    }
    let error = setup.run(&["token", "inspect", &key[..24]]).bad(1);
    assert!(error.contains("no API key") && !error.contains(&key[..24]), "{error}");

    setup.run(&["user", "key", "end", id]).good();
    let said = inspect(key);
    assert_eq!((&said["accepted"], &said["stored"]), (&json!(false), &Value::Null));
    assert_eq!(said["reason"], json!("the API key has ended"));

    // Where nothing is set up.
    let mut elsewhere = command(&["token", "inspect", key, "--json"]);
    elsewhere.current_dir(std::env::temp_dir());
    let said = finish(elsewhere, "").json();
    assert_eq!((&said["whole"], &said["accepted"]), (&json!(true), &Value::Null));
}

#[test]
fn switched_off_no_key_is_taken_or_made_and_what_there_is_can_be_seen_and_ended() {
    let setup = Setup::new();
    let one = add(&setup, &["admin", "--name", "one", "--scopes", "users:read"]);
    let two = add(&setup, &["admin", "--name", "two", "--scopes", "users:read"]);
    let config = setup.path().join("portcullis.toml");
    std::fs::write(&config, "api_keys = false\n").expect("written");
    let server = setup.serve();
    assert_eq!(status(&server, &one), 401);
    let token = setup.run(&["token", "issue", "admin", "--scopes", "users:read"]).good();
    assert_eq!(server.get("/users/", token.trim()).status, 200);
    assert_eq!(server.get("/users/me/keys", token.trim()).status, 404);
    let error = setup.run(&["user", "key", "add", "admin", "--name", "ci"]).bad(1);
    assert!(error.contains("switched off") && error.contains("api_keys"), "{error}");
    let said = setup.run(&["token", "inspect", text(&one, "key"), "--json"]).json();
    assert!(
        said["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("switched off")),
        "{said}"
    );
    setup.run(&["user", "key", "end", text(&one, "id")]).good();
    let listed = setup.run(&["user", "key", "list", "admin", "--json"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    drop(server);

    // The environment goes before the file; what was not ended is good again.
    let mut serve = setup.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("PORTCULLIS_API_KEYS", "true");
    let server = Serving::spawn(serve);
    assert_eq!((status(&server, &one), status(&server, &two)), (401, 200));
}
