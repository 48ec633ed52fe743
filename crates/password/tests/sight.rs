//! Whoever could log in before somebody else's login can log in after it: for every scheme, whatever it sees of a
//! password.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine as _;
use portcullis_password::schemes::{self, Argon2, Named};
use portcullis_password::{HashError, HashString, Options, Password, Passwords, Policy, Scheme, Verdict};
use proptest::prelude::*;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

/// A hash that a framework wrote, a context that reads it and makes cheap ones, and its password.
struct Known {
    name: String,
    passwords: Passwords,
    stored: HashString,
    secret: Vec<u8>,
}

/// Of every scheme that has recorded hashes those of a foreign and of the longest other password.
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let mut known = Vec::new();
    for mut vectors in recorded().into_values() {
        vectors.sort_by_key(|known: &Known| known.secret.len());
        let foreign = vectors.iter().position(|known| !known.secret.is_ascii());
        let foreign = foreign.map(|place| vectors.swap_remove(place));
        known.extend(foreign);
        known.extend(vectors.pop());
    }
    known
});

fn recorded() -> BTreeMap<String, Vec<Known>> {
    let text = include_str!("../testdata/vectors.json");
    let value: Value = serde_json::from_str(text).expect("JSON");
    let mut recorded = BTreeMap::<String, Vec<Known>>::new();
    for vector in value["vectors"].as_array().expect("vectors") {
        let sound = vector["verify"] == true && vector["cost"] == "low" && vector.get("disputed").is_none();
        if let Some(known) = of_vector(vector).filter(|_| sound) {
            recorded.entry(known.name.clone()).or_default().push(known);
        }
    }
    recorded
}

fn of_vector(vector: &Value) -> Option<Known> {
    let options = support::options(vector);
    let stored = support::stored(vector, &options)?;
    let name = vector["scheme"].as_str()?;
    let secret = vector["secret"].as_str()?;
    let secret = match vector["secret_encoding"].as_str() {
        Some("base64") => base64::engine::general_purpose::STANDARD.decode(secret).ok()?,
        _ => secret.as_bytes().to_vec(),
    };
    let passwords = reading(schemes::named(name, &options).ok()?)?;
    Some(Known {
        name: name.to_owned(),
        passwords,
        stored,
        secret,
    })
}

/// New hashes are cheap; read are those of the scheme, and wrapped ones.
fn reading(scheme: Named) -> Option<Passwords> {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).expect("a cost"));
    let passwords = match scheme {
        Named::Current(scheme) => passwords.accept(scheme),
        Named::VerifyOnly(scheme) => passwords.accept(scheme),
        Named::Broken(scheme) => passwords.accept_broken(scheme),
        _ => return None,
    };
    let Ok(Named::VerifyOnly(wrapped)) = schemes::named("wrapped", &Options::new()) else {
        return None;
    };
    Some(passwords.accept(wrapped))
}

fn matches(passwords: &Passwords, password: &[u8], stored: &HashString) -> bool {
    let verdict = passwords.verify(&Password::from(password), Some(stored));
    verdict.is_ok_and(Verdict::is_match)
}

/// One way to make another password of one.
fn varied(password: &[u8], way: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(password);
    let cut = |most: usize| password.get(..most).unwrap_or(password).to_vec();
    let and = |more: &[u8]| [password, more].concat();
    let high = |byte: u8| byte | 0x80;
    match way {
        0 => password.to_vec(),
        // Cut and continued.
        1 => cut(password.len().saturating_sub(1)),
        2 => cut(8),
        3 => cut(14),
        4 => cut(16),
        5 => cut(72),
        6 => cut(128),
        7 => and(b"tail"),
        8 => and(&[b'x'; 60]),
        // Blanks and NULs.
        9 => and(b" "),
        10 => [b"\t", password].concat(),
        11 => password.iter().copied().filter(|byte| *byte != b' ').collect(),
        12 => text.replace(' ', "  ").into_bytes(),
        13 => and(b"\0"),
        14 => and(b"\0\0tail"),
        // Case.
        15 => text.to_uppercase().into_bytes(),
        16 => text.to_lowercase().into_bytes(),
        // The high bit.
        17 => password
            .iter()
            .enumerate()
            .map(|(at, byte)| if at == 0 { high(*byte) } else { *byte })
            .collect(),
        18 => password.iter().map(|byte| byte & 0x7f).collect(),
        19 => and(b"\x80"),
        20 => password.iter().map(|byte| high(*byte)).collect(),
        // Unicode's forms, and characters that some do not see.
        21 => text.nfc().collect::<String>().into_bytes(),
        22 => text.nfd().collect::<String>().into_bytes(),
        23 => text.nfkc().collect::<String>().into_bytes(),
        24 => text.chars().map(fullwidth).collect::<String>().into_bytes(),
        25 => format!("{text}\u{ad}").into_bytes(),
        26 => format!("{text}\u{200b}").into_bytes(),
        27 => text.replace(' ', "\u{a0}").into_bytes(),
        // Other encodings: each character a byte, each byte a character.
        28 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
        29 => password
            .iter()
            .copied()
            .map(char::from)
            .collect::<String>()
            .into_bytes(),
        // Slashes.
        30 => text.replace('\'', "\\'").replace('"', "\\\"").into_bytes(),
        31 => text.replace("\\'", "'").replace("\\\"", "\"").into_bytes(),
        32 => text.replace(['S', 's'], "\u{17f}").into_bytes(),
        _ => cut(0),
    }
}

const WAYS: usize = 34;

fn fullwidth(c: char) -> char {
    if c.is_ascii_graphic() {
        char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
    } else {
        c
    }
}

/// Who is locked out by whose login, of all that these passwords let in.
fn locked_out(passwords: &Passwords, stored: &HashString, typed: &BTreeSet<Vec<u8>>) -> Option<String> {
    let right: Vec<&Vec<u8>> = typed.iter().filter(|typed| matches(passwords, typed, stored)).collect();
    // What the first and the last make is checked: the rest would make the same.
    for typed in right.first().into_iter().chain(right.get(1..).and_then(<[_]>::last)) {
        let (_, better) = passwords
            .verify_and_update(&Password::from(typed.as_slice()), Some(stored))
            .expect("it verified");
        let Some(better) = better else { continue };
        if let Some(out) = right.iter().find(|other| !matches(passwords, other, &better)) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            return Some(format!("{:?} is locked out by {:?}", text(out), text(typed)));
        }
    }
    None
}

/// A password, and what else can be made of it.
fn all_of(secret: &[u8]) -> BTreeSet<Vec<u8>> {
    (0..WAYS).map(|way| varied(secret, way)).collect()
}

#[test]
fn a_login_locks_nobody_out_whatever_the_scheme_sees() {
    for known in KNOWN.iter() {
        let out = locked_out(&known.passwords, &known.stored, &all_of(&known.secret));
        assert_eq!(out, None, "{}", known.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_login_locks_nobody_out_however_often_the_password_was_varied(
        which in any::<prop::sample::Index>(),
        ways in prop::collection::vec(0..WAYS, 1..5),
    ) {
        let known = which.get(&KNOWN);
        let mut typed = BTreeSet::from([known.secret.clone()]);
        let mut last = known.secret.clone();
        for way in ways {
            last = varied(&last, way);
            typed.insert(last.clone());
        }
        prop_assert_eq!(locked_out(&known.passwords, &known.stored, &typed), None, "{}", known.name);
    }
}

/// A scheme that folds case and does not say so.
#[derive(Debug)]
struct Forgetful;

impl Scheme for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful"
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with("$forgetful$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let stored = hash.as_str().strip_prefix("$forgetful$")?;
        let right = password.as_bytes().eq_ignore_ascii_case(stored.as_bytes());
        Some(Ok(if right { Verdict::Match } else { Verdict::Mismatch }))
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        0
    }

    fn decoy(&self, _: &HashString, _: &[u8; 32]) -> Option<HashString> {
        None
    }
}

#[test]
fn a_scheme_that_forgets_what_it_does_not_see_is_found() {
    let passwords = Passwords::new(Argon2::new(8, 1, 1).expect("a cost")).accept(Forgetful);
    let out = locked_out(&passwords, &HashString::new("$forgetful$Secret"), &all_of(b"Secret"));
    assert!(out.is_some());
}

/// These see too little of any password for a new hash of the whole of it; the weak ones are wrapped by what they see.
const STAY: &[&str] = &["postgres_scram_sha256", "scram"];
const WRAPPED: &[&str] = &[
    "bigcrypt",
    "bsdi_crypt",
    "cisco_asa",
    "cisco_pix",
    "crypt16",
    "des_crypt",
    "django_crypt",
    "django_des_crypt",
    "dovecot_des_crypt",
    "ldap_bsdi_crypt",
    "ldap_des_crypt",
    "lmhash",
    "mssql2000",
    "mysql323",
    "oracle10",
];

#[test]
fn every_other_scheme_is_upgraded_as_ever() {
    let mut seen = BTreeSet::new();
    for (name, vectors) in recorded() {
        let plain = vectors.iter().find(|known| {
            let graphic = known.secret.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
            (3..=70).contains(&known.secret.len()) && graphic
        });
        let Some(known) = plain else { continue };
        let secret = Password::from(known.secret.as_slice());
        let (right, better) = known
            .passwords
            .verify_and_update(&secret, Some(&known.stored))
            .expect("sound");
        assert!(right, "{name}");
        if !known.passwords.needs_update(&known.stored) {
            continue;
        }
        let beginning = better.as_ref().and_then(|hash| hash.as_str().split('$').nth(1));
        let expected = if STAY.contains(&name.as_str()) {
            None
        } else if WRAPPED.contains(&name.as_str()) {
            Some("wrapped")
        } else {
            Some("argon2id")
        };
        assert_eq!(beginning, expected, "{name}");
        seen.insert(name);
    }
    assert!(seen.len() > 150, "{}", seen.len());
    let named = STAY.iter().chain(WRAPPED).filter(|name| !seen.contains(**name));
    assert_eq!(named.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_password_of_which_another_scheme_of_the_context_sees_less_keeps_its_hash() {
    let named = |name: &str| match schemes::named(name, &Options::new()) {
        Ok(Named::Broken(scheme)) => scheme,
        other => panic!("{name}: {other:?}"),
    };
    // Symfony digests what is longer than 72 bytes, bcrypt cuts it.
    let bcrypt = schemes::Bcrypt::new(4).expect("a cost");
    let stored = Passwords::new(bcrypt)
        .hash(&Password::from("x".repeat(72)))
        .expect("a hash");
    let current = || Passwords::new(Argon2::new(8, 1, 1).expect("a cost"));
    let (typed, longer) = (vec![b'x'; 72], vec![b'x'; 80]);
    let typed = BTreeSet::from([typed, longer]);
    let both = current().accept_broken(named("symfony_native_bcrypt")).accept(bcrypt);
    assert_eq!(locked_out(&both, &stored, &typed), None);
}

#[test]
fn what_wordpress_forms_make_of_a_password_is_what_is_hashed_anew() {
    let passwords = portcullis_password::Origin::WordPress
        .passwords(None)
        .expect("a sound policy");
    let cheap = Policy::new()
        .with("schemes", ["bcrypt", "phpass"])
        .with("bcrypt__rounds", ["4"])
        .with("all__form", ["wordpress"]);
    let passwords = [passwords, cheap.passwords(None).expect("a sound policy")];
    // Of `it's "quoted"`, typed into its forms and set by another program.
    for stored in [
        "$P$BIpMSMTbR.adlWgi1wNRRtoUYqYHmZ/",
        "$P$BtmpviKB92z8yhEquzO4Qc8TQqVLUt.",
    ] {
        let stored = HashString::new(stored);
        let mut typed = BTreeSet::new();
        for password in ["it's \"quoted\"", "it\\'s \\\"quoted\\\"", " it's \"quoted\"\n"] {
            typed.insert(password.as_bytes().to_vec());
        }
        for passwords in &passwords {
            let password = Password::from("it's \"quoted\"");
            let (right, better) = passwords.verify_and_update(&password, Some(&stored)).expect("sound");
            assert!(right && better.is_some());
            assert_eq!(locked_out(passwords, &stored, &typed), None);
        }
    }
}
