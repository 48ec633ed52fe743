//! It is built with debug assertions or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a failure is a panic"
)]

use std::process::Command;

/// What the compiler says of the crate's root alone, whose modules it then cannot link with anything.
fn compiler_says(arguments: &[&str]) -> String {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let run = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-o"])
        .args(["/dev/null", concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(run.stderr).unwrap()
}

#[test]
fn a_build_without_debug_assertions_fails_with_a_sentence_that_says_why() {
    let why = "error: portcullis-testing is for tests";
    let release = ["-C", "debug-assertions=no"];
    assert!(compiler_says(&release).contains(why));
    assert!(!compiler_says(&["-C", "debug-assertions=yes"]).contains(why));
    // `cargo test --release` says that it is one.
    let asked = [&release[..], &["--cfg", "feature=\"release-tests\""]].concat();
    assert!(!compiler_says(&asked).contains(why));
}
