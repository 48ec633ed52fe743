//! One verify of each modern scheme against the same in C; how long it takes to tell the scheme of a stored hash.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use portcullis_password::schemes::{self, Named};
use portcullis_password::{HashString, Hasher, Options, Password, Passwords, SchemeError};

use crate::allocations::thread_time;
use crate::password_peer::{PASSWORD, Peer};
use crate::table::{Table, median};

const ROUNDS: usize = 11;
/// How long one batch takes, about.
const BATCH: Duration = Duration::from_millis(150);

/// As libxcrypt wrote them: we make none.
const SHA512_CRYPT: &str = "$6$rounds=656000$Zk3rVbYqL1oW8uTa$E1nYpYvX40fkTurAbhdqEZtigKxJEc40DCaFlJmAgleiiSQGWokc.f2louB//s/bZOF0TksnpYgN8bbvn5FvV0";
const YESCRYPT: &str = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$y8e1eitiNDaQsFFW6d.9KbSTlk5zV3R3coZQtfcNAO5";

/// A stored hash and those who verify it.
struct Row {
    name: &'static str,
    passwords: Passwords,
    stored: HashString,
    peers: &'static [&'static str],
}

fn made(name: &'static str, hasher: impl Hasher, peers: &'static [&'static str]) -> io::Result<Row> {
    let passwords = Passwords::new(hasher);
    let stored = passwords.hash(&Password::from(PASSWORD)).map_err(io::Error::other)?;
    Ok(Row {
        name,
        passwords,
        stored,
        peers,
    })
}

fn read(name: &'static str, scheme: &str, stored: &str) -> io::Result<Row> {
    let scheme = schemes::named(scheme, &Options::new()).map_err(io::Error::other)?;
    Ok(Row {
        name,
        passwords: Passwords::only(scheme),
        stored: HashString::new(stored),
        peers: &["libxcrypt"],
    })
}

fn rows() -> io::Result<Vec<Row>> {
    let scrypt = |log_n| schemes::Scrypt::new(log_n, 8, 1).map_err(io::Error::other);
    let (openssl, bcrypts) = (&["openssl"], &["wheel", "libxcrypt"]);
    Ok(vec![
        made("bcrypt, cost 12", schemes::Bcrypt::default(), bcrypts)?,
        made(
            "Argon2id, 19 MiB, t=2, p=1",
            schemes::Argon2::default(),
            &["argon2-cffi"],
        )?,
        made("scrypt, N=2^15, r=8", scrypt(15)?, openssl)?,
        made("scrypt, N=2^17, r=8", scrypt(17)?, openssl)?,
        made(
            "PBKDF2-SHA256, 600,000 rounds",
            schemes::Pbkdf2Sha256::default(),
            openssl,
        )?,
        made(
            "PBKDF2-SHA512, 210,000 rounds",
            schemes::Pbkdf2Sha512::default(),
            openssl,
        )?,
        read("SHA512-crypt, 656,000 rounds", "sha512_crypt", SHA512_CRYPT)?,
        read("yescrypt, j9T", "yescrypt", YESCRYPT)?,
    ])
}

impl Row {
    /// Nanoseconds of this thread's processor time for one verify, the mean of `count`.
    fn verify(&self, count: u32) -> io::Result<f64> {
        let password = Password::from(PASSWORD);
        let start = thread_time();
        for _ in 0..count {
            let verdict = self.passwords.verify(black_box(&password), Some(&self.stored));
            if !verdict.map_err(io::Error::other)?.is_match() {
                return Err(io::Error::other(format!("{}: the password is not right", self.name)));
            }
        }
        Ok(thread_time().saturating_sub(start).as_nanos() as f64 / f64::from(count))
    }

    /// Ours first, then each peer's, all of them in every round; nothing for a peer that is not there.
    fn measure(&self, peer: &mut Option<Peer>) -> io::Result<Vec<Vec<f64>>> {
        let once = Duration::from_nanos(self.verify(1)? as u64).max(Duration::from_micros(1));
        let count = (BATCH.as_nanos() / once.as_nanos()).clamp(1, 1000) as u32;
        let mut figures = vec![Vec::new(); self.peers.len() + 1];
        for _ in 0..ROUNDS {
            figures[0].push(self.verify(count)?);
            let Some(peer) = peer else { continue };
            for (name, figures) in self.peers.iter().zip(&mut figures[1..]) {
                figures.extend(peer.verify(name, count, self.stored.as_str()).ok());
            }
        }
        Ok(figures)
    }

    fn lines(&self, figures: &[Vec<f64>], table: &mut Table<6>) {
        let least = |figures: &[f64]| figures.iter().copied().fold(f64::NAN, f64::min);
        let milliseconds = |figures: &[f64]| format!("{:.2}", median(figures.to_vec()) / 1e6);
        let ours = &figures[0];
        for (peer, theirs) in self.peers.iter().zip(&figures[1..]) {
            let name = self.name.to_owned();
            let [ratio, of_least] = if theirs.is_empty() {
                ["-".into(), "-".into()]
            } else {
                [
                    median(ours.clone()) / median(theirs.clone()),
                    least(ours) / least(theirs),
                ]
                .map(|ratio| format!("{ratio:.3}"))
            };
            let theirs = if theirs.is_empty() {
                "-".into()
            } else {
                milliseconds(theirs)
            };
            table.row([name, milliseconds(ours), (*peer).to_owned(), theirs, ratio, of_least]);
        }
    }
}

pub fn run() -> io::Result<()> {
    println!("\none verify, one thread, processor time, {ROUNDS} rounds in turns with the C implementations");
    crate::process::pin_load();
    let mut peer = Peer::start();
    if let Some(peer) = &mut peer {
        for name in ["wheel", "libxcrypt", "argon2-cffi", "openssl"] {
            match peer.version(name) {
                Ok(version) => println!("  {name}: {version}"),
                Err(error) => println!("  left out: {name} ({error})"),
            }
        }
    }
    let mut table = Table::new(["scheme", "ours ms", "peer", "peer ms", "ratio", "of the least"]);
    for row in rows()? {
        row.lines(&row.measure(&mut peer)?, &mut table);
    }
    table.print();
    identify()
}

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
fn identify() -> io::Result<()> {
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
    println!(
        "\nidentify among all {} schemes, {} stored hashes: mean {mean:.0} ns; the slowest notations:",
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
