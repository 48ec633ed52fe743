//! Broken and hostile hashes under a real limit of memory: the runner of the vectors as a process that may not grow.

// Functions outside of `#[test]` count as production code for these lints.
#![allow(clippy::expect_used)]
#![cfg(target_os = "linux")]

use std::process::Command;

/// What the process may take, in KiB: the program, its threads' stacks, the file and one Argon2 of 64 MiB, and nothing
/// like the gigabytes that some of the hashes ask for.
const LIMIT_KIB: u32 = 400 * 1024;

#[test]
fn every_malformed_hash_is_refused_under_a_limit_of_memory() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--locked",
            "-p",
            "portcullis-password",
            "--example",
            "vectors",
            "--message-format=json",
        ])
        .output()
        .expect("cargo runs");
    assert!(built.status.success());
    let messages = String::from_utf8(built.stdout).expect("text");
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program = messages
        .filter_map(|message| message["executable"].as_str().map(str::to_owned))
        .next_back();
    let program = program.expect("the example");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/passwords/malformed.json");
    let run = format!("ulimit -v {LIMIT_KIB}; exec \"$0\" --malformed \"$1\"");
    let ran = Command::new("sh")
        .args(["-c", &run, &program, file])
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains(" 0 failed"), "{said}");
}
