//! What holds for every command, and the commands that need no data folder.

use super::support::{Setup, run, run_with};

#[test]
fn nothing_asked_and_nonsense_asked_are_usage_errors() {
    assert!(run(&[]).bad(2).contains("First steps"));
    assert!(run(&["sreve"]).bad(2).contains("serve"));
    assert!(run(&["serve", "--listne", "x"]).bad(2).contains("--listen"));
}

#[test]
fn a_password_cannot_be_given_as_an_argument() {
    let setup = Setup::new();
    for arguments in [
        &["user", "add", "alice", "--password", "correct horse"][..],
        &["user", "add", "alice", "correct horse"],
        &["user", "passwd", "admin", "correct horse"],
        &["user", "passwd", "admin", "--password=correct horse"],
        &["hash", "create", "correct horse"],
        &["hash", "verify", "$2b$04$x", "correct horse"],
        &["init", "--password", "correct horse"],
    ] {
        setup.run(arguments).bad(2);
    }
    assert_eq!(
        setup.run(&["user", "list", "--json"]).json().as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn help_teaches_and_every_command_has_an_example() {
    let top = run(&["--help"]).good();
    assert!(top.contains("First steps") && top.contains("portcullis init"), "{top}");
    for command in [
        &["demo"][..],
        &["init"],
        &["serve"],
        &["adopt"],
        &["backup"],
        &["backup", "verify"],
        &["restore"],
        &["user", "add"],
        &["user", "list"],
        &["user", "scopes"],
        &["user", "import"],
        &["user", "export"],
        &["client", "add"],
        &["client", "list"],
        &["client", "show"],
        &["client", "secret"],
        &["client", "disable"],
        &["client", "enable"],
        &["client", "delete"],
        &["key", "list"],
        &["key", "new"],
        &["key", "rotate"],
        &["key", "retire"],
        &["key", "import"],
        &["key", "export"],
        &["key", "rewrap"],
        &["key", "reset"],
        &["token", "issue"],
        &["token", "inspect"],
        &["hash", "create"],
        &["hash", "verify"],
        &["hash", "explain"],
        &["hash", "audit"],
        &["hash", "wrap"],
        &["openapi"],
    ] {
        let help = run(&[command, &["--help"]].concat()).good();
        assert!(help.contains("Example"), "{help}");
    }
    let serve = run(&["serve", "--help"]).good();
    for key in [
        "--listen",
        "--issuer",
        "--access-token-minutes",
        "PORTCULLIS_HASHING_THREADS",
        "[default: 30]",
    ] {
        assert!(serve.contains(key), "{key} in {serve}");
    }
}

#[test]
fn the_document_is_printed_without_a_data_folder() {
    let serve = run(&["openapi"]).json();
    let paths: Vec<_> = serve["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .map(String::as_str)
        .collect();
    for path in [
        "/token",
        "/users/me/",
        "/users/",
        "/users/{username}",
        "/health/ready",
        "/.well-known/jwks.json",
    ] {
        assert!(paths.contains(&path), "{path} of {paths:?}");
    }
    let guard = &serve["paths"]["/users/"]["post"]["security"][0]["OAuth2PasswordBearer"];
    assert_eq!(guard, &serde_json::json!(["users:write"]));
    let demo = run(&["openapi", "--demo"]).json();
    assert!(demo["paths"]["/users/me/items/"].is_object() && demo["paths"].get("/users/").is_none());
    assert!(run(&["openapi", "--scopes"]).json()["paths"]["/status/"].is_object());
}

#[test]
fn hashes_are_made_verified_and_identified() {
    const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    assert!(
        run_with(&["hash", "verify", BCRYPT], "wrong\n")
            .bad(1)
            .contains("does not match")
    );
    assert!(
        run_with(&["hash", "verify", "nonsense"], "secret\n")
            .bad(1)
            .contains("no scheme")
    );
    assert!(
        run_with(&["hash", "identify", "nonsense"], "")
            .bad(1)
            .contains("no scheme")
    );
    assert!(
        run_with(&["hash", "create", "--scheme", "md5"], "secret\n")
            .bad(2)
            .contains("argon2")
    );
    run_with(&["hash", "verify", BCRYPT], "secret\n").good();
    let said = run(&["hash", "identify", BCRYPT, "--json"]).json();
    assert_eq!(
        (&said["scheme"], &said["needs_update"]),
        (&"bcrypt".into(), &true.into())
    );
    let hash = run_with(&["hash", "create"], "correct horse\n").good();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let said = run_with(&["hash", "verify", hash.trim(), "--json"], "correct horse\n").json();
    assert_eq!((&said["matches"], &said["needs_update"]), (&true.into(), &false.into()));
}
