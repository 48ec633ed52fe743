//! `client`.

use serde_json::{Value, json};

use super::support::Setup;

#[test]
fn what_is_no_client_is_refused() {
    let setup = Setup::new();
    for id in ["", "a b", "\u{e4}", &"x".repeat(129)] {
        assert!(
            setup.run(&["client", "add", id]).bad(1).contains("visible ASCII"),
            "{id}"
        );
    }
    for id in [".", ".."] {
        assert!(
            setup
                .run(&["client", "add", id])
                .bad(1)
                .contains("something else in a path")
        );
    }
    for (arguments, words) in [
        (&["--public", "--grants", "client_credentials"][..], "public client"),
        (&["--grants", "password"], "first-party"),
    ] {
        let refused = setup.run(&[&["client", "add", "app"], arguments].concat());
        assert!(refused.bad(1).contains(words), "{words}");
    }
    for (arguments, words) in [
        (&["--grants", "implicit"][..], "no grant implicit"),
        (&["--scopes", "a\"b"], "scopes"),
        (&["--public", "--public-key", "x.pem"], "cannot be used with"),
    ] {
        let refused = setup.run(&[&["client", "add", "app"], arguments].concat());
        assert!(refused.bad(2).contains(words), "{words}");
    }
    assert!(
        setup
            .run(&["client", "add", "app", "--public-key", "/no/such/file"])
            .bad(1)
            .contains("cannot be read")
    );
    for command in ["show", "secret", "disable", "enable", "delete"] {
        assert!(
            setup
                .run(&["client", command, "nobody"])
                .bad(1)
                .contains("no client of that id"),
            "{command}"
        );
    }
    assert_eq!(setup.run(&["client", "list", "--json"]).json(), json!([]));
    assert!(setup.run(&["client", "list"]).good().contains("There are no clients"));
}

#[test]
fn a_private_key_is_refused_and_a_public_one_stands_in_for_a_secret() {
    let setup = Setup::new();
    let private = super::support::run(&["key", "new", "--algorithm", "EdDSA"]).good();
    let file = setup.path().join("job.jwk");
    std::fs::write(&file, &private).unwrap();
    let add = |id: &str| setup.run(&["client", "add", id, "--json", "--public-key", file.to_str().unwrap()]);
    assert!(add("job").bad(1).contains("private key"));
    let mut public: Value = serde_json::from_str(&private).unwrap();
    public.as_object_mut().unwrap().remove("d");
    std::fs::write(&file, public.to_string()).unwrap();
    let added = add("job").json();
    assert_eq!((&added["client_id"], &added["has_keys"]), (&json!("job"), &json!(true)));
    assert_eq!((added.get("client_secret"), &added["secrets"]), (None, &json!([])));
    assert!(
        setup
            .run(&["client", "secret", "job"])
            .bad(1)
            .contains("has no secrets")
    );
}

#[test]
fn a_secret_is_printed_once_and_a_third_is_refused() {
    let setup = Setup::new();
    let out = setup
        .run(&["client", "add", "reports", "--scopes", "users:read,items"])
        .good();
    let secret = |out: &str| {
        let line = out
            .lines()
            .find(|line| line.starts_with("client_secret "))
            .expect("a secret");
        line.split_whitespace().nth(1).expect("a secret").to_owned()
    };
    let first = secret(&out);
    assert!(
        out.starts_with("client_id      reports\n") && first.starts_with("pcs_"),
        "{out}"
    );
    assert!(setup.run(&["client", "add", "reports"]).bad(1).contains("already"));
    assert!(
        setup
            .run(&["client", "secret", "reports", "--drop"])
            .bad(1)
            .contains("one secret alone")
    );
    let second = secret(&setup.run(&["client", "secret", "reports"]).good());
    assert_ne!(first, second);
    assert!(
        setup
            .run(&["client", "secret", "reports"])
            .bad(1)
            .contains("two secrets already")
    );
    let shown = setup.run(&["client", "show", "reports"]).good() + &setup.run(&["client", "list", "--json"]).good();
    assert!(
        !shown.contains(&first) && !shown.contains(&second) && !shown.contains("pcs_"),
        "{shown}"
    );
    setup.run(&["client", "secret", "reports", "--drop"]).good();
    let shown = setup.run(&["client", "show", "reports", "--json"]).json();
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown["scopes"], json!(["users:read", "items"]));
    // Nor does it stand anywhere in the folder.
    for entry in std::fs::read_dir(setup.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let found = [&first, &second]
            .iter()
            .any(|secret| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn a_client_may_use_what_it_can_unless_told_otherwise() {
    let setup = Setup::new();
    for (arguments, grants) in [
        (&["--public", "--first-party"][..], json!(["password", "refresh_token"])),
        (
            &["--first-party"],
            json!(["password", "refresh_token", "client_credentials"]),
        ),
        (&[], json!(["client_credentials"])),
        (&["--public"], json!([])),
        (&["--first-party", "--grants", "password"], json!(["password"])),
        (&["--grants", ""], json!([])),
    ] {
        let added = setup
            .run(&[&["client", "add", "app", "--json"], arguments].concat())
            .json();
        assert_eq!(added["grants"], grants, "{arguments:?}");
        assert_eq!(added.get("client_secret").is_some(), !arguments.contains(&"--public"));
        setup.run(&["client", "delete", "app"]).good();
    }
}

#[test]
fn a_client_is_disabled_and_enabled_and_goes() {
    let setup = Setup::new();
    setup.run(&["client", "add", "a"]).good();
    setup.run(&["client", "disable", "a"]).good();
    assert_eq!(
        setup.run(&["client", "show", "a", "--json"]).json()["disabled"],
        json!(true)
    );
    assert!(setup.run(&["client", "list"]).good().contains("disabled"));
    setup.run(&["client", "enable", "a"]).good();
    assert_eq!(
        setup.run(&["client", "show", "a", "--json"]).json()["disabled"],
        json!(false)
    );
    setup.run(&["client", "delete", "a"]).good();
    assert!(
        setup
            .run(&["client", "show", "a"])
            .bad(1)
            .contains("no client of that id")
    );
}
