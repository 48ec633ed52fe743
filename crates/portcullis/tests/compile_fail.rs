//! What must not compile, and that the reason given helps whoever meets it.
//!
//! Each file of `tests/compile_fail/` is compiled against this very build of the library. It has to fail, and the
//! compiler has to say every sentence that the file names in a line `//~ …`. Compared are sentences of ours and not
//! the whole output, which differs from one compiler to the next.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a failure is a panic"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that a case may name.
const EXTERNS: [&str; 4] = ["portcullis", "axum", "http", "serde"];

#[test]
fn wrong_handlers_do_not_compile_and_the_compiler_says_what_to_do() {
    let libraries = libraries();
    let mut cases = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail")).unwrap() {
        let case = entry.unwrap().path();
        let source = std::fs::read_to_string(&case).unwrap();
        let sentences: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("//~ ")).collect();
        assert!(!sentences.is_empty(), "{} names no sentence", case.display());
        let said = refused(&case, &libraries);
        for sentence in sentences {
            assert!(
                said.contains(sentence),
                "{}: {sentence:?} is not in\n{said}",
                case.display()
            );
        }
        cases += 1;
    }
    assert!(cases > 0);
}

#[test]
fn what_an_application_writes_compiles_without_schemars_among_its_dependencies() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_pass/without_schemars.rs");
    let (compiles, said) = compile(&case, &libraries());
    assert!(compiles && said.is_empty(), "{said}");
}

/// What the compiler says of a case that it refuses.
fn refused(case: &Path, libraries: &[(String, PathBuf)]) -> String {
    let (compiles, said) = compile(case, libraries);
    assert!(!compiles, "{} compiles", case.display());
    said
}

/// Whether a case compiles, and what the compiler says.
fn compile(case: &Path, libraries: &[(String, PathBuf)]) -> (bool, String) {
    let name = case.file_stem().unwrap().to_string_lossy();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compile_fail_{name}.rmeta"));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .args(["--edition=2024", "--emit=metadata", "--color=never", "-o"])
        .arg(out)
        .arg(case);
    for (name, file) in libraries {
        rustc.arg("--extern").arg(format!("{name}={}", file.display()));
        rustc
            .arg("-L")
            .arg(format!("dependency={}", file.parent().unwrap().display()));
    }
    let output = rustc.output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

/// The files of the libraries that this test was linked with: cargo names them when asked to build it once more.
fn libraries() -> Vec<(String, PathBuf)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "test",
        "--no-run",
        "--message-format=json",
        "--test",
        "compile_fail",
        // With the features that it has beside the other crates, or it would all be built once more.
        "--workspace",
    ]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let artifacts = messages.map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap());
    let mut found = Vec::new();
    for artifact in artifacts.filter(|message| message["reason"] == "compiler-artifact") {
        let name = artifact["target"]["name"].as_str().unwrap();
        let is_library = artifact["target"]["kind"][0] == "lib";
        let file = artifact["filenames"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|file| file.as_str());
        if let (true, true, Some(file)) = (
            is_library,
            EXTERNS.contains(&name),
            file.into_iter().find(|file| file.ends_with(".rlib")),
        ) {
            found.push((name.to_owned(), PathBuf::from(file)));
        }
    }
    assert_eq!(found.len(), EXTERNS.len(), "{found:?}");
    found
}
