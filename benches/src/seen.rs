//! A token that was seen before against one that was not: what the memory of verified tokens is worth.

use std::io;
use std::time::Instant;

use portcullis_core::jose::{Algorithm, SigningKey};
use portcullis_core::{Account, Auth, MemoryUsers, ScopeSet};

use crate::table::{Table, median};

/// Tokens between the first and the second look at each.
const TOKENS: usize = 500;
const ROUNDS: usize = 15;

pub fn run() -> io::Result<()> {
    println!("\n(g) Auth::authenticate, one thread: a token seen for the first time, and again");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::new(["", "first ns", "again ns", "again against first"]);
    for algorithm in [Algorithm::HS256, Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let (first, again) = runtime.block_on(measure(algorithm))?;
        table.row([
            algorithm.name().to_owned(),
            format!("{first:.0}"),
            format!("{again:.0}"),
            format!("1/{:.0}", first / again),
        ]);
    }
    table.print();
    Ok(())
}

/// Nanoseconds for a token that was never seen, and for the same one again; each round with new tokens.
async fn measure(algorithm: Algorithm) -> io::Result<(f64, f64)> {
    let key = SigningKey::generate(algorithm).map_err(io::Error::other)?;
    let john = Account::new("johndoe");
    let users = MemoryUsers::from_iter([john.clone()]);
    let auth: Auth = Auth::builder(key, users).build().map_err(io::Error::other)?;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut tokens = Vec::with_capacity(TOKENS);
        for _ in 0..TOKENS {
            let granted = auth.grant(&john, ScopeSet::empty()).map_err(io::Error::other)?;
            tokens.push(granted.access_token);
        }
        for figures in [&mut first, &mut again] {
            let start = Instant::now();
            for token in &tokens {
                auth.authenticate(token).await.map_err(io::Error::other)?;
            }
            figures.push(start.elapsed().as_secs_f64() * 1e9 / TOKENS as f64);
        }
    }
    Ok((median(first), median(again)))
}
