//! Hashes that real frameworks wrote verify here as they do there.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_password::{HashError, HashString, Password, Passwords, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    count: usize,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    hash: String,
    secret: String,
    secret_encoding: String,
    verify: bool,
    note: String,
    disputed: Option<String>,
}

/// The vectors' name for a notation, and ours.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "argon2",
        &["argon2", "php_password_argon2", "pwdlib_argon2", "laravel_argon2id"],
    ),
    (
        "bcrypt",
        &[
            "bcrypt",
            "php_password_bcrypt",
            "pwdlib_bcrypt",
            "rails_bcrypt",
            "laravel_bcrypt",
            "htpasswd_bcrypt",
        ],
    ),
    ("bcrypt_2x", &["bcrypt_2x"]),
    ("bcrypt_sha256", &["bcrypt_sha256"]),
    ("scrypt", &["scrypt", "scrypt_7"]),
    ("pbkdf2_sha1", &["pbkdf2_sha1"]),
    ("pbkdf2_sha256", &["pbkdf2_sha256"]),
    ("pbkdf2_sha512", &["pbkdf2_sha512"]),
];

/// What we answer where implementations contradict each other, and why.
const DECIDED: &[(&str, bool, &str)] = &[
    (
        "v-0056",
        false,
        "Argon2 `data`: needs what is not here, so it is an error",
    ),
    ("v-0057", false, "Argon2 `keyid`: as `data`"),
    ("v-0058", false, "Argon2 `keyid` and `data`"),
    (
        "v-0101",
        false,
        "`$2a$` is computed as OpenBSD and pyca do, without crypt_blowfish's collision countermeasure",
    ),
    ("v-0116", false, "bcrypt: a password with a NUL byte never matches"),
    (
        "v-0120",
        true,
        "bcrypt: stray bits in the salt are read, as passlib does",
    ),
    ("v-0143", false, "bcrypt: a password with a NUL byte never matches"),
];

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../testdata/passwords/vectors.json");
    let file: File = serde_json::from_str(text).expect("the vectors are JSON");
    assert_eq!(file.count, file.vectors.len());
    file.vectors
}

fn answer(passwords: &Passwords, vector: &Vector) -> Result<Verdict, HashError> {
    let secret = match vector.secret_encoding.as_str() {
        "utf8" => vector.secret.clone().into_bytes(),
        "base64" => STANDARD.decode(&vector.secret).expect("the secret is base64"),
        other => panic!("{}: unknown encoding {other}", vector.id),
    };
    passwords.verify(&Password::from(secret), Some(&HashString::new(vector.hash.as_str())))
}

/// Runs the vectors of some notations; gives what went wrong and how many ran.
fn run(passwords: &Passwords, schemes: &[&str]) -> (Vec<String>, usize) {
    let (mut wrong, mut ran) = (Vec::new(), 0);
    for vector in vectors()
        .iter()
        .filter(|vector| schemes.contains(&vector.scheme.as_str()))
    {
        ran += 1;
        let decided = DECIDED
            .iter()
            .find(|(id, ..)| *id == vector.id)
            .map(|(_, verify, _)| *verify);
        let expected = if vector.disputed.is_some() {
            decided.expect(&vector.id)
        } else {
            vector.verify
        };
        match answer(passwords, vector) {
            Ok(verdict) if verdict.is_match() == expected => {}
            Err(_) if vector.disputed.is_some() && !expected => {}
            other => wrong.push(format!("{} ({}, {}): {other:?}", vector.id, vector.scheme, vector.note)),
        }
    }
    (wrong, ran)
}

fn all_agree(schemes: &[&str]) {
    let (wrong, ran) = run(&Passwords::recommended(), schemes);
    assert!(wrong.is_empty(), "{} of {ran}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran > 0);
}

#[test]
fn argon2_hashes_verify_as_their_writers_say() {
    all_agree(&["argon2"]);
}

#[test]
fn bcrypt_hashes_verify_as_their_writers_say() {
    all_agree(&["bcrypt", "bcrypt_2x"]);
}

#[test]
fn bcrypt_sha256_hashes_verify_as_passlib_says() {
    all_agree(&["bcrypt_sha256"]);
}

#[test]
fn scrypt_hashes_of_both_notations_verify_as_their_writers_say() {
    all_agree(&["scrypt", "scrypt_7"]);
}

#[test]
fn pbkdf2_hashes_of_both_notations_verify_as_their_writers_say() {
    all_agree(&["pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "pbkdf2_phc"]);
}

#[test]
fn frameworks_that_write_the_plain_notations_need_nothing_of_their_own() {
    all_agree(&["php_password_argon2", "pwdlib_argon2", "laravel_argon2id"]);
    all_agree(&[
        "php_password_bcrypt",
        "pwdlib_bcrypt",
        "rails_bcrypt",
        "laravel_bcrypt",
        "htpasswd_bcrypt",
    ]);
}

#[test]
fn every_vector_is_identified_as_its_scheme() {
    let passwords = Passwords::recommended();
    for vector in vectors() {
        let found = passwords.identify(&HashString::new(vector.hash.as_str()));
        let expected = GROUPS
            .iter()
            .find(|(_, names)| names.contains(&vector.scheme.as_str()))
            .map(|(ours, _)| *ours);
        // Three hash functions share the PHC spelling of PBKDF2.
        let named =
            expected.or_else(|| found.filter(|name| name.starts_with("pbkdf2_") && vector.scheme == "pbkdf2_phc"));
        assert!(named.is_some() && found == named, "{}: {found:?}", vector.id);
    }
}

#[test]
fn every_disputed_vector_is_decided() {
    for vector in vectors() {
        let decided = DECIDED.iter().any(|(id, ..)| *id == vector.id);
        assert_eq!(vector.disputed.is_some(), decided, "{}", vector.id);
    }
}
