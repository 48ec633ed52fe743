//! The hash that costs nothing is nobody else's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use portcullis_core::password::{HashError, Options, Verdict, schemes};
use portcullis_core::{Account, Auth, HashString, MemoryUsers, Password, Passwords, jose::SigningKey};
use portcullis_testing::{SECRET, TestHash, hash};

#[test]
fn a_stored_hash_of_a_test_is_refused_by_every_other_context() {
    let (stored, right) = (hash("secret"), Password::from("secret"));
    let recommended = Passwords::recommended();
    assert_eq!(recommended.identify(&stored), None);
    assert!(matches!(
        recommended.verify(&right, Some(&stored)),
        Err(HashError::Unknown)
    ));
    let mut asked = 0;
    for name in schemes::names() {
        let Ok(scheme) = schemes::named(name, &Options::new()) else {
            continue;
        };
        asked += 1;
        let verdict = Passwords::only(scheme).verify(&right, Some(&stored));
        assert!(!matches!(verdict, Ok(Verdict::Match | Verdict::Outdated)), "{name}");
    }
    assert!(asked > 50, "{asked}");
}

#[tokio::test]
async fn a_user_of_a_test_logs_in_at_no_real_auth() {
    let users = MemoryUsers::from_iter([Account::new("alice").with_password_hash(hash("secret"))]);
    let auth = Auth::builder(SigningKey::hs256(SECRET).unwrap(), users)
        .build()
        .unwrap();
    let credentials = portcullis_core::Credentials::new("alice", Password::from("secret"));
    assert!(auth.log_in(credentials).await.is_err());
}

#[test]
fn the_hash_matches_its_own_password_alone_and_tells_what_is_broken() {
    let passwords = Passwords::new(TestHash);
    let stored = passwords.hash(&Password::from("secret")).unwrap();
    assert_ne!(stored, passwords.hash(&Password::from("secret")).unwrap());
    assert_eq!(
        passwords.verify(&Password::from("secret"), Some(&stored)).unwrap(),
        Verdict::Match
    );
    for wrong in ["", "Secret", "secret "] {
        assert_eq!(
            passwords.verify(&Password::from(wrong), Some(&stored)).unwrap(),
            Verdict::Mismatch
        );
    }
    let long = Password::from("x".repeat(Password::MAX_LEN + 1));
    assert!(passwords.hash(&long).is_err());
    for broken in [
        "$portcullis-testing$",
        "$portcullis-testing$00$00",
        "$portcullis-testing$zz$",
    ] {
        let verdict = passwords.verify(&Password::from("secret"), Some(&HashString::new(broken)));
        assert!(matches!(verdict, Err(HashError::Malformed { .. })), "{broken}");
    }
}
