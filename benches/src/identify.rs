//! How long it takes to tell the scheme of a stored hash, among all that we read.

use std::hint::black_box;
use std::io;

use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashString, Options, Passwords, SchemeError};

use crate::allocations::thread_time;
use crate::table::Table;

/// Good values for the schemes that cannot be had without.
const OPTIONS: &[(&str, &str)] = &[
    ("algorithm", "sha512"),
    ("iterations", "1000"),
    ("mem_cost", "14"),
    ("password_salt", "salt"),
    ("pepper", "pepper"),
    ("realm", "realm"),
    ("rounds", "8"),
    ("salt_length", "16"),
    ("salt_separator", "Bw=="),
    ("signer_key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
];

fn built(name: &str) -> io::Result<Named> {
    let options = || {
        OPTIONS
            .iter()
            .fold(Options::new(), |all, (name, value)| all.with(*name, *value))
    };
    let scheme = match schemes::named(name, &Options::new()) {
        Err(SchemeError::MissingOption(_)) => schemes::named(name, &options()),
        scheme => scheme,
    };
    scheme.map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// Every scheme of the registry, the broken ones behind the others.
fn every_scheme() -> io::Result<Passwords> {
    let mut passwords = Passwords::new(schemes::Argon2::default());
    let mut broken = Vec::new();
    for name in schemes::names().filter(|name| *name != "argon2") {
        passwords = match built(name)? {
            Named::Current(hasher) => passwords.accept(hasher),
            Named::VerifyOnly(scheme) => passwords.accept(scheme),
            Named::Disabled(disabled) => passwords.accept_disabled(disabled),
            Named::Broken(scheme) => {
                broken.push(scheme);
                passwords
            }
            _ => return Err(io::Error::other(format!("{name} is of a class that is not known here"))),
        };
    }
    Ok(broken.into_iter().fold(passwords, Passwords::accept_broken))
}

/// Nanoseconds to identify a stored hash, the least of some rounds.
fn identify_one(passwords: &Passwords, stored: &HashString) -> f64 {
    const TIMES: u32 = 200;
    let rounds = (0..5).map(|_| {
        let start = thread_time();
        for _ in 0..TIMES {
            black_box(passwords.identify(black_box(stored)));
        }
        thread_time().saturating_sub(start).as_nanos() as f64 / f64::from(TIMES)
    });
    rounds.fold(f64::INFINITY, f64::min)
}

/// Nanoseconds, of which scheme, and how long the text is.
type Figure = (f64, String, usize);

/// Target: at most a microsecond.
pub fn run() -> io::Result<()> {
    let passwords = every_scheme()?;
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/passwords/vectors.json");
    let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(vectors)?)?;
    let text = |vector: &serde_json::Value, member: &str| vector[member].as_str().unwrap_or_default().to_owned();
    let vectors = vectors["vectors"].as_array().into_iter().flatten();
    let mut figures: Vec<Figure> = vectors
        .map(|vector| {
            let stored = HashString::new(text(vector, "hash"));
            (
                identify_one(&passwords, &stored),
                text(vector, "scheme"),
                stored.as_str().len(),
            )
        })
        .collect();
    let mean = figures.iter().map(|(figure, ..)| figure).sum::<f64>() / figures.len() as f64;
    let slow = figures.iter().filter(|(figure, ..)| *figure > 1000.0).count();
    println!(
        "\nidentify among all {} schemes, {} stored hashes: mean {mean:.0} ns, {slow} over a microsecond; the slowest \
         notations:",
        schemes::names().count(),
        figures.len()
    );
    figures.sort_by(|one, other| one.1.cmp(&other.1).then(other.0.total_cmp(&one.0)));
    let mut notations: Vec<&[Figure]> = figures.chunk_by(|one, other| one.1 == other.1).collect();
    notations.sort_by(|one, other| other[0].0.total_cmp(&one[0].0));
    let mut table = Table::new(["vectors of", "mean ns", "slowest ns", "its bytes"]);
    for notation in notations.iter().take(12) {
        let (slowest, scheme, bytes) = &notation[0];
        let mean = notation.iter().map(|(figure, ..)| figure).sum::<f64>() / notation.len() as f64;
        table.row([
            scheme.clone(),
            format!("{mean:.0}"),
            format!("{slowest:.0}"),
            bytes.to_string(),
        ]);
    }
    table.print();
    Ok(())
}
