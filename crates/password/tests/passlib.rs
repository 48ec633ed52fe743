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

#[test]
fn no_rule_of_the_decisions_hides_a_wrong_answer() {
    let text = include_str!("../../../testdata/passwords/context.json");
    // Every answer about an update turned around: what the rules decide is the same, the rest fails.
    let turned = text.replace("\"needs_update\": true", "\"needs_update\": null");
    let turned = turned.replace("\"needs_update\": false", "\"needs_update\": true");
    let turned = turned.replace("\"needs_update\": null", "\"needs_update\": false");
    let report = runner::contexts(&turned).expect("the cases are JSON");
    assert!(report.failed.len() > 20, "{}", report.summary());
    let turned = text.replace("\"verify\": true", "\"verify\": false");
    let report = runner::contexts(&turned).expect("the cases are JSON");
    assert!(report.failed.len() > 30, "{}", report.summary());
}
