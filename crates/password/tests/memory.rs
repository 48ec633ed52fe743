//! Broken and over-costly hashes under a real limit: this program runs itself again with an address space too small for
//! what they ask, where an allocation that is not bounded ends the process.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)]
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

use portcullis_password::{HashError, HashString, Options, Password, Passwords, schemes};
use serde_json::Value;

/// The address space of the child, in KiB: the program, its threads' stacks and the file with its texts of up to 10 MB.
/// The smallest of the costs called absurd is 16 GiB.
const SPACE_KIB: u32 = 512 * 1024;

/// What is really touched may not grow by more than this over the largest text (10 MB, of which a test holds three).
const RESIDENT_KIB: u64 = 64 * 1024;

const MALFORMED: &str = include_str!("../testdata/malformed.json");

#[path = "../examples/vectors/runner/mod.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod runner;

/// Runs one ignored test of this file under the limit.
fn limited(test: &str) -> Output {
    let program = std::env::current_exe().expect("this program");
    let script = format!("ulimit -v {SPACE_KIB}; exec \"$0\" --ignored --exact {test} --test-threads 1 --nocapture");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(program).env("RUST_BACKTRACE", "0");
    shell.output().expect("a shell")
}

fn passes(test: &str) {
    let output = limited(test);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{}\n{out}\n{err}",
        output.status
    );
}

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(MALFORMED).expect("the cases are JSON");
    file.get("cases").and_then(Value::as_array).expect("a list").clone()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// `VmHWM` of `/proc/self/status`: the most that was ever resident.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn every_malformed_hash_is_refused_in_half_a_gigabyte() {
    passes("child_refuses_every_malformed_hash");
}

#[test]
fn an_absurd_cost_is_named_before_memory_is_taken() {
    passes("child_names_every_absurd_cost");
}

#[test]
fn the_limit_is_real() {
    let output = limited("child_takes_a_gigabyte");
    assert!(!output.status.success(), "a gigabyte was had under the limit");
}

#[test]
#[ignore = "runs under the limit that `the_limit_is_real` sets"]
fn child_takes_a_gigabyte() {
    let table = vec![1_u8; 1 << 30];
    assert_eq!(std::hint::black_box(&table).len(), 1 << 30);
}

#[test]
#[ignore = "runs under the limit that `every_malformed_hash_is_refused_in_half_a_gigabyte` sets"]
fn child_refuses_every_malformed_hash() {
    let report = runner::malformed(MALFORMED).expect("the cases are JSON");
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    assert!(report.passed > 200 && report.skipped.is_empty(), "{}", report.summary());
}

/// Called absurd by the file, and refused for something else than their cost, which is never looked at.
const NOT_BY_COST: &[(&str, &str)] = &[
    ("mal-118", "2^32 is no 32-bit number, which the format has"),
    ("mal-190", "no such parameters in the format"),
    ("mal-282", "2^63 is no 32-bit number"),
    ("mal-304", "2^63 is no 32-bit number"),
    ("mal-328", "the digest is too short to be one"),
    ("mal-334", "the digest is too short to be one"),
    ("mal-345", "N = 2^65535 is outside of what scrypt defines"),
];

#[test]
#[ignore = "runs under the limit that `an_absurd_cost_is_named_before_memory_is_taken` sets"]
fn child_names_every_absurd_cost() {
    let before = peak_kib();
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| text(case, "kind") == "absurd cost") {
        let (id, stored) = (text(case, "id"), HashString::new(text(case, "hash")));
        let alone = schemes::named(text(case, "scheme"), &Options::new()).map(Passwords::only);
        let passwords = alone.unwrap_or_else(|_| Passwords::recommended());
        let answer = passwords.verify(&Password::from(text(case, "secret")), Some(&stored));
        let excused = NOT_BY_COST.iter().any(|(other, _)| *other == id);
        let named = matches!(answer, Err(HashError::TooCostly { .. }));
        if named == excused || answer.is_ok() {
            wrong.push(format!("{id} ({}): {answer:?}", text(case, "why")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let grown = peak_kib().saturating_sub(before);
    assert!(grown < RESIDENT_KIB, "{grown} KiB");
}
