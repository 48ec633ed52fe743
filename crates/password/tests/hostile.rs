//! Broken and over-costly hashes: an error that names what is wrong, or false; never work, memory or a panic.
//! (`memory.rs` holds absurd costs against a real limit.)

// Functions outside of `#[test]` count as production code for these lints.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use portcullis_password::{HashString, Password, Passwords};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    scheme: String,
    hash: Option<String>,
    hash_repeat: Option<Repeat>,
    secret: String,
    why: String,
}

#[derive(Deserialize)]
struct Repeat {
    prefix: String,
    unit: String,
    count: usize,
    suffix: String,
}

impl Case {
    fn stored(&self) -> HashString {
        HashString::new(match (&self.hash, &self.hash_repeat) {
            (Some(hash), None) => hash.clone(),
            (None, Some(repeat)) => format!("{}{}{}", repeat.prefix, repeat.unit.repeat(repeat.count), repeat.suffix),
            _ => panic!("{}: one of hash and hash_repeat", self.id),
        })
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../testdata/malformed.json");
    let file: File = serde_json::from_str(text).expect("the cases are JSON");
    assert!(file.cases.len() > 100);
    file.cases
}

/// Sound notations whose only fault is a digest that nobody's password has (one of 33 bytes, say).
const SOUND: &[&str] = &["mal-040", "mal-073", "mal-125", "mal-175", "mal-305"];

#[test]
fn a_broken_hash_is_an_error_before_any_work() {
    let passwords = Passwords::recommended();
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !SOUND.contains(&case.id.as_str())) {
        let answer = passwords.verify(&Password::from(case.secret.as_str()), Some(&case.stored()));
        if answer.is_ok() || !passwords.needs_update(&case.stored()) {
            wrong.push(format!("{} ({}, {}): {answer:?}", case.id, case.scheme, case.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_sound_hash_of_nobody_is_a_mismatch() {
    let passwords = Passwords::recommended();
    for case in cases().iter().filter(|case| SOUND.contains(&case.id.as_str())) {
        let verdict = passwords.verify(&Password::from(case.secret.as_str()), Some(&case.stored()));
        assert!(verdict.is_ok_and(|verdict| !verdict.is_match()), "{}", case.id);
    }
}

#[test]
fn no_error_shows_the_hash_or_the_password() {
    let passwords = Passwords::recommended();
    for case in cases() {
        let stored = case.stored();
        let Err(error) = passwords.verify(&Password::from("tiger-in-the-log"), Some(&stored)) else {
            continue;
        };
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("tiger-in-the-log"), "{}", case.id);
        for part in stored.as_str().split('$').filter(|part| part.len() > 20) {
            assert!(!shown.contains(part), "{}: {shown}", case.id);
        }
    }
}

#[test]
fn a_broken_hash_takes_no_memory_and_gives_a_decoy_that_is_sound() {
    let passwords = Passwords::recommended();
    for case in cases().iter().filter(|case| !SOUND.contains(&case.id.as_str())) {
        let stored = case.stored();
        assert!(passwords.memory_kib(Some(&stored)) <= 5, "{}", case.id);
        let decoy = passwords.decoy(Some(&stored), &[7; 32]);
        let verdict = passwords.verify(&Password::from("tiger"), Some(&decoy));
        assert!(verdict.is_ok_and(|verdict| !verdict.is_match()), "{}", case.id);
    }
}
