//! `audit`: who did what, and whether anybody tampered with that.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Answer, Serving, Setup, escape, json as body};

const FORM: &str = "application/x-www-form-urlencoded";

/// The rows of a trail, read as a program would.
fn rows(setup: &Setup, arguments: &[&str]) -> Vec<Value> {
    let out = setup.run(&[&["audit", "--json"], arguments].concat()).good();
    out.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn kinds(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["kind"].as_str().expect("a kind")).collect()
}

/// Does something on a running server, and tells what it left in the trail.
struct Walk<'a> {
    setup: &'a Setup,
    seen: usize,
}

impl Walk<'_> {
    /// The one row that an act left.
    fn left(&mut self, kind: &str) -> Value {
        let new = loop {
            let all = rows(self.setup, &["-n", "1000"]);
            if all.len() > self.seen {
                break all[self.seen..].to_vec();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(kinds(&new), [kind], "{new:?}");
        self.seen += 1;
        new.into_iter().next().expect("a row")
    }

    /// The same, done over HTTP by this user, about this one, with this client.
    fn by(&mut self, kind: &str, (actor, subject, client): (&str, &str, Option<&str>)) -> Value {
        let row = self.left(kind);
        let of = |name: &str| row[name].as_str();
        assert_eq!((of("actor"), of("subject")), (Some(actor), Some(subject)), "{row}");
        assert_eq!((of("client_id"), of("address")), (client, Some("127.0.0.1")), "{row}");
        row
    }

    /// The same by command.
    fn by_command(&mut self, kind: &str, subject: &str) {
        let row = self.left(kind);
        assert!(
            row["actor"].as_str().is_some_and(|actor| actor.starts_with("cli:")),
            "{row}"
        );
        assert_eq!(
            (row["subject"].as_str(), &row["address"]),
            (Some(subject), &Value::Null),
            "{row}"
        );
    }
}

fn post(server: &Serving, path: &str, form: &str) -> Answer {
    server.send("POST", path, None, FORM, form)
}

fn text(answer: &Answer, name: &str) -> String {
    assert!(answer.status < 300, "{}", answer.text());
    body(answer)[name].as_str().expect("a text").to_owned()
}

#[test]
fn every_act_leaves_one_row_with_who_from_where_and_by_which_client_and_no_secret() {
    let setup = Setup::new();
    let mut secrets = vec![setup.password.clone()];
    let server = setup.serve();
    let all = loop {
        // That it started is written while it answers already.
        let all = rows(&setup, &[]);
        if kinds(&all).contains(&"server_started") {
            break all;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(kinds(&all), ["key_added", "user_added", "server_started"]);
    let mut walk = Walk {
        setup: &setup,
        seen: all.len(),
    };
    let admin = ("admin", "admin", None);

    // Logins and refreshes.
    let guess = "a guess that is none";
    assert!(server.log_in("admin", guess, "").is_err());
    let failed = walk.left("login_failed");
    assert_eq!((&failed["subject"], &failed["actor"]), (&json!("admin"), &Value::Null));
    assert_eq!(
        (&failed["address"], &failed["detail"]["reason"]),
        (&json!("127.0.0.1"), &json!("refused"))
    );
    let scope = "users:read users:write clients:read clients:write";
    let login = format!(
        "username=admin&password={}&scope={}",
        escape(&setup.password),
        escape(scope)
    );
    let first = post(&server, "/token", &login);
    let (token, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    assert_eq!(walk.by("login", admin)["detail"]["scope"], scope);
    let turn = |refresh: &str| {
        post(
            &server,
            "/token",
            &format!("grant_type=refresh_token&refresh_token={refresh}"),
        )
    };
    let second = text(&turn(&refresh), "refresh_token");
    walk.by("refresh", admin);
    assert_eq!(text(&turn(&refresh), "refresh_token"), second);
    walk.by("refresh_again", admin);
    let third = text(&turn(&second), "refresh_token");
    walk.by("refresh", admin);
    assert_eq!(turn(&refresh).status, 400);
    walk.by("refresh_reuse", admin);
    secrets.extend([guess.to_owned(), token, refresh, second, third]);

    // Users.
    let again = || {
        let login = post(&server, "/token", &login);
        (text(&login, "access_token"), text(&login, "refresh_token"))
    };
    let (token, refresh) = again();
    walk.by("login", admin);
    let alice = json!({"username": "alice", "password": "a first password of hers", "email": "alice@example.com"});
    assert_eq!(server.call("POST", "/users/", &token, &alice).status, 201);
    walk.by("user_added", ("admin", "alice", None));
    assert_eq!(
        server
            .call("PATCH", "/users/alice", &token, &json!({"scopes": ["users:read"]}))
            .status,
        200
    );
    let changed = walk.by("user_changed", ("admin", "alice", None));
    assert_eq!(changed["detail"], json!({"scope": "users:read"}));
    let new = json!({"password": "a second password of hers"});
    assert_eq!(server.call("PUT", "/users/alice/password", &token, &new).status, 204);
    walk.by("user_password", ("admin", "alice", None));
    let hers = post(
        &server,
        "/token",
        &format!("username=alice&password={}", escape("a second password of hers")),
    );
    let hers = text(&hers, "access_token");
    walk.by("login", ("alice", "alice", None));
    let wrong = json!({"current_password": "a guess at hers", "new_password": "a third password of hers"});
    assert_eq!(server.call("PUT", "/users/me/password", &hers, &wrong).status, 400);
    walk.by("login_failed", ("alice", "alice", None));
    let own = json!({"current_password": "a second password of hers", "new_password": "a third password of hers"});
    assert_eq!(server.call("PUT", "/users/me/password", &hers, &own).status, 204);
    assert_eq!(
        walk.by("user_password", ("alice", "alice", None))["detail"]["own"],
        true
    );
    assert_eq!(server.call("DELETE", "/users/alice", &token, &Value::Null).status, 204);
    walk.by("user_deleted", ("admin", "alice", None));
    secrets.extend(["first", "second", "third"].map(|which| format!("a {which} password of hers")));
    secrets.extend([hers, refresh.clone()]);

    // One's sessions.
    let listed = body(&server.get("/users/me/sessions", &token));
    let session = listed["sessions"][0]["id"].as_str().expect("an id");
    let called = server.call(
        "PATCH",
        &format!("/users/me/sessions/{session}"),
        &token,
        &json!({"label": "a label of hers"}),
    );
    assert_eq!(called.status, 204, "{}", called.text());
    assert_eq!(walk.by("session_labelled", admin)["session"], session);

    // Clients.
    let app = json!({"client_id": "app", "first_party": true, "scopes": ["users:read"], "grants": ["password", "refresh_token", "client_credentials"]});
    let secret = text(&server.call("POST", "/clients/", &token, &app), "client_secret");
    walk.by("client_added", ("admin", "app", None));
    let proof = format!("&client_id=app&client_secret={secret}");
    for (path, form) in [("/token", "grant_type=client_credentials"), ("/revoke", "token=x")] {
        let form = format!("{form}&client_id=app&client_secret=a+secret+of+nobody");
        assert_eq!(post(&server, path, &form).status, 401);
        let refused = walk.left("client_refused");
        let of = |name: &str| refused[name].as_str();
        assert_eq!(
            (of("actor"), of("subject"), of("client_id")),
            (None, Some("app"), None),
            "{refused}"
        );
        assert_eq!(of("address"), Some("127.0.0.1"));
        assert_eq!(
            refused["detail"],
            json!({"method": "client_secret_post", "reason": "wrong_secret"})
        );
    }
    secrets.push("a secret of nobody".to_owned());
    let with_app = text(&post(&server, "/token", &format!("{login}{proof}")), "refresh_token");
    walk.by("login", ("admin", "admin", Some("app")));
    let own = post(
        &server,
        "/token",
        &format!("grant_type=client_credentials&scope=users:read{proof}"),
    );
    let own = text(&own, "access_token");
    walk.by("token_issued", ("client:app", "app", Some("app")));
    assert_eq!(post(&server, "/revoke", &format!("token={own}{proof}")).status, 200);
    assert!(walk.left("token_revoked")["client_id"] == "app");
    assert_eq!(
        post(&server, "/revoke", &format!("token={with_app}{proof}")).status,
        200
    );
    walk.by("session_ended", ("client:app", "admin", Some("app")));
    let other = text(
        &server.call("POST", "/clients/app/secrets", &token, &Value::Null),
        "client_secret",
    );
    walk.by("client_secret_added", ("admin", "app", None));
    assert_eq!(
        server
            .call("DELETE", "/clients/app/secrets/older", &token, &Value::Null)
            .status,
        204
    );
    walk.by("client_secret_dropped", ("admin", "app", None));
    for disabled in [true, false] {
        assert_eq!(
            server
                .call("PATCH", "/clients/app", &token, &json!({"disabled": disabled}))
                .status,
            200
        );
        assert_eq!(
            walk.by("client_changed", ("admin", "app", None))["detail"]["disabled"],
            disabled
        );
    }
    assert_eq!(server.call("DELETE", "/clients/app", &token, &Value::Null).status, 204);
    walk.by("client_deleted", ("admin", "app", None));
    secrets.extend([secret, with_app, own, other]);

    // Keys.
    let made = server.call("POST", "/users/me/keys", &token, &json!({"name": "ci"}));
    let (key, id) = (text(&made, "key"), text(&made, "id"));
    assert_eq!(walk.by("api_key_added", admin)["detail"]["key"], id);
    let path = format!("/users/me/keys/{id}");
    assert_eq!(server.call("DELETE", &path, &token, &Value::Null).status, 204);
    assert_eq!(walk.by("api_key_ended", admin)["detail"]["name"], "ci");
    secrets.push(key);

    // Ends.
    assert_eq!(post(&server, "/revoke", &format!("token={refresh}")).status, 200);
    walk.by("session_ended", admin);
    let (token, refresh) = again();
    walk.by("login", admin);
    assert_eq!(server.send("POST", "/logout", Some(&token), "", "").status, 204);
    assert_eq!(walk.by("session_ended", admin)["detail"]["why"], "logout");
    secrets.extend([token, refresh]);
    let (token, refresh) = again();
    walk.by("login", admin);
    assert_eq!(
        server
            .call("DELETE", "/users/admin/sessions", &token, &Value::Null)
            .status,
        204
    );
    assert_eq!(walk.by("session_ended", admin)["detail"]["why"], "administrator");
    secrets.extend([token, refresh]);

    // Commands.
    setup.run_with(&["user", "add", "bob"], "a password for bob\n").good();
    walk.by_command("user_added", "bob");
    setup.run(&["user", "disable", "bob"]).good();
    walk.by_command("user_changed", "bob");
    setup.run(&["user", "enable", "bob"]).good();
    walk.by_command("user_changed", "bob");
    secrets.push(setup.run(&["token", "issue", "bob"]).good().trim().to_owned());
    walk.by_command("token_issued", "bob");
    let added = setup.run(&["client", "add", "job", "--json"]).json();
    secrets.push(added["client_secret"].as_str().expect("a secret").to_owned());
    walk.by_command("client_added", "job");
    setup.run(&["user", "delete", "bob"]).good();
    walk.by_command("user_deleted", "bob");
    secrets.push("a password for bob".to_owned());

    // What a person reads, and that it is whole.
    let shown = setup.run(&["audit", "--user", "alice"]).good();
    assert!(
        shown.starts_with("TIME") && shown.contains("user_deleted") && !shown.contains("bob"),
        "{shown}"
    );
    assert_eq!(
        kinds(&rows(&setup, &["--kind", "refresh_reuse", "--since", "1h"])),
        ["refresh_reuse"]
    );
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    // Keys, while no server sees to them.
    setup.run(&["key", "rotate", "--now"]).good();
    let key = walk.left("key_added")["subject"].as_str().expect("a key").to_owned();
    setup.run(&["key", "rotate"]).good();
    let next = walk.left("key_added")["subject"].as_str().expect("a key").to_owned();
    setup.run(&["key", "retire", &key]).good();
    let both = rows(&setup, &["-n", "2"]);
    assert_eq!(kinds(&both), ["key_retired", "key_activated"]);
    assert_eq!((&both[0]["subject"], &both[1]["subject"]), (&json!(key), &json!(next)));
    walk.seen += 2;
    setup.run(&["key", "export", "--private", &next]).good();
    walk.by_command("key_exported", &next);
    let verified = setup.run(&["audit", "verify", "--json"]).json();
    assert_eq!(verified["whole"], true, "{verified}");
    let kept = ["users.db", "users.db-wal"].map(|file| std::fs::read(setup.path().join(file)).unwrap_or_default());
    for secret in secrets {
        assert!(secret.len() > 8);
        let found = kept
            .iter()
            .any(|file| file.windows(secret.len()).any(|part| part == secret.as_bytes()));
        assert!(!found, "{secret} stands in the database");
    }
}

#[test]
fn what_is_asked_for_in_a_wrong_way_is_refused() {
    let setup = Setup::new();
    assert!(setup.run(&["audit", "--since", "yesterday"]).bad(2).contains("no time"));
    assert!(
        setup
            .run(&["audit", "--kind", "logins"])
            .bad(2)
            .contains("login_failed")
    );
    assert!(
        setup
            .run(&["audit", "verify", "--database", "/no/such/file"])
            .bad(1)
            .contains("cannot be read")
    );
    assert!(
        setup
            .run(&["audit", "verify", "--anchor", "/no/such/file"])
            .bad(1)
            .contains("cannot be read")
    );
    let broken = setup.path().join("broken.anchor");
    std::fs::write(&broken, "seal\n").expect("written");
    assert!(
        setup
            .run(&["audit", "verify", "--anchor", broken.to_str().expect("a name")])
            .bad(1)
            .contains("line 1")
    );
    let empty = setup.path().join("empty.anchor");
    std::fs::write(&empty, "\n").expect("written");
    assert!(
        setup
            .run(&["audit", "verify", "--anchor", empty.to_str().expect("a name")])
            .bad(1)
            .contains("it is empty")
    );
    let mut without_key = setup.command(&["audit", "verify"]);
    std::fs::rename(setup.path().join("keys/master.key"), setup.path().join("away")).expect("renamed");
    without_key.env("PORTCULLIS_MASTER_KEY", "00".repeat(32));
    let other = super::support::finish(without_key, "");
    assert_ne!(other.code, Some(0));
}

#[test]
fn whoever_takes_the_secrets_away_is_told_of_and_none_is_made_in_their_place() {
    let setup = Setup::new();
    let database = || portcullis_sql::rusqlite::Connection::open(setup.path().join("users.db")).expect("opens");
    database()
        .execute("DELETE FROM portcullis_secrets", [])
        .expect("removed");
    let out = setup.run(&["audit", "verify"]);
    assert!(
        out.out.contains("key_missing") && !out.out.contains("row_inserted"),
        "{out:?}"
    );
    assert!(out.bad(1).contains("tampered with"));
    let secrets = database().query_row("SELECT count(*) FROM portcullis_secrets", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(secrets.expect("counted"), 0);
}

#[test]
fn a_hash_that_is_made_anew_at_a_login_is_a_row_and_a_login_that_gets_nothing_makes_none() {
    let setup = Setup::new();
    let file = setup.path().join("users.csv");
    let bcrypt = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    std::fs::write(&file, format!("username,password_hash\nold,{bcrypt}\n")).expect("written");
    setup.run(&["user", "import", file.to_str().expect("a name")]).good();
    let server = setup.serve();
    for (scope, expected) in [("users:write", 400), ("", 200), ("", 200)] {
        let answer = post(
            &server,
            "/token",
            &format!("username=old&password=secret&scope={scope}"),
        );
        assert_eq!(answer.status, expected, "{}", answer.text());
    }
    // What is told without an act of its own is written by then.
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let found = rows(&setup, &["--user", "old"]);
    assert_eq!(kinds(&found).iter().filter(|kind| **kind == "login").count(), 2);
    let upgraded: Vec<_> = found.into_iter().filter(|row| row["kind"] == "hash_upgraded").collect();
    assert_eq!(upgraded.len(), 1, "{upgraded:?}");
    assert_eq!(
        (&upgraded[0]["actor"], &upgraded[0]["address"]),
        (&json!("old"), &json!("127.0.0.1"))
    );
}

#[test]
fn a_start_with_other_settings_is_told() {
    let setup = Setup::new();
    for (arguments, expected) in [
        (&[][..], &[][..]),
        (&["--session-days", "30"], &["settings_changed"]),
        (&["--session-days", "30"], &[]),
        (
            &["--session-days", "30", "--access-token-minutes", "5"],
            &["settings_changed"],
        ),
    ] {
        let before = rows(&setup, &["-n", "100"]).len();
        let server = Serving::start(&[&["serve", "--data", &setup.data], arguments].concat());
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        let after = rows(&setup, &["-n", "100"]);
        assert_eq!(kinds(&after[before..]), [&["server_started"], expected].concat());
    }
    let changes = rows(&setup, &["--kind", "settings_changed"]);
    let days = json!({"changed": ["session_days"], "values": {"session_days": ["default", "30"]}});
    assert_eq!(changes[0]["detail"], days);
    let minutes = json!({"changed": ["access_token_minutes"], "values": {"access_token_minutes": ["default", "5"]}});
    assert_eq!(changes[1]["detail"], minutes);
}

#[test]
fn an_anchor_finds_a_trail_that_was_cut_and_a_copy_that_was_brought_back_is_told() {
    let setup = Setup::new();
    let anchor = setup.path().join("audit.anchor");
    let anchor = anchor.to_str().expect("a name");
    let serve = || {
        let server = Serving::start(&["serve", "--data", &setup.data, "--audit-anchor", anchor]);
        server.log_in("admin", &setup.password, "").expect("a token");
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
    };
    serve();
    let copy = setup.path().join("copy.db");
    let copy = copy.to_str().expect("a name");
    setup.run(&["backup", copy]).good();
    // The last write was cut off: what follows stands in a line of its own.
    let text = std::fs::read_to_string(anchor).expect("read");
    std::fs::write(anchor, format!("{text}{}", &text[..30])).expect("written");
    serve();
    let verify = |more: &[&str]| setup.run(&[&["audit", "verify", "--anchor", anchor], more].concat());
    let told = verify(&[]).good();
    assert!(told.contains("whole") && told.contains("anchor_torn"), "{told}");
    // The copy is whole by itself, and the anchor knows that more followed.
    assert!(
        setup
            .run(&["audit", "verify", "--database", copy])
            .good()
            .contains("whole")
    );
    let cut = verify(&["--database", copy]);
    assert!(cut.out.contains("anchor_missing"), "{cut:?}");
    assert!(cut.bad(1).contains("tampered with"));
    // Where it is brought back by the operator it is gone on with, and that is no tampering.
    setup.run(&["restore", copy, "--force"]).good();
    let told = verify(&[]).good();
    assert!(told.contains("restored") && told.contains("left_behind"), "{told}");
    assert_eq!(kinds(&rows(&setup, &["-n", "1"])), ["database_restored"]);
    serve();
    assert!(verify(&[]).good().contains("whole"));
}

/// Nothing changes without its row, whoever's store stands between.
#[test]
fn a_user_is_not_changed_where_the_row_of_it_cannot_be_written() {
    let setup = Setup::new();
    let add = |name: &str| setup.run_with(&["user", "add", name, "--scopes", "users:read"], "correct horse\n");
    add("alice").good();
    let admin = setup.password.clone();
    let serving = setup.serve();
    let admin = serving
        .log_in("admin", &admin, "users:read users:write")
        .expect("a token");
    let database =
        portcullis_sql::rusqlite::Connection::open(std::path::Path::new(&setup.data).join("users.db")).expect("opens");
    let refuse = "CREATE TRIGGER refuses BEFORE INSERT ON portcullis_audit BEGIN SELECT raise(ABORT, 'no row'); END";
    database.execute_batch(refuse).expect("made");
    add("carol").bad(1);
    for arguments in [
        &["user", "disable", "alice"][..],
        &["user", "scopes", "alice", "users:write"],
        &["user", "delete", "alice"],
    ] {
        setup.run(arguments).bad(1);
    }
    let changed = serving.call("PATCH", "/users/alice", &admin, &json!({ "disabled": true }));
    assert_eq!(changed.status, 503, "{}", changed.text());
    assert_eq!(serving.call("DELETE", "/users/alice", &admin, &Value::Null).status, 503);
    database.execute_batch("DROP TRIGGER refuses").expect("dropped");
    let users = setup.run(&["user", "list", "--json"]).json();
    let users: Vec<_> = users.as_array().expect("users").iter().collect();
    let alice = users.iter().find(|user| user["username"] == "alice").expect("there");
    assert_eq!(
        (&alice["disabled"], &alice["scopes"]),
        (&json!(false), &json!(["users:read"])),
        "{alice}"
    );
    assert!(users.iter().all(|user| user["username"] != "carol"));
}
