use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::options::Options;
use crate::scheme::{Hasher, Scheme};
use crate::{Flaw, HashError, HashString, OsRandom, Password, Passwords, Random, RandomError, Verdict};

fn cheapest(name: &str, rounds: &str) -> Arc<dyn Hasher> {
    let options = Options::new().with("rounds", rounds);
    let options = options
        .with("memory_cost", "64")
        .with("parallelism", "1")
        .with("block_size", "1");
    let maker = registry::maker(name).unwrap();
    maker
        .make(&options.with("password_salt", "of the application"))
        .unwrap()
}

fn sound_schemes() -> Vec<Arc<dyn Scheme>> {
    let accepted = sound().map(|scheme| crate::accepted::Accepted::of(scheme, true));
    accepted.map(|accepted| accepted.scheme).collect()
}

/// Every scheme of the registry, with some value for each option that it cannot be had without.
fn every_scheme() -> impl Iterator<Item = Arc<dyn Scheme>> {
    let key = "A".repeat(44);
    names().map(move |name| {
        let mut options = Options::new();
        loop {
            match registry::inner(name, &options) {
                Err(crate::SchemeError::MissingOption(option)) => {
                    let value = match option {
                        "signer_key" => key.as_str(),
                        "algorithm" => "sha512",
                        "salt_separator" => "Bw==",
                        _ => "8",
                    };
                    options = options.with(option, value);
                }
                scheme => return scheme.unwrap(),
            }
        }
    })
}

/// Every hasher at its cheapest, but Devise's, which cuts as bcrypt does.
fn cheap() -> Vec<Arc<dyn Hasher>> {
    vec![
        Arc::new(Argon2::new(8, 1, 1).unwrap()),
        Arc::new(Bcrypt::new(4).unwrap()),
        Arc::new(BcryptSha256::new(4).unwrap()),
        Arc::new(Scrypt::new(1, 1, 1).unwrap()),
        Arc::new(Pbkdf2Sha256::new(1).unwrap()),
        Arc::new(Pbkdf2Sha512::new(1).unwrap()),
        cheapest("django_pbkdf2_sha256", "1"),
        cheapest("django_argon2", "1"),
        cheapest("django_bcrypt_sha256", "4"),
        cheapest("django_scrypt", "1"),
        cheapest("werkzeug_scrypt", "1"),
        cheapest("werkzeug_pbkdf2", "1"),
        cheapest("wordpress_bcrypt", "4"),
        cheapest("keycloak_argon2", "1"),
        cheapest("keycloak_pbkdf2", "1"),
        cheapest("aspnet_identity_v3", "1"),
        cheapest("flask_security_hmac_argon2", "1"),
        cheapest("flask_security_hmac_bcrypt", "4"),
        cheapest("flask_security_hmac_pbkdf2_sha512", "1"),
    ]
}

/// One sound hash of each notation that is only read.
const READ_ONLY: &[&str] = &[
    "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS",
    "$pbkdf2$1212$THDqatpidANpadlLeTeOEg$HV3oi1k5C5LQCgG1BMOL.BX4YZc",
    "$7$BU..../.....HacLaiuR5vQA6lopiqCL1$tyeYLozDthsXKB8D0oV3womGtBm3bD6Go7mIuYFNDK4",
];

struct Broken;

impl Random for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::new("no entropy today"))
    }
}

fn verify(scheme: &dyn Scheme, password: impl Into<Password>, hash: &HashString) -> Verdict {
    scheme
        .verify(&password.into(), hash)
        .expect("written by this scheme")
        .expect("sound")
}

#[test]
fn a_cost_out_of_bounds_makes_no_scheme() {
    assert!(Argon2::new(7, 1, 1).is_err() && Argon2::new(8, 0, 1).is_err() && Argon2::new(8, 1, 0).is_err());
    assert!(Argon2::new(15, 1, 2).is_err() && Argon2::new(u32::MAX, 1, 1).is_err());
    assert!(Argon2::new(8, u32::MAX, 1).is_err() && Argon2::new(u32::MAX, 1, u32::MAX).is_err());
    assert!(Argon2::new(1 << 20, 5, 1).is_err() && Argon2::new(1 << 20, 4, 1).is_ok());
    assert!(Bcrypt::new(3).is_err() && Bcrypt::new(17).is_err() && BcryptSha256::new(32).is_err());
    assert!(Scrypt::new(0, 8, 1).is_err() && Scrypt::new(1, 0, 1).is_err() && Scrypt::new(1, 8, 0).is_err());
    assert!(Scrypt::new(64, 8, 1).is_err() && Scrypt::new(63, u32::MAX, u32::MAX).is_err());
    assert!(Scrypt::new(1, u32::MAX, u32::MAX).is_err() && Scrypt::new(18, 32, 1).is_ok());
    assert!(Pbkdf2Sha256::new(0).is_err() && Pbkdf2Sha512::new(10_000_001).is_err());
}

#[test]
fn a_password_over_the_limit_is_not_hashed() {
    let password = Password::from(vec![b'x'; Password::MAX_LEN + 1]);
    for scheme in cheap() {
        let refused = scheme.hash(&password, &OsRandom);
        assert!(matches!(refused, Err(HashError::PasswordTooLong { .. })), "{scheme:?}");
    }
}

#[test]
fn a_password_over_the_limit_never_matches_even_where_only_its_beginning_counts() {
    let longest = vec![b'x'; Password::MAX_LEN];
    let longer = vec![b'x'; Password::MAX_LEN + 1];
    let bcrypt = HashString::new("$2b$04$abcdefghijklmnopqrstuu");
    assert!(
        Bcrypt::default()
            .verify(&Password::from(&longer[..]), &bcrypt)
            .unwrap()
            .is_err()
    );
    for scheme in cheap() {
        // bcrypt reads 72 bytes, so a hash of those is the hash of the long one.
        let hashed = if scheme.name() == "bcrypt" {
            vec![b'x'; 72]
        } else {
            longest.clone()
        };
        let stored = scheme.hash(&Password::from(hashed), &OsRandom).unwrap();
        assert_eq!(verify(&scheme, &longest[..], &stored), Verdict::Match, "{scheme:?}");
        assert_eq!(verify(&scheme, &longer[..], &stored), Verdict::Mismatch, "{scheme:?}");
    }
}

#[test]
fn bcrypt_refuses_to_hash_what_it_would_cut_or_what_others_would_cut() {
    let bcrypt = Bcrypt::new(4).unwrap();
    let hash = |password: &[u8]| bcrypt.hash(&Password::from(password), &OsRandom);
    assert!(matches!(
        hash(&[b'x'; 73]),
        Err(HashError::PasswordTooLong { limit: 72, .. })
    ));
    assert!(matches!(hash(b"secret\0"), Err(HashError::NulInPassword { .. })));
    assert!(hash(&[b'x'; 72]).is_ok());
}

#[test]
fn a_nul_byte_never_matches_with_bcrypt_and_is_part_of_the_password_elsewhere() {
    for scheme in cheap() {
        let stored = scheme.hash(&Password::from("nul"), &OsRandom).unwrap();
        assert_eq!(
            verify(&scheme, "nul\0anything", &stored),
            Verdict::Mismatch,
            "{scheme:?}"
        );
        if scheme.name() != "bcrypt" {
            let stored = scheme.hash(&Password::from("nul\0byte"), &OsRandom).unwrap();
            assert_eq!(verify(&scheme, "nul\0byte", &stored), Verdict::Match, "{scheme:?}");
            assert_eq!(verify(&scheme, "nul", &stored), Verdict::Mismatch, "{scheme:?}");
        }
    }
    // The empty password and one of a NUL give bcrypt the same key.
    let bcrypt = Bcrypt::new(4).unwrap();
    let stored = bcrypt.hash(&Password::from(""), &OsRandom).unwrap();
    assert_eq!(verify(&bcrypt, "", &stored), Verdict::Match);
    assert_eq!(verify(&bcrypt, "\0", &stored), Verdict::Mismatch);
}

#[test]
fn without_randomness_there_is_no_hash() {
    for scheme in cheap() {
        assert!(
            matches!(
                scheme.hash(&Password::from("secret"), &Broken),
                Err(HashError::Random(_))
            ),
            "{scheme:?}"
        );
    }
}

#[test]
fn two_hashes_of_one_password_differ() {
    for scheme in cheap() {
        let hash = || scheme.hash(&Password::from("secret"), &OsRandom).unwrap();
        assert_ne!(hash(), hash(), "{scheme:?}");
    }
}

#[test]
fn a_scheme_does_not_touch_what_another_wrote() {
    let password = Password::from("secret");
    // Flask-Security writes what cannot be told from plain Argon2, bcrypt and PBKDF2: the operator names it.
    let cheap = || {
        cheap()
            .into_iter()
            .filter(|scheme| !scheme.name().starts_with("flask_security"))
    };
    for writer in cheap() {
        let stored = writer.hash(&password, &OsRandom).unwrap();
        for reader in sound_schemes() {
            let own = reader.name() == writer.name();
            assert_eq!(reader.identify(stored.as_str()), own, "{reader:?} {writer:?}");
            assert_eq!(
                reader.verify(&password, &stored).is_some(),
                own,
                "{reader:?} {writer:?}"
            );
            assert_eq!(reader.decoy(&stored, &[1; 32]).is_some(), own, "{reader:?} {writer:?}");
        }
    }
}

#[test]
fn a_hash_that_was_cut_never_matches_with_fewer_than_16_bytes_of_digest() {
    let password = Password::from("secret");
    for scheme in cheap() {
        let stored = scheme.hash(&password, &OsRandom).unwrap();
        let whole = stored.as_str();
        for cut in 1..whole.len() {
            let Some(verified) = scheme.verify(&password, &HashString::new(&whole[..whole.len() - cut])) else {
                continue;
            };
            // Of scrypt's 43 characters 22 are 16 bytes; such digests are really written.
            let spare = match scheme.name() {
                "scrypt" => 43 - 22,
                "aspnet_identity_v3" => 84 - 60,
                _ => 0,
            };
            let long_enough = cut <= spare;
            assert!(
                long_enough || !verified.is_ok_and(Verdict::is_match),
                "{scheme:?} {cut}"
            );
        }
    }
}

#[test]
fn a_weaker_hash_needs_an_update_and_a_stronger_one_does_not() {
    let weaker_and_stronger: Vec<(Arc<dyn Hasher>, Arc<dyn Hasher>)> = vec![
        (
            Arc::new(Argon2::new(8, 1, 1).unwrap()),
            Arc::new(Argon2::new(16, 1, 1).unwrap()),
        ),
        (
            Arc::new(Argon2::new(8, 1, 1).unwrap()),
            Arc::new(Argon2::new(8, 2, 1).unwrap()),
        ),
        (Arc::new(Bcrypt::new(4).unwrap()), Arc::new(Bcrypt::new(5).unwrap())),
        (
            Arc::new(BcryptSha256::new(4).unwrap()),
            Arc::new(BcryptSha256::new(5).unwrap()),
        ),
        (
            Arc::new(Scrypt::new(1, 1, 1).unwrap()),
            Arc::new(Scrypt::new(2, 1, 1).unwrap()),
        ),
        (
            Arc::new(Scrypt::new(1, 1, 1).unwrap()),
            Arc::new(Scrypt::new(1, 1, 2).unwrap()),
        ),
        (
            Arc::new(Scrypt::new(1, 1, 2).unwrap()),
            Arc::new(Scrypt::new(2, 1, 1).unwrap()),
        ),
        (
            Arc::new(Pbkdf2Sha256::new(1).unwrap()),
            Arc::new(Pbkdf2Sha256::new(2).unwrap()),
        ),
        (
            Arc::new(Pbkdf2Sha512::new(1).unwrap()),
            Arc::new(Pbkdf2Sha512::new(2).unwrap()),
        ),
    ];
    for (weaker, stronger) in weaker_and_stronger {
        let hash = |scheme: &Arc<dyn Hasher>| scheme.hash(&Password::from("secret"), &OsRandom).unwrap();
        assert!(stronger.needs_update(&hash(&weaker)), "{weaker:?} {stronger:?}");
        assert!(!weaker.needs_update(&hash(&stronger)), "{weaker:?} {stronger:?}");
        assert!(!weaker.needs_update(&hash(&weaker)), "{weaker:?}");
    }
}

#[test]
fn more_memory_in_fewer_passes_is_not_weaker_but_less_memory_in_more_is() {
    let current = Argon2::default();
    let salt_and_tag = "c29tZXNhbHQ$AJFIsNZTMKTAewB4+ETN1AAJFIsNZTMKTAewB4+ETN0";
    let stored = |cost: &str| HashString::new(format!("$argon2id$v=19${cost}${salt_and_tag}"));
    assert!(!current.needs_update(&stored("m=47104,t=1,p=1")));
    assert!(!current.needs_update(&stored("m=19456,p=1,t=2")));
    assert!(current.needs_update(&stored("m=12288,t=4,p=1")));
    assert!(current.needs_update(&stored("m=19457,t=1,p=1")));
}

#[test]
fn a_broken_hash_of_the_current_scheme_needs_an_update() {
    for (name, broken) in [
        ("argon2", "$argon2id$"),
        ("bcrypt", "$2b$04$"),
        ("scrypt", "$7$"),
        ("pbkdf2_sha256", "$pbkdf2-sha256$"),
    ] {
        let scheme = hasher(name).unwrap();
        assert!(
            scheme.identify(broken) && scheme.needs_update(&HashString::new(broken)),
            "{name}"
        );
    }
}

#[test]
fn a_decoy_has_the_cost_of_its_model_and_no_password() {
    for scheme in cheap() {
        let one = scheme.hash(&Password::from("one"), &OsRandom).unwrap();
        let two = scheme.hash(&Password::from("two"), &OsRandom).unwrap();
        let decoy = scheme.decoy(&one, &[1; 32]).unwrap();
        assert_eq!(Some(&decoy), scheme.decoy(&two, &[1; 32]).as_ref(), "{scheme:?}");
        assert_eq!(decoy, scheme.fresh_decoy(&[1; 32]), "{scheme:?}");
        assert_eq!(decoy.as_str().len(), one.as_str().len(), "{scheme:?}");
        assert_ne!(Some(&decoy), scheme.decoy(&one, &[2; 32]).as_ref(), "{scheme:?}");
        assert!(!scheme.needs_update(&decoy), "{scheme:?}");
        assert_eq!(scheme.memory_kib(&decoy), scheme.memory_kib(&one), "{scheme:?}");
        assert_eq!(verify(&scheme, "one", &decoy), Verdict::Mismatch, "{scheme:?}");
    }
}

#[test]
fn a_decoy_keeps_what_makes_up_the_cost_of_a_foreign_hash() {
    let decoy = |text: &str| {
        Passwords::recommended()
            .decoy(Some(&HashString::new(text)), &[1; 32])
            .as_str()
            .to_owned()
    };
    let tag = "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI";
    assert!(decoy(&format!("$argon2i$m=64,p=2,t=3$c29tZXNhbHQ${tag}")).starts_with("$argon2i$v=16$m=64,t=3,p=2$"));
    assert!(decoy("$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAA").len() > 80);
    assert!(decoy(&format!("$scrypt$ln=4,r=2,p=3$${tag}")).starts_with("$scrypt$ln=4,r=2,p=3$"));
    // 32 bytes of SHA-1 are two blocks and cost twice.
    assert!(decoy(&format!("$pbkdf2-sha1$i=7,l=32$${tag}")).starts_with("$pbkdf2-sha1$i=7,l=32$"));
    assert!(decoy(&format!("$pbkdf2-sha256$i=7$${tag}")).starts_with("$pbkdf2-sha256$7$"));
    assert!(decoy(READ_ONLY[0]).starts_with("$2x$05$"));
    assert!(decoy(READ_ONLY[2]).starts_with("$scrypt$ln="));
}

#[test]
fn memory_is_known_before_the_work() {
    let kib = |text: &str| Passwords::recommended().memory_kib(Some(&HashString::new(text)));
    let tag = "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI";
    assert_eq!(
        kib(&format!("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ${tag}")),
        65_536
    );
    assert_eq!(kib(&format!("$scrypt$ln=14,r=8,p=1$${tag}")), 16 * 1024 + 3);
    assert_eq!(kib("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"), 5);
    assert_eq!(kib("nothing known"), 0);
    assert_eq!(Passwords::recommended().memory_kib(None), 19_456);
}

#[test]
fn memory_kept_by_a_thread_does_not_leak_from_one_hash_into_the_next() {
    let (small, large) = (Argon2::new(8, 1, 1).unwrap(), Argon2::new(256, 2, 4).unwrap());
    let password = Password::from("secret");
    let before = small.hash(&password, &OsRandom).unwrap();
    let between = large.hash(&password, &OsRandom).unwrap();
    assert_eq!(verify(&small, "secret", &before), Verdict::Match);
    assert_eq!(verify(&large, "secret", &between), Verdict::Match);
    assert_eq!(verify(&small, "secreT", &before), Verdict::Mismatch);
    let beyond_what_is_kept = Argon2::new(33 * 1024, 1, 1).unwrap();
    let stored = beyond_what_is_kept.hash(&password, &OsRandom).unwrap();
    assert_eq!(verify(&beyond_what_is_kept, "secret", &stored), Verdict::Match);
    assert_eq!(verify(&large, "secret", &between), Verdict::Match);
}

#[test]
fn the_registry_knows_every_hasher_by_its_name() {
    for name in HASHERS {
        assert_eq!(hasher(name).map(|scheme| scheme.name()), Some(*name));
    }
    let without_options = cheap()
        .into_iter()
        .filter(|scheme| !scheme.name().starts_with("flask_security"));
    assert!(without_options.map(|scheme| scheme.name()).eq(HASHERS.iter().copied()));
    for name in ["", "Argon2", "bcrypt_2x", "pbkdf2_sha1", "plaintext"] {
        assert!(hasher(name).is_none(), "{name}");
    }
}

#[test]
fn stray_bits_are_read_in_the_salt_of_bcrypt_and_refused_in_its_digest() {
    let strict = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";
    let verified = |text: &str| {
        Bcrypt::default()
            .verify(&Password::from("x"), &HashString::new(text))
            .unwrap()
    };
    assert!(verified(strict).is_ok());
    assert!(verified(&strict.replace("stuu7", "stuv7")).is_ok());
    let stray = strict.replace("6CG", "6CH");
    assert!(matches!(
        verified(&stray),
        Err(HashError::Malformed { flaw: Flaw::Base64, .. })
    ));
}

fn refuses(cases: &[(String, Flaw)]) {
    for (text, expected) in cases {
        match Passwords::recommended().verify(&Password::from("secret"), Some(&HashString::new(text.as_str()))) {
            Err(HashError::Malformed { flaw, .. }) => assert_eq!(flaw, *expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn every_flaw_of_an_argon2_or_bcrypt_hash_is_named() {
    let salt = "c29tZXNhbHQ";
    let tag = "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI";
    refuses(&[
        (format!("$argon2id$v=19$m=64,t=1,p=1${salt}${tag}$"), Flaw::ExtraField),
        (format!("$argon2id$v=18$m=64,t=1,p=1${salt}${tag}"), Flaw::Version),
        (
            format!("$argon2id$v=19$m=15,t=1,p=2${salt}${tag}"),
            Flaw::ParameterRange,
        ),
        (format!("$argon2id$v=19$m=64,t=1,p=1$c2FsdA${tag}"), Flaw::SaltSize),
        (
            format!("$argon2id$v=19$m=64,t=1,p=1,data=AA${salt}${tag}"),
            Flaw::UnknownParameter,
        ),
        ("$2b$04".to_owned(), Flaw::Number),
        (
            "$2b$+4$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG".to_owned(),
            Flaw::Number,
        ),
        (
            "$2b$03$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG".to_owned(),
            Flaw::ParameterRange,
        ),
        (
            "$2x$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6C".to_owned(),
            Flaw::MissingField,
        ),
        (
            "$bcrypt-sha256$v=3,t=2b,r=4$abcdefghijklmnopqrstuu$x".to_owned(),
            Flaw::Version,
        ),
        (
            "$bcrypt-sha256$v=2,r=4,t=2b$abcdefghijklmnopqrstuu$x".to_owned(),
            Flaw::ParameterOrder,
        ),
    ]);
}

#[test]
fn every_flaw_of_an_scrypt_or_pbkdf2_hash_is_named() {
    let salt = "c29tZXNhbHQ";
    let tag = "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI";
    let tag_7 = "tyeYLozDthsXKB8D0oV3womhMqMbjO4MH9QTnmZ9kE5";
    refuses(&[
        (format!("$scrypt$r=8,ln=4,p=1${salt}${tag}"), Flaw::ParameterOrder),
        (format!("$scrypt$ln=256,r=8,p=1${salt}${tag}"), Flaw::ParameterRange),
        (format!("$7$BU..../....salt\t${tag_7}"), Flaw::Base64),
        (format!("$7$BU..../....salt${}", &tag_7[..40]), Flaw::DigestSize),
        (format!("$7$BU..../....{}${tag_7}", "a".repeat(1025)), Flaw::SaltSize),
        (format!("$pbkdf2-sha256$l=32,i=7${salt}${tag}"), Flaw::ParameterOrder),
        (format!("$pbkdf2-sha256$i=7,l=31${salt}${tag}"), Flaw::DigestSize),
        (
            format!("$pbkdf2-sha256$7${salt}$AAAAAAAAAAAAAAAAAAAAAA"),
            Flaw::DigestSize,
        ),
        (
            format!("$pbkdf2-sha1$7${salt}$AAAAAAAAAAAAAAAAAAAAAA"),
            Flaw::MissingParameter,
        ),
        (format!("$pbkdf2$i=7${salt}$AAAAAAAAAAAAAAAAAAAAAA"), Flaw::Number),
    ]);
}

#[test]
fn every_cost_over_a_limit_is_named() {
    let tag = "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI";
    let cases = [
        (
            format!("$argon2id$v=19$m=1049601,t=1,p=1$c29tZXNhbHQ${tag}"),
            "memory in KiB",
        ),
        (format!("$argon2id$v=19$m=64,t=1025,p=1$c29tZXNhbHQ${tag}"), "passes"),
        (format!("$argon2id$v=19$m=4096,t=1,p=256$c29tZXNhbHQ${tag}"), "lanes"),
        (
            format!("$argon2id$v=19$m=65536,t=65,p=1$c29tZXNhbHQ${tag}"),
            "memory in KiB times passes",
        ),
        (
            "$2b$17$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG".to_owned(),
            "cost (log2 of the rounds)",
        ),
        (format!("$scrypt$ln=21,r=8,p=1$${tag}"), "memory in KiB"),
        (format!("$scrypt$ln=1,r=1,p=4194305$${tag}"), "N times r times p"),
        (format!("$pbkdf2-sha256$10000001$${}", tag.replace('+', ".")), "rounds"),
        // 32 bytes of SHA-1 are two blocks.
        (format!("$pbkdf2-sha1$i=5000001,l=32$${tag}"), "rounds"),
    ];
    for (text, expected) in cases {
        match Passwords::recommended().verify(&Password::from("secret"), Some(&HashString::new(text.as_str()))) {
            Err(HashError::TooCostly { cost, .. }) => assert_eq!(cost, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_password_matches_its_own_hash_and_no_other(
        password in prop::collection::vec(1_u8.., 0..=72),
        other in prop::collection::vec(1_u8.., 0..=72),
    ) {
        for scheme in cheap() {
            let stored = scheme.hash(&Password::from(&password[..]), &OsRandom).unwrap();
            prop_assert_eq!(verify(&scheme, &password[..], &stored), Verdict::Match);
            let verdict = verify(&scheme, &other[..], &stored);
            prop_assert_eq!(verdict.is_match(), other == password);
            prop_assert!(!scheme.needs_update(&stored));
        }
    }
}

/// Texts near to real ones: pieces of notations in any order, and real hashes with one character changed.
fn nearly_a_hash() -> impl Strategy<Value = String> {
    let pieces = vec![
        "$argon2id$",
        "$argon2i$",
        "v=19$",
        "m=8,t=1,p=1$",
        "m=",
        "t=",
        ",",
        "4294967295",
        "$2b$",
        "$2x$",
        "04$",
        "$scrypt$",
        "ln=1,r=1,p=1$",
        "$7$",
        "....",
        "$pbkdf2-sha256$",
        "i=1,l=32$",
        "1$",
        "$bcrypt-sha256$",
        "v=2,t=2b,r=4$",
        "$",
        "é",
        "c29tZXNhbHQ",
        "abcdefghijklmnopqrstuu",
        "d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI",
    ];
    let joined = prop::collection::vec(prop::sample::select(pieces), 0..8).prop_map(|pieces| pieces.concat());
    let real: Vec<String> = cheap()
        .iter()
        .map(|scheme| scheme.fresh_decoy(&[3; 32]).as_str().to_owned())
        .collect();
    let real = real
        .into_iter()
        .chain(READ_ONLY.iter().map(|text| (*text).to_owned()))
        .collect::<Vec<_>>();
    let changed =
        (prop::sample::select(real), any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, place, new)| {
            let place = place.index(text.len());
            text.char_indices()
                .map(|(index, old)| if index == place { new } else { old })
                .collect()
        });
    prop_oneof![joined, changed, "\\PC{0,80}"]
}

proptest! {
    #[test]
    fn any_text_is_judged_without_a_panic_and_without_work(text in nearly_a_hash()) {
        let (passwords, hash) = (Passwords::recommended(), HashString::new(text));
        let known = passwords.identify(&hash).is_some();
        prop_assert!(known || passwords.needs_update(&hash));
        prop_assert!(passwords.memory_kib(Some(&hash)) <= crate::limits::MEMORY_KIB);
        let decoy = passwords.decoy(Some(&hash), &[7; 32]);
        prop_assert!(passwords.identify(&decoy).is_some());
        prop_assert_eq!(passwords.decoy(Some(&decoy), &[7; 32]), decoy);
    }
}

#[test]
fn no_text_that_a_scheme_knows_begins_otherwise_than_the_scheme_says() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../testdata/vectors.json")).unwrap();
    let texts: Vec<&str> = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vector| vector["hash"].as_str().unwrap())
        .collect();
    let mut told = 0;
    for scheme in every_scheme() {
        let beginnings = scheme.beginnings();
        told += usize::from(beginnings != crate::Beginnings::ANY);
        for text in texts.iter().filter(|text| scheme.identify(text)) {
            assert!(beginnings.fit(text), "{scheme:?}: {text}");
        }
    }
    assert!(told > 100, "{told}");
}

#[test]
fn no_two_schemes_that_read_unasked_claim_the_same_hash() {
    let text = include_str!("../../testdata/vectors.json");
    let file: serde_json::Value = serde_json::from_str(text).unwrap();
    let (sound, mut doubled) = (sound_schemes(), Vec::new());
    for vector in file["vectors"].as_array().unwrap() {
        let hash = HashString::new(vector["hash"].as_str().unwrap());
        let claims: Vec<_> = sound.iter().filter(|scheme| scheme.identify(hash.as_str())).collect();
        if claims.len() > 1 {
            doubled.push(format!("{}: {claims:?}", vector["id"]));
        }
    }
    assert!(doubled.is_empty(), "{}", doubled.join("\n"));
}

#[test]
fn every_name_of_the_registry_is_there_once_and_builds_or_wants_an_option() {
    let names: Vec<_> = names().collect();
    for name in &names {
        assert_eq!(names.iter().filter(|other| other == &name).count(), 1, "{name}");
        let built = named(name, &Options::new());
        assert!(
            matches!(built, Ok(_) | Err(crate::SchemeError::MissingOption(_))),
            "{name}: {built:?}"
        );
    }
}
