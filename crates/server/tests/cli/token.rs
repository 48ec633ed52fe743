//! `token`.

use super::support::{Setup, command, finish};

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
    // The last administrator stays one.
    let another = &["user", "add", "alice", "--scopes", "users:write"];
    setup.run_with(another, "correct horse\n").good();
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
    let token = token_of(secret);
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

fn token_of(secret: &str) -> String {
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
fn inspect_says_which_key_signed_and_where_that_is_in_its_life() {
    let (setup, other) = (Setup::new(), Setup::new());
    let issue = |setup: &Setup| setup.run(&["token", "issue", "admin"]).good().trim().to_owned();
    let foreign = issue(&other);
    let text = setup.run(&["token", "inspect", &foreign]).good();
    assert!(text.contains("has no key") && text.contains("refuses it"), "{text}");
    let nameless = token_of("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7");
    let text = setup.run(&["token", "inspect", &nameless]).good();
    assert!(text.contains("names no key (kid)"), "{text}");

    let token = issue(&setup);
    let state = || {
        let said = setup.run(&["token", "inspect", &token, "--json"]).json();
        let signature = &said["signatures"][0];
        assert_eq!(
            (&signature["algorithm"], &signature["holds"]),
            (&"EdDSA".into(), &true.into())
        );
        let state = signature["state"].as_str().expect("a state").to_owned();
        (state, said["accepted"] == true)
    };
    let is = |(state, accepted): (String, bool), expected: &str| state.starts_with(expected) && accepted;
    assert!(is(state(), "active since 2"));
    setup.run(&["key", "rotate", "--now"]).good();
    assert!(is(state(), "retiring since 2"));
    let kid = setup.run(&["token", "inspect", &token, "--json"]).json()["header"]["kid"].clone();
    setup.run(&["key", "retire", kid.as_str().expect("an id")]).good();
    let (state, accepted) = state();
    assert!(state.starts_with("retired since 2") && !accepted, "{state}");
}
