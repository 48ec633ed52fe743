//! What holds for every scheme of the registry, whatever is done to a stored text or a password.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashString, Password, Passwords, Verdict};
use proptest::prelude::*;
use serde_json::Value;

/// A hash that a framework wrote, the context of its scheme alone, and its password.
struct Known {
    name: &'static str,
    passwords: Passwords,
    stored: HashString,
    secret: String,
}

/// One cheap hash for every scheme that has a recorded one.
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(known);

fn known() -> Vec<Known> {
    let text = include_str!("../testdata/vectors.json");
    let value: Value = serde_json::from_str(text).expect("JSON");
    let mut first = BTreeMap::new();
    for vector in value["vectors"].as_array().expect("vectors") {
        let secret = vector["secret"].as_str().unwrap_or_default();
        let plain = secret.len() > 2 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        let cheap = vector["verify"] == true && vector["cost"] == "low" && vector.get("disputed").is_none();
        if cheap && plain && vector["secret_encoding"] != "base64" {
            first
                .entry(vector["scheme"].as_str().expect("a name").to_owned())
                .or_insert(vector);
        }
    }
    first
        .into_iter()
        .filter_map(|(name, vector)| of_vector(&name, vector))
        .collect()
}

fn of_vector(name: &str, vector: &Value) -> Option<Known> {
    let options = support::options(vector);
    let stored = support::stored(vector, &options)?;
    let scheme = schemes::named(name, &options).ok()?;
    let name = match &scheme {
        Named::Current(scheme) => portcullis_password::Scheme::name(scheme),
        Named::VerifyOnly(scheme) => scheme.name(),
        Named::Broken(scheme) => scheme.name(),
        Named::Disabled(scheme) => scheme.name(),
        _ => return None,
    };
    Some(Known {
        name,
        passwords: Passwords::only(scheme),
        stored,
        secret: vector["secret"].as_str()?.to_owned(),
    })
}

fn matches(known: &Known, password: &str, stored: &HashString) -> bool {
    let verdict = known.passwords.verify(&Password::from(password), Some(stored));
    verdict.is_ok_and(Verdict::is_match)
}

#[test]
fn nearly_every_scheme_is_looked_at() {
    assert!(KNOWN.len() > 120, "{}", KNOWN.len());
}

#[test]
fn the_right_password_verifies_and_one_with_another_first_letter_does_not() {
    for known in KNOWN.iter() {
        assert!(matches(known, &known.secret, &known.stored), "{}", known.name);
        let other = if known.secret.starts_with(['q', 'Q']) { "z" } else { "q" };
        let other = format!("{other}{}", &known.secret[1..]);
        assert!(!matches(known, &other, &known.stored), "{}", known.name);
        assert!(!matches(known, "", &known.stored), "{}", known.name);
    }
}

#[test]
fn an_update_settles_what_was_due() {
    let cheap = || Passwords::new(schemes::Argon2::new(64, 1, 1).expect("a cost"));
    let password = Password::from("correct horse");
    let current = cheap();
    let fresh = current.hash(&password).expect("a hash");
    let (right, better) = current.verify_and_update(&password, Some(&fresh)).expect("sound");
    assert!(right && better.is_none());
    for known in KNOWN.iter() {
        let due = known.passwords.needs_update(&known.stored);
        let secret = Password::from(known.secret.as_str());
        let verdict = known.passwords.verify(&secret, Some(&known.stored)).expect("sound");
        assert_eq!(verdict == Verdict::Outdated, due, "{}", known.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_stored_text_with_one_other_byte_never_takes_another_password(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        byte in 0x20_u8..0x7f,
    ) {
        let known = which.get(&KNOWN);
        let mut text = known.stored.as_str().as_bytes().to_vec();
        prop_assume!(!text.is_empty());
        let place = place.index(text.len());
        text[place] = byte;
        let Ok(text) = String::from_utf8(text) else { return Ok(()) };
        let changed = known.stored.with_text(text.as_str());
        let plain = known.name.contains("plain") || known.name.contains("cleartext") || known.name.contains("noop");
        prop_assert!(plain || !matches(known, "another password", &changed), "{}", known.name);
        let _ = known.passwords.needs_update(&changed);
        if let Some(decoy) = known.passwords.decoy_like(&changed, &[3; 32]) {
            prop_assert!(!matches(known, &known.secret, &decoy), "{}", known.name);
        }
    }

    #[test]
    fn a_stored_text_cut_or_continued_never_takes_another_password(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        more in "[$a-zA-Z0-9./+=]{0,8}",
    ) {
        let known = which.get(&KNOWN);
        let text = known.stored.as_str();
        prop_assume!(!text.is_empty());
        let (kept, _) = text.split_at(text.floor_char_boundary(cut.index(text.len())));
        let plain = known.name.contains("plain") || known.name.contains("cleartext") || known.name.contains("noop");
        for changed in [kept.to_owned(), format!("{text}{more}"), format!("{kept}{more}")] {
            let changed = known.stored.with_text(changed);
            prop_assert!(plain || !matches(known, "another password", &changed), "{}", known.name);
        }
    }

    #[test]
    fn any_text_is_looked_at_without_a_fall(text in "\\PC{0,80}|[$:{}=,a-z0-9./+]{0,120}", which in any::<prop::sample::Index>()) {
        let known = which.get(&KNOWN);
        let stored = known.stored.with_text(text);
        let _ = known.passwords.identify(&stored);
        let _ = known.passwords.needs_update(&stored);
        let _ = known.passwords.memory_kib(Some(&stored));
        let decoy = known.passwords.decoy(Some(&stored), &[9; 32]);
        prop_assert!(!decoy.as_str().is_empty());
    }
}
