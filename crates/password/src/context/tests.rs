use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::Options;
use crate::schemes::{Argon2, Bcrypt, Pbkdf2Sha256, Scrypt};

fn cheap() -> Passwords {
    Passwords::new(Argon2::new(8, 1, 1).unwrap()).accept(Bcrypt::new(4).unwrap())
}

fn password() -> Password {
    Password::from("correct horse")
}

/// A scheme from elsewhere that takes every password and counts its work.
#[derive(Debug, Default, Clone)]
struct Gullible(Arc<AtomicUsize>);

impl Scheme for Gullible {
    fn name(&self) -> &'static str {
        "gullible"
    }

    fn identify(&self, text: &str) -> bool {
        text == "gullible"
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        assert!(!password.is_too_long());
        self.0.fetch_add(1, Ordering::Relaxed);
        self.identify(hash.as_str()).then_some(Ok(Verdict::Match))
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        0
    }

    fn decoy(&self, like: &HashString, _: &[u8; 32]) -> Option<HashString> {
        self.identify(like.as_str()).then(|| like.clone())
    }
}

impl Hasher for Gullible {
    fn hash(&self, _: &Password, _: &dyn Random) -> Result<HashString, HashError> {
        Ok(HashString::new("gullible"))
    }

    fn needs_update(&self, _: &HashString) -> bool {
        false
    }

    fn fresh_decoy(&self, _: &[u8; 32]) -> HashString {
        HashString::new("gullible")
    }
}

#[test]
fn an_unknown_hash_is_an_error_and_needs_an_update() {
    for text in [
        "",
        " ",
        "$",
        "$$",
        "secret",
        "$1$abc$def",
        "$6$x$y",
        "{SSHA}abc",
        "*0",
        "!",
        "$2b",
        "$argon2",
    ] {
        let stored = HashString::new(text);
        assert!(
            matches!(cheap().verify(&password(), Some(&stored)), Err(HashError::Unknown)),
            "{text:?}"
        );
        assert!(
            cheap().verify_and_update(&password(), Some(&stored)).is_err(),
            "{text:?}"
        );
        assert!(cheap().needs_update(&stored), "{text:?}");
        assert_eq!(cheap().identify(&stored), None, "{text:?}");
    }
}

#[test]
fn one_scheme_alone_is_asked_for_what_the_recommended_context_makes() {
    let passwords = Passwords::recommended();
    let stored = HashString::new("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AJFIsNZTMKTAewB4+ETN1A");
    let asked: Vec<_> = passwords.knowing(&stored).map(Scheme::name).collect();
    assert_eq!(asked, ["argon2"]);
}

#[test]
fn what_is_not_accepted_is_unknown() {
    let stored = Passwords::new(Scrypt::new(1, 1, 1).unwrap()).hash(&password()).unwrap();
    assert!(matches!(
        cheap().verify(&password(), Some(&stored)),
        Err(HashError::Unknown)
    ));
    assert!(
        Passwords::recommended()
            .verify(&password(), Some(&stored))
            .unwrap()
            .is_match()
    );
}

#[test]
fn nothing_stored_does_the_work_of_the_current_scheme_and_never_matches() {
    let scheme = Gullible::default();
    let passwords = Passwords::new(scheme.clone());
    assert_eq!(passwords.verify(&password(), None).unwrap(), Verdict::Mismatch);
    assert_eq!(scheme.0.load(Ordering::Relaxed), 1);
    assert_eq!(passwords.verify_and_update(&password(), None).unwrap(), (false, None));
}

#[test]
fn a_password_over_the_limit_does_the_work_and_never_matches_whatever_the_scheme_says() {
    let scheme = Gullible::default();
    let passwords = cheap().accept(scheme.clone());
    let stored = HashString::new("gullible");
    let too_long = Password::from(vec![b'x'; Password::MAX_LEN + 1]);
    assert_eq!(passwords.verify(&too_long, Some(&stored)).unwrap(), Verdict::Mismatch);
    assert_eq!(scheme.0.load(Ordering::Relaxed), 1);
    assert!(matches!(
        passwords.hash(&too_long),
        Err(HashError::PasswordTooLong { limit: 4096, .. })
    ));
}

#[test]
fn the_hash_of_another_scheme_is_outdated_and_becomes_one_of_the_current() {
    let old = Passwords::new(Bcrypt::new(12).unwrap()).decoy(None, &[1; 32]);
    assert!(cheap().needs_update(&old), "even one that costs more");
    let stored = Passwords::new(Bcrypt::new(4).unwrap()).hash(&password()).unwrap();
    assert_eq!(cheap().verify(&password(), Some(&stored)).unwrap(), Verdict::Outdated);
    assert_eq!(
        cheap().verify(&Password::from("wrong"), Some(&stored)).unwrap(),
        Verdict::Mismatch
    );
    let (right, better) = cheap().verify_and_update(&password(), Some(&stored)).unwrap();
    assert!(right && cheap().identify(&better.unwrap()) == Some("argon2"));
}

#[test]
fn what_the_current_scheme_does_not_know_needs_an_update_whatever_that_scheme_says() {
    assert!(Passwords::new(Gullible::default()).needs_update(&HashString::new("another")));
    assert!(!Passwords::new(Gullible::default()).needs_update(&HashString::new("gullible")));
}

#[test]
fn a_wrong_password_never_gives_a_new_hash() {
    let stored = Passwords::new(Bcrypt::new(4).unwrap()).hash(&password()).unwrap();
    assert_eq!(
        cheap()
            .verify_and_update(&Password::from("wrong"), Some(&stored))
            .unwrap(),
        (false, None)
    );
}

#[test]
fn a_weaker_hash_of_the_current_scheme_is_outdated_and_a_stronger_one_is_not() {
    let stronger = Passwords::new(Argon2::new(16, 2, 1).unwrap());
    let weak = cheap().hash(&password()).unwrap();
    let strong = stronger.hash(&password()).unwrap();
    assert_eq!(stronger.verify(&password(), Some(&weak)).unwrap(), Verdict::Outdated);
    assert_eq!(cheap().verify(&password(), Some(&strong)).unwrap(), Verdict::Match);
}

#[test]
fn a_password_that_the_current_scheme_cannot_take_keeps_its_hash() {
    let long = Password::from("x".repeat(80));
    let stored = Passwords::new(Pbkdf2Sha256::new(1).unwrap()).hash(&long).unwrap();
    let bcrypt = Passwords::new(Bcrypt::new(4).unwrap()).accept(Pbkdf2Sha256::new(1).unwrap());
    assert_eq!(bcrypt.verify_and_update(&long, Some(&stored)).unwrap(), (true, None));
}

#[test]
fn the_former_current_scheme_stays_accepted() {
    let stored = cheap().hash(&password()).unwrap();
    let passwords = cheap().with_current(Bcrypt::new(4).unwrap());
    assert_eq!(passwords.current(), "bcrypt");
    assert_eq!(passwords.verify(&password(), Some(&stored)).unwrap(), Verdict::Outdated);
}

#[test]
fn recommended_makes_argon2id_with_19_mib_and_two_passes() {
    let passwords = Passwords::recommended();
    assert!(
        passwords
            .hash(&password())
            .unwrap()
            .as_str()
            .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
    );
    // The stored hash of the tutorial's johndoe.
    let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
    assert_eq!(
        passwords.verify(&Password::from("secret"), Some(&stored)).unwrap(),
        Verdict::Outdated
    );
    assert_eq!(
        passwords.verify(&Password::from("Secret"), Some(&stored)).unwrap(),
        Verdict::Mismatch
    );
}

#[test]
fn the_random_source_is_the_one_handed_in() {
    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, dest: &mut [u8]) -> Result<(), crate::RandomError> {
            dest.fill(7);
            Ok(())
        }
    }
    let passwords = cheap().with_random(Arc::new(Fixed));
    assert_eq!(
        passwords.hash(&password()).unwrap(),
        passwords.clone().hash(&password()).unwrap()
    );
}

#[test]
fn debug_names_the_schemes_and_nothing_else() {
    let shown = format!("{:?}", cheap());
    assert!(shown.contains("Argon2") && shown.contains("Bcrypt"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn one_update_settles_the_matter(text in "[^\0]{0,24}", scheme in 0..3) {
        let password = Password::from(text);
        let old = match scheme {
            0 => Passwords::new(Bcrypt::new(4).unwrap()),
            1 => Passwords::new(Scrypt::new(1, 1, 1).unwrap()),
            _ => Passwords::new(Argon2::new(8, 1, 1).unwrap()),
        };
        prop_assume!(password.as_bytes().len() <= 72);
        let stored = old.hash(&password).unwrap();
        let now = Passwords::new(Argon2::new(8, 2, 1).unwrap()).accept(Bcrypt::default()).accept(Scrypt::default());
        let (right, better) = now.verify_and_update(&password, Some(&stored)).unwrap();
        prop_assert!(right);
        let better = better.unwrap();
        prop_assert!(!now.needs_update(&better));
        prop_assert_eq!(now.verify_and_update(&password, Some(&better)).unwrap(), (true, None));
    }
}

#[test]
fn a_text_that_two_schemes_write_is_verified_by_the_one_that_wrote_it() {
    let options = || Options::new().with("password_salt", "of the application");
    let cheap = |name: &str| {
        let maker = schemes::registry::maker(name).unwrap();
        maker
            .make(&options().with("memory_cost", "64").with("rounds", "1"))
            .unwrap()
    };
    let (plain, keyed) = (cheap("argon2"), cheap("flask_security_hmac_argon2"));
    let password = Password::from("correct horse");
    let old = keyed.hash(&password, &OsRandom).unwrap();
    let passwords = Passwords::new(plain).accept(keyed);
    assert_eq!(passwords.verify(&password, Some(&old)).unwrap(), Verdict::Outdated);
    assert_eq!(
        passwords.verify(&Password::from("another"), Some(&old)).unwrap(),
        Verdict::Mismatch
    );
    let (right, better) = passwords.verify_and_update(&password, Some(&old)).unwrap();
    let better = better.filter(|_| right).unwrap();
    assert_eq!(
        passwords.verify(&password, Some(&better)).unwrap(),
        Verdict::Match,
        "and stays so"
    );
    assert!(passwords.memory_kib(Some(&old)) >= 64);
}

#[test]
fn a_hash_that_one_scheme_cannot_read_is_read_by_another() {
    let md5 = || match schemes::named("hex_md5", &Options::new()) {
        Ok(schemes::Named::Broken(scheme)) => scheme,
        other => panic!("{other:?}"),
    };
    let nt = match schemes::named("nthash", &Options::new()) {
        Ok(schemes::Named::Broken(scheme)) => scheme,
        other => panic!("{other:?}"),
    };
    let passwords = Passwords::new(schemes::Argon2::default())
        .accept_broken(nt)
        .accept_broken(md5());
    let stored = HashString::new("5f4dcc3b5aa765d61d8327deb882cf99");
    assert_eq!(
        passwords.verify(&Password::from("password"), Some(&stored)).unwrap(),
        Verdict::Outdated
    );
    assert_eq!(
        passwords.verify(&Password::from("Password"), Some(&stored)).unwrap(),
        Verdict::Mismatch
    );
}
