//! The context answers as passlib's `CryptContext` does, but for what is listed here.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_password::{HashString, Hasher, Password, Passwords, schemes};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    policy: BTreeMap<String, Value>,
    hash: String,
    secret: String,
    identify: Value,
    needs_update: Value,
    verify: Value,
}

/// Where we answer otherwise about an update, on purpose.
const OTHERWISE: &[(&str, bool, &str)] = &[
    (
        "ctx-012",
        true,
        "an unknown hash is not an exception: it needs an update",
    ),
    ("ctx-013", true, "an empty hash: likewise"),
    (
        "ctx-018",
        false,
        "stronger than the policy: passlib would make it weaker",
    ),
    (
        "ctx-021",
        false,
        "only Argon2id is made, so an Argon2id hash is current",
    ),
    ("ctx-024", false, "fewer lanes are not weaker"),
    ("ctx-031", false, "stronger than the policy"),
    ("ctx-037", false, "stronger than the policy"),
];

fn cases() -> Vec<Case> {
    let text = include_str!("../../../testdata/passwords/context.json");
    let file: File = serde_json::from_str(text).expect("the cases are JSON");
    assert!(file.cases.len() > 30);
    file.cases
}

impl Case {
    fn setting(&self, names: &[&str], otherwise: u32) -> u32 {
        let value = names.iter().find_map(|name| self.policy.get(*name)?.as_u64());
        value.map_or(otherwise, |value| u32::try_from(value).expect("a small number"))
    }

    /// passlib asks for an update below its lowest rounds, not below its default ones.
    fn lowest(&self, scheme: &str, otherwise: u32) -> u32 {
        self.setting(
            &[&format!("{scheme}__rounds"), &format!("{scheme}__min_rounds")],
            otherwise,
        )
    }

    fn hasher(&self, scheme: &str) -> Option<Arc<dyn Hasher>> {
        Some(match scheme {
            "argon2" => {
                let memory = self.setting(&["argon2__memory_cost"], 65_536);
                let (passes, lanes) = (self.lowest(scheme, 3), self.setting(&["argon2__parallelism"], 4));
                Arc::new(schemes::Argon2::new(memory, passes, lanes).expect("cost"))
            }
            "bcrypt" => Arc::new(schemes::Bcrypt::new(self.lowest(scheme, 4)).expect("cost")),
            "bcrypt_sha256" => Arc::new(schemes::BcryptSha256::new(self.lowest(scheme, 4)).expect("cost")),
            "pbkdf2_sha256" => Arc::new(schemes::Pbkdf2Sha256::new(self.lowest(scheme, 1)).expect("cost")),
            "scrypt" => {
                let log_n = u8::try_from(self.lowest(scheme, 16)).expect("a small number");
                Arc::new(schemes::Scrypt::new(log_n, self.setting(&["scrypt__block_size"], 8), 1).expect("cost"))
            }
            _ => return None,
        })
    }

    fn passwords(&self) -> Passwords {
        let names = self.policy["schemes"].as_array().expect("a list");
        let mut hashers = names.iter().filter_map(|name| self.hasher(name.as_str()?));
        let current = hashers.next().expect("the first scheme is ours");
        hashers.fold(Passwords::new(current), Passwords::accept)
    }
}

#[test]
fn identify_gives_passlibs_names() {
    for case in cases() {
        let found = case.passwords().identify(&HashString::new(case.hash.as_str()));
        assert_eq!(found, case.identify.as_str(), "{}", case.id);
    }
}

#[test]
fn verify_answers_as_passlib_and_an_error_stands_for_its_exceptions() {
    for case in cases() {
        let answer = case.passwords().verify(
            &Password::from(case.secret.as_str()),
            Some(&HashString::new(case.hash.as_str())),
        );
        assert_eq!(
            answer.ok().map(|verdict| verdict.is_match()),
            case.verify.as_bool(),
            "{}",
            case.id
        );
    }
}

#[test]
fn an_update_is_due_when_passlib_says_so_and_never_for_a_stronger_hash() {
    for case in cases() {
        let otherwise = OTHERWISE.iter().find(|(id, ..)| *id == case.id).map(|(_, due, _)| *due);
        let due = case.passwords().needs_update(&HashString::new(case.hash.as_str()));
        assert_eq!(Some(due), otherwise.or(case.needs_update.as_bool()), "{}", case.id);
        assert!(
            otherwise.is_none() || otherwise != case.needs_update.as_bool(),
            "{}: no difference",
            case.id
        );
    }
}

#[test]
fn an_update_settles_the_matter_as_in_passlib() {
    for case in cases()
        .iter()
        .filter(|case| case.needs_update == Value::Bool(true) && case.verify == Value::Bool(true))
    {
        if OTHERWISE.iter().any(|(id, ..)| *id == case.id) {
            continue;
        }
        let (passwords, secret) = (case.passwords(), Password::from(case.secret.as_str()));
        let updated = passwords.verify_and_update(&secret, Some(&HashString::new(case.hash.as_str())));
        let (right, better) = updated.expect(&case.id);
        let better = better.expect(&case.id);
        assert!(right && !passwords.needs_update(&better), "{}", case.id);
        assert_eq!(
            passwords.verify_and_update(&secret, Some(&better)).ok(),
            Some((true, None)),
            "{}",
            case.id
        );
    }
}
