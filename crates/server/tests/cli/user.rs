//! `user`.

use super::support::{Serving, Setup, printed_password};

#[test]
fn a_bad_name_and_a_short_password_are_refused_and_an_empty_input_too() {
    let setup = Setup::new();
    assert!(
        setup
            .run_with(&["user", "add", "alice"], "short\n")
            .bad(1)
            .contains("8 characters")
    );
    assert!(setup.run_with(&["user", "add", "alice"], "").bad(1).contains("empty"));
    assert!(
        setup
            .run_with(&["user", "add", ""], "long enough\n")
            .bad(1)
            .contains("empty")
    );
    assert!(
        setup
            .run_with(&["user", "add", "a\u{1b}b"], "long enough\n")
            .bad(1)
            .contains("control")
    );
    for name in ["me", ".", ".."] {
        let refused = setup.run_with(&["user", "add", name], "long enough\n");
        assert!(refused.bad(1).contains("something else in a path"), "{name}");
    }
    for last in [
        ["user", "delete", "admin"].as_slice(),
        &["user", "disable", "admin"],
        &["user", "scopes", "admin", "users:read"],
        &["user", "scopes", "admin", "--none"],
    ] {
        assert!(setup.run(last).bad(1).contains("the last active user"), "{last:?}");
    }
    assert!(
        setup
            .run_with(&["user", "add", "admin"], "long enough\n")
            .bad(1)
            .contains("already")
    );
    assert!(
        setup
            .run_with(&["user", "add", "bob", "--scopes", "a\"b"], "long enough\n")
            .bad(2)
            .contains("scope")
    );
    for command in ["show", "enable", "disable", "delete"] {
        assert!(
            setup
                .run(&["user", command, "nobody"])
                .bad(1)
                .contains("no user of that name")
        );
    }
    assert_eq!(
        setup.run(&["user", "list", "--json"]).json().as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_user_is_added_shown_changed_and_removed() {
    let setup = Setup::new();
    let add = [
        "user",
        "add",
        "alice",
        "--email",
        "alice@example.com",
        "--full-name",
        "Alice Chains",
        "--scopes",
        "items",
    ];
    setup.run_with(&add, "correct horse\n").good();
    let alice = setup.run(&["user", "show", "alice", "--json"]).json();
    assert_eq!(alice["email"], "alice@example.com");
    assert_eq!(
        (&alice["disabled"], &alice["scopes"][0]),
        (&false.into(), &"items".into())
    );
    assert!(alice.get("password_hash").is_none() && alice["has_password"] == true);

    setup.run(&["user", "scopes", "alice", "users:read", "items"]).good();
    assert_eq!(
        setup.run(&["user", "scopes", "alice"]).good().trim(),
        "users:read items"
    );
    let config = setup.path().join("portcullis.toml");
    std::fs::write(config, "[scopes]\n\"blog.add_post\" = \"Write posts.\"\n").expect("written");
    setup.run(&["user", "scopes", "alice", "--all"]).good();
    assert_eq!(
        setup.run(&["user", "scopes", "alice"]).good().trim(),
        "users:read users:write clients:read clients:write blog.add_post"
    );
    setup.run(&["user", "scopes", "alice", "--none"]).good();
    setup.run(&["user", "disable", "alice"]).good();
    let table = setup.run(&["user", "list"]).good();
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("USERNAME") && lines.len() == 3, "{table}");
    assert!(
        lines[2].starts_with("alice") && lines[2].contains("disabled"),
        "{table}"
    );
    assert_eq!(lines[0].find("EMAIL"), lines[2].find("alice@"), "{table}");

    let edit = ["user", "edit", "alice"];
    setup
        .run(&[&edit[..], &["--email", "new@example.com", "--no-full-name"]].concat())
        .good();
    let alice = setup.run(&["user", "show", "alice", "--json"]).json();
    assert_eq!(
        (&alice["email"], &alice["full_name"], &alice["id"]),
        (&"new@example.com".into(), &serde_json::Value::Null, &"alice".into())
    );
    setup.run(&edit).bad(2);
    setup.run(&[&edit[..], &["--email", "x", "--no-email"]].concat()).bad(2);
    setup.run(&["user", "edit", "nobody", "--no-email"]).bad(1);

    setup.run(&["user", "enable", "alice"]).good();
    setup.run(&["user", "delete", "alice"]).good();
    setup.run(&["user", "show", "alice"]).bad(1);
}

#[test]
fn whoever_was_closed_out_is_admitted() {
    let setup = Setup::new();
    assert!(
        setup
            .run(&["user", "admit", "nobody"])
            .bad(1)
            .contains("no user of that name")
    );
    let guess = |server: &Serving| {
        for n in 0..5 {
            let wrong = server.log_in("admin", &format!("kqzvt {n}"), "");
            assert_eq!(wrong.map_err(|answer| answer.status), Err(400));
        }
        let right = server.log_in("admin", &setup.password, "");
        assert_eq!(right.map_err(|answer| answer.status), Err(429));
    };
    let server = setup.serve();
    let token = server
        .log_in("admin", &setup.password, "users:write")
        .expect("logged in");
    guess(&server);
    let admit = |name: &str| {
        server
            .send("POST", &format!("/users/{name}/admission"), Some(&token), "", "")
            .status
    };
    assert_eq!((admit("nobody"), admit("admin")), (404, 204));
    guess(&server);
    drop(server);
    // It outlives the server.
    let server = setup.serve();
    let right = server.log_in("admin", &setup.password, "");
    assert_eq!(right.map_err(|answer| answer.status), Err(429));
    drop(server);
    assert!(setup.run(&["user", "admit", "admin"]).good().contains("can try again"));
    let server = setup.serve();
    server.log_in("admin", &setup.password, "").expect("admitted");
    guess(&server);
    drop(server);
    // A new password admits too.
    setup.run_with(&["user", "passwd", "admin"], "a new password\n").good();
    let server = setup.serve();
    server.log_in("admin", "a new password", "").expect("admitted");
    drop(server);
    let mut off = setup.command(&["serve", "--throttle", "false", "--listen", "127.0.0.1:0"]);
    off.env("RUST_LOG", "warn");
    let server = Serving::spawn(off);
    for n in 0..10 {
        let wrong = server.log_in("admin", &format!("kqzvt {n}"), "");
        assert_eq!(wrong.map_err(|answer| answer.status), Err(400), "off");
    }
}

#[test]
fn a_generated_password_logs_in() {
    let setup = Setup::new();
    let password = printed_password(&setup.run(&["user", "add", "bob", "--generate"]).good());
    let server = setup.serve();
    server.log_in("bob", &password, "").expect("logged in");
    let second = printed_password(&setup.run(&["user", "passwd", "bob", "--generate"]).good());
    server.log_in("bob", &second, "").expect("logged in");
    assert!(server.log_in("bob", &password, "").is_err());
}

#[test]
fn a_role_is_given_like_a_scope_and_what_it_holds_is_looked_up_when_a_token_is_made() {
    let setup = Setup::new();
    let config = setup.path().join("portcullis.toml");
    let holds = |scopes: &str| {
        let text = format!("[scopes]\nadd = \"Add posts.\"\ndrop = \"Drop posts.\"\n[roles]\neditor = {scopes}\n");
        std::fs::write(&config, text).expect("written");
    };
    holds("[\"add\"]");
    setup.run(&["user", "scopes", "admin", "users:write", "editor"]).good();
    setup.run(&["token", "issue", "admin", "--scopes", "add"]).good();
    let error = setup.run(&["token", "issue", "admin", "--scopes", "drop"]).bad(1);
    assert!(error.contains("may be granted: users:write add."), "{error}");
    holds("[\"add\", \"drop\"]");
    setup.run(&["token", "issue", "admin", "--scopes", "drop"]).good();
    for (scopes, told) in [
        ("[\"other\"]", "holds the scope `other`, which is not declared"),
        ("[\"users:write\"]", "given to users by its own name alone"),
        ("\"add\"", "`roles.editor`"),
        ("[\"a b\"]", "`roles.editor`"),
    ] {
        holds(scopes);
        let error = setup.run(&["user", "list"]).bad(2);
        assert!(error.contains(told) && error.contains("[roles]"), "{error}");
    }
}
