//! A context made from passlib's policy answers as its `CryptContext` does, but for what `decisions.json` lists.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used, clippy::arithmetic_side_effects)]

use portcullis_password::{Policy, PolicyError};

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
    let auto = schemes(&["bcrypt", "scrypt"]).with("deprecated", ["auto", "scrypt"]);
    assert_eq!(refused(auto), PolicyError::AutoAndOthers);
    let option = schemes(&["bcrypt"]).with("bcrypt__nosuch", ["3"]);
    assert_eq!(refused(option), PolicyError::UnknownOption("bcrypt__nosuch".to_owned()));
}

#[test]
fn every_recorded_case_comes_out_as_passlib_says_or_as_decided() {
    let text = include_str!("../../../testdata/passwords/context.json");
    let report = runner::contexts(text).expect("the cases are JSON");
    assert!(
        report.failed.is_empty(),
        "{}\n{}",
        report.failed.join("\n"),
        report.summary()
    );
    assert!(report.passed > 30, "{}", report.summary());
}

/// The file with the answers of every case turned by `turn`, and the cases that then fail.
fn failing(turn: impl Fn(&mut serde_json::Value)) -> Vec<String> {
    let text = include_str!("../../../testdata/passwords/context.json");
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
    assert_eq!(failing(|case| turn(case, "verify")).len(), 73);
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
