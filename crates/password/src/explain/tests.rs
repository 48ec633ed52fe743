use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let inner = ["vectors", "cases"]
        .iter()
        .find_map(|name| value.get(name))
        .unwrap_or(&value);
    inner.as_array().unwrap().clone()
}

fn told(text: &str) -> Explanation {
    explain(&HashString::new(text))
}

#[test]
fn every_scheme_of_the_registry_has_somebody_who_writes_it() {
    for name in schemes::names() {
        assert!(!words::origin(name).is_empty() || name.contains("plaintext"), "{name}");
    }
}

#[test]
fn every_recorded_hash_is_told_by_its_scheme_or_among_the_candidates() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for case in cases("vectors.json") {
        if case.get("verify") != Some(&Value::Bool(true)) || case.get("disputed").is_some() {
            continue;
        }
        let (scheme, text) = (case["scheme"].as_str().unwrap(), case["hash"].as_str().unwrap());
        let Ok(named) = schemes::named(scheme, &every_option()) else {
            continue;
        };
        let name = match &named {
            Named::Current(scheme) => scheme.name(),
            Named::VerifyOnly(scheme) => scheme.name(),
            Named::Broken(scheme) => scheme.name(),
            Named::Disabled(scheme) => scheme.name(),
        };
        if TAKE_ANYTHING.contains(&name) {
            continue;
        }
        seen += 1;
        let told = told(text);
        if told.scheme != Some(name) && !told.candidates.contains(&name) {
            wrong.push(format!("{scheme}: {:?} {:?}", told.scheme, told.candidates));
        }
    }
    assert!(seen > 900, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_broken_as_one_schemes_is_told_as_that_for_which_it_is_whole() {
    for (text, scheme) in [
        (":B:838c83e1:e4ab7024509eef084cdabd03d8b2972c", "mediawiki_b"),
        (":A:5f4dcc3b5aa765d61d8327deb882cf99", "mediawiki_a"),
        (
            "{crypt}!$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S",
            "ldap_crypt_disabled",
        ),
        ("{CRYPT}*", "ldap_crypt_disabled"),
    ] {
        let told = told(text);
        assert_eq!((told.scheme, told.trouble), (Some(scheme), None), "{text}");
    }
    let mut wrong = Vec::new();
    for case in cases("vectors.json").iter().chain(&cases("more-vectors.json")) {
        let text = case["hash"].as_str().unwrap();
        let beside = |name: &str| case["context"].get(name).and_then(Value::as_str);
        if case["verify"] != Value::Bool(true) || case.get("disputed").is_some() {
            continue;
        }
        let scheme = case["scheme"].as_str().unwrap();
        if TAKE_ANYTHING.contains(&scheme) {
            continue;
        }
        if beside("salt").is_some() {
            assert!(takes_salt(scheme), "{scheme}");
        }
        let hash = [beside("salt"), beside("algorithm")].into_iter().flatten().next();
        let told = told(text);
        if let (None, Some(trouble)) = (hash, told.trouble) {
            wrong.push(format!("{scheme}: {:?} {trouble}", told.scheme));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn every_option() -> Options {
    let names = [
        "pepper",
        "password_salt",
        "realm",
        "secret",
        "signer_key",
        "salt_separator",
    ];
    names
        .iter()
        .fold(Options::new(), |options, name| options.with(*name, "1"))
}

#[test]
fn every_malformed_value_gets_a_reason_and_shows_nothing_of_itself() {
    for case in cases("malformed.json") {
        let Some(text) = case["hash"].as_str() else { continue };
        let told = told(text);
        let shown = format!("{told:?}");
        for secret in text.split(['$', ':', '}', '{']).filter(|part| part.len() > 20) {
            if told.scheme.is_some_and(|scheme| scheme.contains(secret)) {
                continue;
            }
            assert!(!shown.contains(secret), "{} {shown}", case["id"]);
        }
        assert!(
            told.scheme.is_some() || told.trouble.is_some() || !told.candidates.is_empty(),
            "{}",
            case["id"]
        );
    }
}

#[test]
fn what_is_nearly_a_hash_is_told_what_is_wrong() {
    for (text, sentence) in [
        ("", "nothing"),
        ("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31l", "has 59"),
        (
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW\n",
            "white space",
        ),
        (
            "2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "first dollar sign",
        ),
        ("12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "a shell"),
        (
            "\"$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW\"",
            "quotes",
        ),
        (
            "\\$2b\\$12\\$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "backslashes",
        ),
        (
            "$nobody$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "no scheme is known",
        ),
        ("{bcrypt2}$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6", "braces"),
        ("correct horse", "as it was typed"),
    ] {
        let told = told(text);
        let trouble = told
            .trouble
            .unwrap_or_else(|| panic!("{text}: {:?} {:?}", told.scheme, told.candidates));
        assert!(trouble.contains(sentence), "{text}: {trouble}");
        assert_eq!(told.strength, Strength::Unreadable, "{text}");
    }
}

#[test]
fn costs_are_compared_with_todays_advice() {
    for (text, cost, strength) in [
        (
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "cost 12",
            Strength::Strong,
        ),
        (
            "$2a$10$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "cost 10",
            Strength::Fair,
        ),
        (
            "$2y$06$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "cost 6",
            Strength::Weak,
        ),
        (
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs",
            "19456 KiB, passes 2, lanes 1",
            Strength::Strong,
        ),
        (
            "argon2$argon2id$v=19$m=512,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs",
            "512 KiB, passes 2, lanes 2",
            Strength::Weak,
        ),
        (
            "pbkdf2_sha256$120000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            "120000 rounds",
            Strength::Fair,
        ),
        (
            "pbkdf2_sha256$1000000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            "1000000 rounds",
            Strength::Strong,
        ),
    ] {
        let told = told(text);
        assert_eq!(told.cost.map(|cost| cost.to_string()).as_deref(), Some(cost), "{text}");
        assert_eq!(told.strength, strength, "{text}");
    }
    assert_eq!(
        told("{SSHA}0H+zTv8o4MR4H43n03eCsvw1luG8LdB7").strength,
        Strength::Broken
    );
    assert_eq!(told("!").strength, Strength::Disabled);
}

#[test]
fn what_is_weak_and_what_is_missing_is_said() {
    assert!(told("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW").weaknesses[0].contains("72 bytes"));
    let unsalted = told("{SHA}0kwrtMwDGsPHIYw1hgX7H2grSrg=");
    assert!(
        unsalted
            .weaknesses
            .iter()
            .any(|sentence| sentence.starts_with("no salt"))
    );
    let postgres = told("md51c3c037420f5a25c9d0199b768084763");
    assert_eq!(postgres.scheme, Some("postgres_md5"), "{:?}", postgres.candidates);
    assert_eq!(postgres.needs, ["the user's name"]);
}

proptest! {
    #[test]
    fn no_text_makes_it_fall(text in "\\PC{0,120}|[$:{}=,a-z0-9./+]{0,200}") {
        let shown = format!("{:?}", told(&text));
        prop_assert!(text.len() < 40 || !shown.contains(&text));
    }
}

#[test]
fn the_version_is_told_by_its_default_cost() {
    for (text, version) in [
        (
            "pbkdf2_sha256$120000$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            Some("Django 2.1"),
        ),
        (
            "pbkdf2_sha256$120001$salt$sQ+M7xwymls4tf8TFrlyZ0MQED3BsLxNJMkVgHXVvAs=",
            None,
        ),
        (
            "$2y$10$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            Some("PHP before 8.4, Laravel before 11"),
        ),
        ("$2b$10$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", None),
    ] {
        assert_eq!(told(text).version, version, "{text}");
    }
}
