//! The commands, run as a user would run them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

mod cli_support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use cli_support::{Setup, command, finish, printed_password, run, run_with};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

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

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("letter.txt"), "dear").expect("written");
    let error = run(&["init", "--data", folder.path().to_str().unwrap()]).bad(1);
    assert!(error.contains("letter.txt"), "{error}");
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("listed").count(),
        1,
        "nothing was left behind"
    );
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

#[test]
fn an_unknown_setting_names_its_place_and_the_nearest_one() {
    let setup = Setup::new();
    std::fs::write(setup.path().join("portcullis.toml"), "lisen = \"127.0.0.1:0\"\n").expect("written");
    let error = setup.run(&["serve"]).bad(2);
    assert!(
        error.contains("`lisen`") && error.contains("portcullis.toml") && error.contains("is listen"),
        "{error}"
    );
    let mut serve = command(&["serve", "--data", &setup.data]);
    serve.env("PORTCULLIS_AUDIENC", "x");
    let error = finish(serve, "").bad(2);
    assert!(
        error.contains("PORTCULLIS_AUDIENC is no setting") && error.contains("PORTCULLIS_AUDIENCE"),
        "{error}"
    );
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    let setup = Setup::new();
    assert_eq!(setup.run(&["user", "list"]).err, "");
    let key = std::fs::read_dir(setup.path().join("keys"))
        .unwrap()
        .flatten()
        .next()
        .expect("a key")
        .path();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let run = setup.run(&["user", "list"]);
    assert!(run.err.contains("WARN") && run.err.contains("chmod 600"), "{run:?}");
}

#[test]
fn a_broken_key_is_an_error_that_does_not_quote_it() {
    let setup = Setup::new();
    let key = std::fs::read_dir(setup.path().join("keys"))
        .unwrap()
        .flatten()
        .next()
        .expect("a key")
        .path();
    let text = std::fs::read_to_string(&key).expect("read").replace("\"k\"", "\"q\"");
    let secret = text
        .split('"')
        .find(|word| word.len() == 43)
        .expect("the secret")
        .to_owned();
    std::fs::write(&key, text).expect("written");
    let error = setup.run(&["serve"]).bad(1);
    assert!(error.contains("is not a key") && !error.contains(&secret), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_an_error_of_its_own() {
    let setup = Setup::new();
    for journal in ["users.db-wal", "users.db-shm"] {
        let _ = std::fs::remove_file(setup.path().join(journal));
    }
    std::fs::write(
        setup.path().join("users.db"),
        "no database at all, but long enough to be looked at".repeat(100),
    )
    .unwrap();
    let error = setup.run(&["user", "list"]).bad(1);
    assert!(error.contains("users.db cannot be opened"), "{error}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let setup = Setup::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let error = setup.run(&["serve", "--listen", &address]).bad(1);
    assert!(error.contains(&address) && error.contains("--listen"), "{error}");
}

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

    setup.run(&["user", "enable", "alice"]).good();
    setup.run(&["user", "delete", "alice"]).good();
    setup.run(&["user", "show", "alice"]).bad(1);
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
fn a_new_key_has_256_bits_in_hexadecimal_and_is_another_each_time() {
    let (one, two) = (run(&["key", "new"]).good(), run(&["key", "new"]).good());
    assert!(
        one.trim().len() == 64 && one.trim().bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{one}"
    );
    assert_ne!(one, two);
}

#[test]
fn a_token_is_issued_only_for_what_the_user_may() {
    let setup = Setup::new();
    assert!(setup.run(&["token", "issue", "nobody"]).bad(1).contains("no user"));
    assert!(
        setup
            .run(&["token", "issue", "admin", "--scopes", "everything"])
            .bad(1)
            .contains("everything")
    );
    setup.run(&["token", "issue", "admin", "--minutes", "0"]).bad(2);
    let token = setup
        .run(&["token", "issue", "admin", "--scopes", "users:read", "--minutes", "5"])
        .good();
    let said = setup.run(&["token", "inspect", token.trim(), "--json"]).json();
    assert_eq!(
        (&said["accepted"], &said["claims"]["scope"]),
        (&true.into(), &"users:read".into())
    );
    assert_eq!(said["header"]["typ"], "at+jwt");
    assert_eq!(
        said["claims"]["exp"].as_u64(),
        said["claims"]["iat"].as_u64().map(|iat| iat + 300)
    );
    setup.run(&["user", "disable", "admin"]).good();
    assert!(setup.run(&["token", "issue", "admin"]).bad(1).contains("disabled"));
    let said = setup.run(&["token", "inspect", token.trim(), "--json"]).json();
    assert_eq!(
        (&said["accepted"], &said["signatures"][0]["holds"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn inspect_says_whether_the_signature_holds_under_the_secret_key() {
    // RFC 7515, appendix A.1, whose key is not text: this one was made with the secret below.
    let secret = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";
    let token = cli_support_token(secret);
    let inspect = |secret: Option<&str>, token: &str| {
        let mut inspect = command(&["token", "inspect", token]);
        // Where nothing is set up.
        inspect.current_dir(std::env::temp_dir());
        if let Some(secret) = secret {
            inspect.env("SECRET_KEY", secret);
        }
        finish(inspect, "")
    };
    let text = inspect(Some(secret), &token).good();
    assert!(
        text.contains("holds under SECRET_KEY") && text.contains("johndoe"),
        "{text}"
    );
    assert!(
        text.contains("2001-09-09 01:46:40 UTC") && text.contains("years ago"),
        "{text}"
    );
    assert!(inspect(Some("another secret"), &token).good().contains("does NOT hold"));
    assert!(inspect(None, &token).good().contains("not checked"));
    let forged = format!("{}x", &token[..token.len() - 1]);
    assert!(inspect(Some(secret), &forged).good().contains("does NOT hold"));
    for bad in ["", "a", "a.b", "a.b.c", "a.b.c.d", "bm8.bm8.bm8"] {
        assert!(
            inspect(Some(secret), bad).bad(1).contains("not a JSON Web Token"),
            "{bad:?}"
        );
    }
    let mut from_input = command(&["token", "inspect"]);
    from_input.env("SECRET_KEY", secret).current_dir(std::env::temp_dir());
    assert!(
        finish(from_input, &format!("Bearer {token}\n"))
            .good()
            .contains("holds under")
    );
}

fn cli_support_token(secret: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let (header, claims) = (
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"sub":"johndoe","exp":1000000000}"#,
    );
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[test]
fn what_a_token_says_cannot_steer_the_terminal() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let claims = "{\"sub\":\"\u{9b}31mred\u{202e}\",\"a\\u001b[2J\":1}";
    let token = format!("{}.{}.AA", BASE64.encode("{\"alg\":\"none\"}"), BASE64.encode(claims));
    let mut inspect = command(&["token", "inspect", &token]);
    inspect.current_dir(std::env::temp_dir());
    let text = finish(inspect, "").good();
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
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
fn help_teaches_and_every_command_has_an_example() {
    let top = run(&["--help"]).good();
    assert!(top.contains("First steps") && top.contains("portcullis init"), "{top}");
    for command in [
        &["demo"][..],
        &["init"],
        &["serve"],
        &["user", "add"],
        &["user", "list"],
        &["user", "scopes"],
        &["key", "new"],
        &["token", "issue"],
        &["token", "inspect"],
        &["hash", "create"],
        &["hash", "verify"],
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
