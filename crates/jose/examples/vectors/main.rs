//! Runs files of test cases through the public API and says which did not come out as they ask.
//!
//! `cargo run --release -p portcullis-jose --example vectors -- FILE… [--wycheproof DIR]`
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "no service; serde_json's indexing gives null for what is not there"
)]

mod cases;
mod keys;
mod tally;
mod wycheproof;

use std::process::ExitCode;

use tally::Tally;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut tally = Tally::default();
    let mut any = false;
    while let Some(argument) = arguments.next() {
        any = true;
        let outcome = match argument.as_str() {
            "--wycheproof" => match arguments.next() {
                Some(folder) => wycheproof::run(folder.as_ref()),
                None => Err("--wycheproof needs a folder".into()),
            },
            file => cases::run(file.as_ref()),
        };
        match outcome {
            Ok(more) => {
                tally.passed += more.passed;
                tally.skipped += more.skipped;
                tally.failed.extend(more.failed);
            }
            Err(error) => {
                eprintln!("{argument}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    if !any {
        eprintln!("usage: vectors FILE… [--wycheproof DIR]");
        return ExitCode::from(2);
    }
    for (id, instead) in &tally.failed {
        println!("{id}: {instead}");
    }
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed,
        tally.failed.len(),
        tally.skipped
    );
    ExitCode::from(u8::from(!tally.failed.is_empty()))
}
