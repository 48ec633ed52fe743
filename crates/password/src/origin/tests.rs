use super::*;
use crate::{HashString, Password, Verdict};

fn secret(origin: Origin) -> Option<&'static str> {
    matches!(origin, Origin::FlaskSecurity | Origin::Devise).then_some("of the application")
}

#[test]
fn what_an_origin_gets_it_reads_itself_and_leaves_alone() {
    for origin in Origin::all() {
        let passwords = origin.passwords(secret(origin)).expect("a sound policy");
        let password = Password::from("correct horse");
        let stored = passwords.hash(&password).expect("a hash");
        assert_eq!(
            passwords.verify(&password, Some(&stored)).ok(),
            Some(Verdict::Match),
            "{origin}"
        );
        let other = passwords.verify(&Password::from("Correct horse"), Some(&stored));
        assert_eq!(other.ok(), Some(Verdict::Mismatch), "{origin}");
        assert_eq!(origin.name().parse(), Ok(origin));
        // Keycloak spreads its JSON over two columns of long text.
        let fits = stored.as_str().len() <= 255 || origin == Origin::Keycloak;
        assert!(fits, "{origin}: the usual column takes it");
    }
    assert_eq!("rails".parse::<Origin>(), Err(UnknownOrigin));
}

#[test]
fn every_origin_gets_its_own_notation() {
    for (origin, begin) in [
        (Origin::Django, "pbkdf2_sha256$1000000$"),
        (Origin::Flask, "scrypt:32768:8:1$"),
        (Origin::FlaskSecurity, "$argon2id$v=19$m=65536,t=3,p=4$"),
        (Origin::FastApiUsers, "$argon2id$v=19$m=65536,t=3,p=4$"),
        (Origin::Laravel, "$2y$12$"),
        (Origin::Devise, "$2a$12$"),
        (Origin::WordPress, "$wp$2y$10$"),
        (Origin::WordPressBefore68, "$2y$10$"),
        (Origin::AspNet, "AQAAAAIAAYagAAAAE"),
    ] {
        let passwords = origin.passwords(secret(origin)).expect("a sound policy");
        let stored = passwords.hash(&Password::from("x")).expect("a hash");
        assert!(stored.as_str().starts_with(begin), "{origin}");
    }
}

#[test]
fn flask_security_without_its_secret_is_no_policy() {
    assert!(Origin::FlaskSecurity.passwords(None).is_err());
}

#[test]
fn djangos_own_older_hashes_are_upgraded_or_left_alone_as_django_would() {
    let django = Origin::Django.passwords(None).expect("a sound policy");
    for (stored, due) in [
        (
            "pbkdf2_sha256$600000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            true,
        ),
        (
            "pbkdf2_sha256$1200000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            false,
        ),
        (
            "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzb21lc2FsdA$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs",
            false,
        ),
    ] {
        assert_eq!(django.needs_update(&HashString::new(stored)), due, "{stored}");
    }
    assert_eq!(django.identify(&HashString::new("!unusable")), Some("django_unusable"));
    let oldest = HashString::new("sha1$54123$893cf12e134c3c215f3a76bd50d13f92404a54d3");
    assert_eq!(django.identify(&oldest), Some("django_salted_sha1"));
    assert!(django.needs_update(&oldest));
}
