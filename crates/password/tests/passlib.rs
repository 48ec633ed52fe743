//! A context made from passlib's policy answers as its `CryptContext` does, but for what `decisions.json` lists.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use portcullis_password::{HashError, HashString, Options, Password, Policy, PolicyError, Verdict, schemes};

#[path = "../examples/vectors/runner/mod.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod runner;

#[test]
fn a_policy_that_contradicts_itself_is_refused_as_in_passlib() {
    let schemes = |names: &[&str]| Policy::new().with("schemes", names.iter().copied());
    let refused = |policy: Policy| policy.passwords(None).expect_err("a refusal");
    assert_eq!(refused(Policy::new()), PolicyError::NoSchemes);
    assert!(matches!(refused(schemes(&["nosuch"])), PolicyError::Scheme { .. }));
    let twice = refused(schemes(&["bcrypt", "bcrypt"]));
    assert_eq!(twice, PolicyError::Twice("bcrypt".to_owned()));
    let all = schemes(&["bcrypt"]).with("deprecated", ["bcrypt"]);
    assert_eq!(refused(all), PolicyError::AllDeprecated);
    let default = schemes(&["bcrypt"]).with("default", ["scrypt"]);
    assert_eq!(refused(default), PolicyError::DefaultNotListed);
    let both = schemes(&["bcrypt", "scrypt"])
        .with("default", ["scrypt"])
        .with("deprecated", ["scrypt"]);
    assert_eq!(refused(both), PolicyError::DefaultDeprecated);
    let auto = schemes(&["bcrypt", "scrypt"]).with("deprecated", ["auto", "scrypt"]);
    assert_eq!(refused(auto), PolicyError::AutoAndOthers);
    let option = schemes(&["bcrypt"]).with("bcrypt__nosuch", ["3"]);
    assert_eq!(refused(option), PolicyError::UnknownOption("bcrypt__nosuch".to_owned()));
}

#[test]
fn every_recorded_case_comes_out_as_passlib_says_or_as_decided() {
    let text = include_str!("../testdata/context.json");
    let report = runner::contexts(text).expect("the cases are JSON");
    assert!(
        report.failed.is_empty(),
        "{}\n{}",
        report.failed.join("\n"),
        report.summary()
    );
    assert!(report.passed > 30, "{}", report.summary());
}

#[test]
fn every_context_that_passlib_brings_along_is_a_policy_here() {
    let text = include_str!("../testdata/context.json");
    let file: serde_json::Value = serde_json::from_str(text).expect("the cases are JSON");
    let stock = file["stock_contexts"].as_object().expect("contexts");
    assert!(stock.len() > 10);
    for (name, context) in stock {
        let texts = |key: &str| -> Vec<String> {
            let values = context[key].as_array().into_iter().flatten();
            values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
        };
        let default = context["default"].as_str().expect("a default");
        let policy = Policy::new()
            .with("schemes", texts("schemes"))
            .with("default", [default])
            .with("deprecated", texts("deprecated"));
        let passwords = policy.passwords(None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let makes = matches!(schemes::named(default, &Options::new()), Ok(schemes::Named::Current(_)));
        assert!(!makes || passwords.current() == default, "{name}");
    }
}

#[test]
fn an_account_is_disabled_and_enabled_as_in_passlib() {
    let context = |schemes: &[&str]| {
        let policy = Policy::new().with("schemes", schemes.iter().copied());
        policy.passwords(None).expect("a sound policy")
    };
    let (unix, hash) = (context(&["sha512_crypt", "unix_disabled"]), HashString::new("$6$x$y"));
    let disabled = unix.disable(Some(&hash)).expect("a marker");
    assert_eq!(disabled.as_str(), "!$6$x$y");
    assert_eq!(
        unix.disable(Some(&disabled)).expect("a marker").as_str(),
        "!$6$x$y",
        "once is enough"
    );
    assert_eq!(unix.disable(None).expect("a marker").as_str(), "!");
    assert_eq!(unix.enable(&disabled).expect("a hash"), hash);
    assert_eq!(unix.enable(&hash).expect("a hash"), hash);
    assert_eq!(unix.enable(&HashString::new("*$6$x$y")).expect("a hash"), hash);
    for marker in ["!", "*"] {
        let marker = HashString::new(marker);
        assert!(matches!(unix.enable(&marker), Err(HashError::NoFormerHash)));
        assert!(!unix.is_enabled(&marker));
    }
    assert!(unix.is_enabled(&hash) && unix.is_enabled(&HashString::new("nobody's")));
    let django = context(&["django_pbkdf2_sha256", "django_disabled"]);
    let (one, other) = (django.disable(Some(&hash)), django.disable(Some(&hash)));
    let (one, other) = (one.expect("a marker"), other.expect("a marker"));
    assert!(one.as_str().starts_with('!') && one.as_str().len() == 41 && one != other);
    assert!(matches!(django.enable(&one), Err(HashError::NoFormerHash)));
    assert!(matches!(context(&["bcrypt"]).disable(None), Err(HashError::NoMarker)));
}

#[test]
fn another_scheme_of_the_policy_makes_a_hash_where_it_is_named() {
    let policy = Policy::new()
        .with("schemes", ["pbkdf2_sha256", "bcrypt", "md5_crypt"])
        .with("deprecated", ["bcrypt"])
        .with("bcrypt__rounds", ["4"])
        .with("pbkdf2_sha256__rounds", ["1"]);
    let (passwords, password) = (policy.passwords(None).expect("a sound policy"), Password::from("tiger"));
    let made = passwords.hash_with("bcrypt", &password).expect("a hash");
    assert!(made.as_str().starts_with("$2b$04$") && passwords.needs_update(&made));
    assert!(passwords.verify(&password, Some(&made)).is_ok_and(Verdict::is_match));
    let current = passwords.hash_with("pbkdf2_sha256", &password).expect("a hash");
    assert!(!passwords.needs_update(&current));
    for none in ["md5_crypt", "scrypt", "nosuch"] {
        assert!(
            matches!(passwords.hash_with(none, &password), Err(HashError::MakesNone)),
            "{none}"
        );
    }
}

#[test]
fn a_cost_below_the_schemes_lowest_is_the_lowest() {
    let policy = Policy::new().with("schemes", ["bcrypt"]).with("bcrypt__rounds", ["3"]);
    let passwords = policy.passwords(None).expect("a sound policy");
    let made = passwords.hash(&Password::from("tiger")).expect("a hash");
    assert!(made.as_str().starts_with("$2b$04$"));
}

#[test]
fn random_policies_come_out_as_passlib_says_or_as_decided() {
    let text = include_str!("../testdata/more-context.json");
    let report = runner::contexts(text).expect("the cases are JSON");
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    assert!(report.skipped.is_empty() && report.passed > 30, "{}", report.summary());
}

#[test]
fn what_is_made_is_read_by_what_made_it() {
    for schemes in [
        ["plaintext", "bcrypt"],
        ["ldap_plaintext", "pbkdf2_sha256"],
        ["pbkdf2_phc", "pbkdf2_sha256"],
    ] {
        let policy = Policy::new().with("schemes", schemes).with("all__rounds", ["4"]);
        let passwords = policy.passwords(None).expect("a sound policy");
        let password = Password::from("tiger");
        let made = passwords.hash(&password).expect("a hash");
        let again = passwords.verify_and_update(&password, Some(&made)).expect("an answer");
        assert_eq!(again, (true, None), "{schemes:?}");
        // A hash that was stolen is no password.
        let stolen = Password::from(made.as_str());
        assert_eq!(passwords.verify(&stolen, Some(&made)).ok(), Some(Verdict::Mismatch));
    }
}

#[test]
fn new_hashes_are_between_the_lowest_and_the_highest_cost_of_the_policy() {
    let policy = |option: &str, rounds: &str| {
        let policy = Policy::new()
            .with("schemes", ["pbkdf2_sha256"])
            .with("pbkdf2_sha256__default_rounds", ["100"]);
        let passwords = policy.with(option, [rounds]).passwords(None).expect("a sound policy");
        let made = passwords.hash(&Password::from("tiger")).expect("a hash");
        made.as_str().split('$').nth(2).expect("rounds").to_owned()
    };
    assert_eq!(policy("pbkdf2_sha256__min_rounds", "200"), "200");
    assert_eq!(policy("pbkdf2_sha256__max_rounds", "50"), "50");
    assert_eq!(policy("pbkdf2_sha256__max_rounds", "200"), "100");
    // Of what is for all schemes, each takes what it knows.
    assert_eq!(policy("all__block_size", "8"), "100");
}

/// The file with the answers of every case turned by `turn`, and the cases that then fail.
fn failing(turn: impl Fn(&mut serde_json::Value)) -> Vec<String> {
    let text = include_str!("../testdata/context.json");
    let mut file: serde_json::Value = serde_json::from_str(text).expect("the cases are JSON");
    let cases = file.get_mut("cases").and_then(|cases| cases.as_array_mut());
    cases.expect("a list").iter_mut().for_each(turn);
    let report = runner::contexts(&file.to_string()).expect("the cases are JSON");
    let id = |line: String| line.split([' ', ':']).next().unwrap_or_default().to_owned();
    report.failed.into_iter().map(id).collect()
}

fn turn(case: &mut serde_json::Value, answer: &str) {
    if let Some(value) = case.get_mut(answer) {
        *value = value.as_bool().map_or(serde_json::json!(true), |value| (!value).into());
    }
}

#[test]
fn no_rule_hides_a_wrong_verdict() {
    // All but the one that is read by another scheme than passlib reads it by (`own-first`).
    let failing = failing(|case| turn(case, "verify"));
    assert!(failing.len() == 72 && !failing.iter().any(|id| id == "ctx-063"));
}

#[test]
fn no_rule_hides_a_wrong_update_of_what_it_does_not_describe() {
    let failing = failing(|case| turn(case, "needs_update"));
    // At the policy's cost or between its costs; below them; of a deprecated scheme; disabled.
    let (at, below) = (
        ["ctx-017", "ctx-027", "ctx-036", "ctx-045"],
        ["ctx-022", "ctx-023", "ctx-029", "ctx-035", "ctx-072"],
    );
    let others = ["ctx-005", "ctx-007", "ctx-052", "ctx-054"];
    for id in at.iter().chain(&below).chain(&others) {
        assert!(failing.iter().any(|failed| failed == id), "{id} is hidden");
    }
}
