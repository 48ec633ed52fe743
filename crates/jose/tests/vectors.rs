//! The cases under `testdata/jwt`, by the runner that the example `vectors` has.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test; serde_json's indexing gives null for what is not there"
)]

#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/keys.rs"]
mod keys;
#[path = "../examples/vectors/tally.rs"]
mod tally;
#[path = "../examples/vectors/wycheproof.rs"]
mod wycheproof;

use std::path::{Path, PathBuf};

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

#[test]
fn every_case_comes_out_as_it_asks() {
    let tally = cases::run(&testdata("cases.json")).expect("the file");
    assert_eq!(tally.failed, []);
    assert_eq!((tally.passed, tally.skipped), (567, 55));
}

#[test]
fn wycheproof_finds_nothing_accepted_that_is_invalid_and_nothing_refused_that_is_valid() {
    let tally = wycheproof::run(&testdata("wycheproof")).expect("the files");
    assert_eq!(tally.failed, []);
    assert_eq!((tally.passed, tally.skipped), (466, 44));
}
