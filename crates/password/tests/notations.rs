//! Notations that look alike are told apart, and each is called by its own name.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used)]

use portcullis_password::explain::{Cost, Strength, explain};
use portcullis_password::{HashString, Origin, Password, Passwords, Verdict};

const PASSWORD: &str = "Correct-Horse-9";
const MATTERMOST: &str =
    "$pbkdf2$f=SHA256,w=600000,l=32$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY";
/// Python's `hashlib.pbkdf2_hmac` of the password under the salt "saltsaltsaltsalt", 1,000 rounds, in passlib's base64.
const SHA384: &str =
    "$pbkdf2-sha384$1000$c2FsdHNhbHRzYWx0c2FsdA$JPj1mqc/iXNJPSC0haggmFRrSYQGeizE1yDzFeMuGxzTQicprQp1ptmst/GkGi0f";
const BCRYPT: &str = r#"{"type":"password",
    "secretData":"{\"value\": \"$2a$10$dDnkFXxwQf2WQ5b3PA6u4ezfLp9QuwYuHFu9azFB81AuWnPazh9Wq\", \"salt\": \"\"}",
    "credentialData":"{\"hashIterations\": -1, \"algorithm\": \"bcrypt\"}"}"#;

fn verdict(passwords: &Passwords, password: &str, text: &str) -> Verdict {
    let stored = HashString::new(text);
    passwords
        .verify(&Password::from(password), Some(&stored))
        .expect("a sound hash")
}

#[test]
fn what_newer_servers_write_is_read_under_its_own_name() {
    let recommended = Passwords::recommended();
    for (text, name) in [
        (MATTERMOST, "mattermost_pbkdf2"),
        (SHA384, "pbkdf2_sha384"),
        (BCRYPT, "keycloak_bcrypt"),
    ] {
        let stored = HashString::new(text);
        assert_eq!(recommended.identify(&stored), Some(name), "{text}");
        assert_eq!(
            verdict(&recommended, "correct-horse-9", text),
            Verdict::Mismatch,
            "{text}"
        );
        assert_eq!(verdict(&recommended, PASSWORD, text), Verdict::Outdated, "{text}");
        let decoy = recommended.decoy_like(&stored, &[7; 32]).expect("it is sound");
        assert_eq!(recommended.identify(&decoy), Some(name), "{text}");
        assert_eq!(
            verdict(&recommended, PASSWORD, decoy.as_str()),
            Verdict::Mismatch,
            "{text}"
        );
    }
    let keycloak = Origin::Keycloak.passwords(None).expect("a sound policy");
    assert_eq!(verdict(&keycloak, PASSWORD, BCRYPT), Verdict::Outdated);
}

#[test]
fn what_is_explained_is_called_by_its_true_name_and_cost() {
    let told = explain(&HashString::new(MATTERMOST));
    assert_eq!(told.scheme, Some("mattermost_pbkdf2"));
    assert!(
        told.origin.contains("Mattermost") && told.weaknesses.is_empty(),
        "{told:?}"
    );
    let (rounds, advised) = (600_000, 600_000);
    assert_eq!(
        (told.cost, told.strength),
        (Some(Cost::Pbkdf2 { rounds, advised }), Strength::Strong)
    );
    let told = explain(&HashString::new(BCRYPT));
    assert_eq!(
        (told.scheme, told.cost),
        (Some("keycloak_bcrypt"), Some(Cost::Bcrypt(10)))
    );
    // passlib's own with rounds alone stays passlib's.
    let passlibs = "$pbkdf2$1212$THDqatpidANpadlLeTeOEg$HV3oi1k5C5LQCgG1BMOL.BX4YZc";
    assert_eq!(explain(&HashString::new(passlibs)).scheme, Some("pbkdf2_sha1"));
}

#[test]
fn a_credential_of_keycloak_is_told_by_its_algorithm_however_its_json_is_spaced() {
    let credential = |algorithm: &str| {
        format!(
            r#"{{"secretData":"{{\"value\": \"\"}}","credentialData":"{{\"hashIterations\" : 5, \"algorithm\" : \"{algorithm}\"}}"}}"#
        )
    };
    let recommended = Passwords::recommended();
    for (algorithm, name) in [
        ("argon2", "keycloak_argon2"),
        ("pbkdf2-sha256", "keycloak_pbkdf2"),
        ("bcrypt", "keycloak_bcrypt"),
    ] {
        let stored = HashString::new(credential(algorithm));
        assert_eq!(recommended.identify(&stored), Some(name));
    }
}

#[test]
fn a_broken_text_of_mattermost_is_refused_before_any_work() {
    let recommended = Passwords::recommended();
    for text in [
        "$pbkdf2$f=SHA256,w=600000$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY",
        "$pbkdf2$f=SHA256,w=600000,l=31$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY",
        "$pbkdf2$f=SHA256,w=1,w=2,l=32$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY",
        "$pbkdf2$f=SHA9,w=600000,l=32$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY",
        "$pbkdf2$f=SHA256,w=4000000000,l=32$PDX4Q61fzrUXFIvjzAagPQ$Ig/CwNNfkoRTCK19I3dlL+4HmGFUUWWbjCEfRviFLAY",
        "$pbkdf2$f=SHA256,w=600000,l=32$PDX4Q61fzrUXFIvjzAagPQ",
    ] {
        let stored = HashString::new(text);
        assert!(
            recommended.verify(&Password::from(PASSWORD), Some(&stored)).is_err(),
            "{text}"
        );
        assert!(recommended.decoy_like(&stored, &[7; 32]).is_none(), "{text}");
    }
}
