use super::*;

#[test]
fn secrets_that_are_empty_short_or_key_files_are_refused() {
    assert_eq!(SigningKey::hs256("").err(), Some(KeyError::Empty));
    let short = KeyError::TooShort {
        algorithm: Algorithm::HS512,
        bytes: 63,
    };
    assert_eq!(SigningKey::hmac(Algorithm::HS512, &[1; 63]).err(), Some(short));
    let pem = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";
    assert_eq!(SigningKey::hs256(pem).err(), Some(KeyError::KeyFile));
    assert!(SigningKey::allow_short_hmac_key(Algorithm::HS256, b"short").is_ok());
}

#[test]
fn a_secret_is_no_key_for_an_asymmetric_algorithm() {
    let wrong = Some(KeyError::WrongKind(KeyKind::Secret));
    assert_eq!(SigningKey::hmac(Algorithm::RS256, &[7; 64]).err(), wrong);
    assert_eq!(SigningKey::hmac(Algorithm::EdDSA, &[7; 64]).err(), wrong);
}

#[test]
fn a_variable_that_is_not_set_says_how_to_make_a_secret() {
    let error = SigningKey::from_env("PORTCULLIS_NO_SUCH_VARIABLE").expect_err("not set");
    assert!(error.to_string().contains("openssl rand -hex 32"));
}

#[test]
fn key_ids_have_an_end_and_no_control_characters() {
    let key = || SigningKey::hs256([7; 32]).expect("a key");
    for bad in ["", "a\n", "\u{0}", "a\u{7f}", &"x".repeat(257)] {
        assert_eq!(key().with_key_id(bad).err(), Some(KeyError::BadKeyId), "{bad:?}");
    }
    for good in ["2026-11", "HMAC key used in JWS A.1 example", "schl\u{fc}ssel"] {
        assert_eq!(
            key().with_key_id(good).expect("good").verifying_key().key_id(),
            Some(good)
        );
    }
}

#[test]
fn debug_shows_no_material() {
    let key = SigningKey::hs256("a very secret text of forty-two characters").expect("a key");
    assert!(!format!("{key:?}{:?}", key.verifying_key()).contains("secret text"));
}
