//! One verify of each modern scheme against the same in C.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use portcullis_password::schemes;
use portcullis_password::{HashString, Hasher, Options, Password, Passwords};

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
    Ok(())
}
