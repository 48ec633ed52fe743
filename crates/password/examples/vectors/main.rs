//! Runs files of password vectors through the public API.
//!
//! ```text
//! cargo run --release -p portcullis-password --example vectors -- testdata/passwords/vectors.json
//! … -- --scheme md5_crypt testdata/passwords/vectors.json     one scheme
//! … -- --missing testdata/passwords/vectors.json              also the schemes that are not known
//! … -- --malformed testdata/passwords/malformed.json          broken and hostile hashes
//! … -- --context testdata/passwords/context.json              policies, against passlib's answers
//! ```

#![allow(clippy::arithmetic_side_effects, reason = "counts cases")]

use std::process::ExitCode;

mod runner;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, Box<dyn std::error::Error>> {
    let (mut scheme, mut missing, mut good, mut files) = (None, false, true, 0_usize);
    let mut total = runner::Report::default();
    while let Some(argument) = arguments.next() {
        let report = match argument.as_str() {
            "--scheme" => {
                scheme = Some(arguments.next().ok_or("--scheme wants a name")?);
                continue;
            }
            "--missing" => {
                missing = true;
                continue;
            }
            "--malformed" => runner::malformed(&read(&arguments.next().ok_or("--malformed wants a file")?)?)?,
            "--context" => runner::contexts(&read(&arguments.next().ok_or("--context wants a file")?)?)?,
            file => runner::vectors(&read(file)?, scheme.as_deref())?,
        };
        files += 1;
        good &= report.failed.is_empty();
        total.passed += report.passed;
        total.failed.extend(report.failed);
        total.decided.extend(report.decided);
        for (rule, count) in report.rules {
            *total.rules.entry(rule).or_default() += count;
        }
        for (scheme, count) in report.skipped {
            *total.skipped.entry(scheme).or_default() += count;
        }
    }
    if files == 0 {
        return Err("name a file of vectors; `--malformed FILE` runs broken hashes, `--context FILE` policies".into());
    }
    for line in &total.failed {
        println!("failed   {line}");
    }
    for line in &total.decided {
        println!("decided  {line}");
    }
    for (rule, count) in &total.rules {
        println!("rule     {rule}: {count}");
    }
    if missing {
        for (scheme, count) in &total.skipped {
            println!("skipped  {scheme}: {count}");
        }
    }
    println!("{}", total.summary());
    Ok(good)
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}
