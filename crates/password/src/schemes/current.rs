//! The schemes that make new hashes, by name and option, the recommended one first. The options are passlib's.

use super::argon2::Argon2;
use super::bcrypt::{Bcrypt, BcryptIdent};
use super::bcrypt_sha256::BcryptSha256;
use super::maker::{Made, Maker, made, maker};
use super::pbkdf2::{Pbkdf2Sha256, Pbkdf2Sha512};
use super::scrypt::Scrypt;
use crate::options::{Options, SchemeError};

const ROUNDS: &[&str] = &["rounds"];

/// The table; those in frameworks' own notations stand in `frameworks.rs`.
pub(crate) const MAKERS: &[Maker] = &[
    maker(
        "argon2",
        &["rounds", "time_cost", "memory_cost", "parallelism"],
        None,
        argon2,
    ),
    maker("bcrypt", &["rounds", "ident"], Some(4), bcrypt),
    maker("bcrypt_sha256", ROUNDS, Some(4), |_, options| {
        made(BcryptSha256::new(options.number_or("rounds", 12)?), "rounds")
    }),
    maker("scrypt", &["rounds", "block_size", "parallelism"], Some(1), scrypt),
    maker("pbkdf2_sha256", ROUNDS, Some(1), |_, options| {
        made(Pbkdf2Sha256::new(options.number_or("rounds", 600_000)?), "rounds")
    }),
    maker("pbkdf2_sha512", ROUNDS, Some(1), |_, options| {
        made(Pbkdf2Sha512::new(options.number_or("rounds", 210_000)?), "rounds")
    }),
];

/// The hasher of this name, one of these.
pub(crate) fn make(name: &str, options: &Options) -> Made {
    let maker = MAKERS.iter().find(|maker| maker.name == name);
    maker.ok_or(SchemeError::Unknown)?.make(options)
}

fn bcrypt(_: &str, options: &Options) -> Made {
    let cost = options.number_or("rounds", 12)?;
    let ident = options.get("ident").map_or(Some(BcryptIdent::B), BcryptIdent::named);
    let ident = ident.ok_or(SchemeError::BadOption("ident"))?;
    made(Bcrypt::new(cost).map(|bcrypt| bcrypt.with_ident(ident)), "rounds")
}

fn argon2(_: &str, options: &Options) -> Made {
    let passes = options.number_or("rounds", 2)?;
    let (memory_kib, passes) = (
        options.number_or("memory_cost", 19_456)?,
        options.number_or("time_cost", passes)?,
    );
    made(
        Argon2::new(memory_kib, passes, options.number_or("parallelism", 1)?),
        "memory_cost",
    )
}

fn scrypt(_: &str, options: &Options) -> Made {
    let log_n = u8::try_from(options.number_or("rounds", 17)?).map_err(|_| SchemeError::BadOption("rounds"))?;
    let (r, p) = (
        options.number_or("block_size", 8)?,
        options.number_or("parallelism", 1)?,
    );
    made(Scrypt::new(log_n, r, p), "rounds")
}
