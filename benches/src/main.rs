//! Every figure we claim, as a ratio against its floor and its peers, measured in one interleaved run.
//!
//! ```console
//! $ cargo run --release -p portcullis-bench            # all of them, about five minutes
//! $ cargo run --release -p portcullis-bench -- http    # one
//! ```

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing
)]

mod allocations;
mod attacks;
mod audit;
mod fleet;
mod gate;
mod guards;
mod hello;
mod http;
mod identify;
mod isolation;
mod jose;
mod jose_floor;
mod jose_primitive;
mod load;
mod logins;
mod password_peer;
mod passwords;
mod postgres;
mod process;
mod ranks;
mod revocations;
mod seen;
mod sessions;
mod sqlite;
mod start;
mod table;
mod tables;

use std::process::ExitCode;

type Bench = fn() -> std::io::Result<()>;

/// Name, what it shows, and whether it runs when none is named.
const BENCHES: &[(&str, &str, bool, Bench)] = &[
    (
        "http",
        "(a) a guarded request against bare axum and FastAPI",
        true,
        http::run,
    ),
    (
        "guards",
        "(l) a guarded request by bearer token, API key, cookie and Basic against bare axum",
        true,
        guards::run,
    ),
    (
        "isolation",
        "(b) the tail of a guarded request beside logins",
        true,
        isolation::run,
    ),
    (
        "logins",
        "(c) logins per second against the raw hash",
        true,
        logins::run,
    ),
    (
        "jose",
        "(d) tokens: sign and verify, every algorithm, against primitive, peer and floor",
        true,
        jose::run,
    ),
    ("sqlite", "(e) SQLite point reads and durable writes", true, sqlite::run),
    (
        "start",
        "(f) start to first answer, idle memory, size",
        true,
        start::run,
    ),
    (
        "passwords",
        "one verify of each modern scheme against C",
        true,
        passwords::run,
    ),
    (
        "identify",
        "telling the scheme of a stored hash among all",
        true,
        identify::run,
    ),
    (
        "tables",
        "a million users audited, imported and exported",
        true,
        tables::run,
    ),
    ("seen", "(g) a token seen again against one seen first", true, seen::run),
    (
        "revocations",
        "(i) half a million revocations: a look-up, their memory, a guarded request",
        true,
        revocations::run,
    ),
    (
        "audit",
        "(j) rows of the audit trail a second, and a look through a million",
        true,
        audit::run,
    ),
    (
        "sessions",
        "(k) introspection, forward-auth, client credentials, refreshes, a million sessions",
        true,
        sessions::run,
    ),
    (
        "fleet",
        "(m) our tables in PostgreSQL, against the engine by itself",
        true,
        fleet::run,
    ),
    (
        "nodes",
        "(n) one node and two on PostgreSQL over HTTP, and how long until both know what ended",
        true,
        fleet::nodes,
    ),
    (
        "growth",
        "(m) looks among 10,000 to 10,000,000 users in PostgreSQL (takes minutes and 6 GB)",
        false,
        fleet::growth,
    ),
    (
        "attacks",
        "(h) memory and answers under what strangers can do",
        true,
        attacks::run,
    ),
    (
        "ranks",
        "whether time tells known names from unknown ones [--tries N]",
        false,
        ranks::run,
    ),
    (
        "gate",
        "the hashing gate alone, beside other ways of hashing",
        false,
        gate::run,
    ),
];

fn main() -> ExitCode {
    let asked = names(std::env::args().skip(1));
    if asked.iter().any(|name| name == "serve-hello") {
        return end("serve-hello", hello::serve());
    }
    if asked.iter().any(|name| name == "serve-guards") {
        return end("serve-guards", guards::serve());
    }
    if let Some(unknown) = asked.iter().find(|name| !BENCHES.iter().any(|bench| bench.0 == **name)) {
        println!("usage: portcullis-bench [NAME ...]\n");
        for (name, shows, ..) in BENCHES {
            println!("  {name:10} {shows}");
        }
        let help = matches!(unknown.as_str(), "--help" | "-h");
        return if help { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    println!("Ratios of one run on one machine; the medians of interleaved rounds.");
    for (name, _, by_default, run) in BENCHES {
        let wanted = if asked.is_empty() {
            *by_default
        } else {
            asked.iter().any(|asked| asked == name)
        };
        if wanted && end(name, run()) != ExitCode::SUCCESS {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// What is asked for; `--tries N` is for `ranks` to read.
fn names(mut arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tries" => drop(arguments.next()),
            _ => names.push(argument),
        }
    }
    names
}

fn end(name: &str, done: std::io::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
