//! Hashes that real frameworks wrote verify here as they do there; broken and hostile ones never do.
//!
//! The same runner as in `examples/vectors`; one scheme alone:
//! `cargo run --release -p portcullis-password --example vectors -- --scheme NAME testdata/passwords/vectors.json`.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used, clippy::arithmetic_side_effects)]

use portcullis_password::schemes;

#[path = "../examples/vectors/runner/mod.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod runner;

const VECTORS: &str = include_str!("../testdata/vectors.json");
const MORE: &str = include_str!("../testdata/more-vectors.json");
const MALFORMED: &str = include_str!("../testdata/malformed.json");

#[test]
fn every_vector_of_a_known_scheme_verifies_as_its_writers_say_or_as_decided() {
    let report = runner::vectors(VECTORS, None).expect("the vectors are JSON");
    assert!(
        report.failed.is_empty(),
        "{}\n{}",
        report.failed.join("\n"),
        report.summary()
    );
    assert!(report.passed > 400, "{}", report.summary());
    for (scheme, count) in &report.skipped {
        assert!(schemes::names().all(|name| name != scheme), "{scheme}: {count} skipped");
    }
}

#[test]
fn what_once_came_out_wrong_comes_out_right() {
    let report = runner::vectors(MORE, None).expect("the vectors are JSON");
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    assert!(report.skipped.is_empty() && report.passed > 20, "{}", report.summary());
}

#[test]
fn every_malformed_hash_is_refused() {
    let report = runner::malformed(MALFORMED).expect("the cases are JSON");
    assert!(
        report.failed.is_empty(),
        "{}\n{}",
        report.failed.join("\n"),
        report.summary()
    );
    assert!(report.passed > 100, "{}", report.summary());
}

#[test]
fn a_vector_with_the_wrong_answer_fails() {
    let turned = VECTORS.replace("\"verify\": true", "\"verify\": null");
    let turned = turned
        .replace("\"verify\": false", "\"verify\": true")
        .replace("\"verify\": null", "\"verify\": false");
    let report = runner::vectors(&turned, Some("ldap_salted_sha256")).expect("the vectors are JSON");
    assert!(report.passed == 0 && report.failed.len() > 5, "{}", report.summary());
}
