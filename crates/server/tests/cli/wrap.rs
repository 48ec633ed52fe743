//! `hash wrap`.

use super::support::Setup;

/// "password" under MD5, and under OpenLDAP's salted SHA-1 by another program.
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const SHA: &str = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

fn setup() -> Setup {
    let setup = Setup::new();
    std::fs::write(
        setup.path().join("portcullis.toml"),
        "[passwords]\naccept = [\"hex_md5\", \"ldap_sha1\"]\n",
    )
    .expect("written");
    let path = setup.path().join("../users.csv");
    let text = format!("username,password_hash\nalice,{MD5}\nbob,{SHA}\ncarol,{MD5}\n");
    std::fs::write(&path, text).expect("written");
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
fn users_log_in_before_during_and_after() {
    let setup = setup();
    let server = setup.serve();
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
