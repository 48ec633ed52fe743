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
