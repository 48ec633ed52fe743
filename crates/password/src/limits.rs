//! The most that a stored hash may ask for.
//!
//! Whoever can write a row of the user table could otherwise stop the server with one number: none of the usual
//! libraries has a ceiling below the format's own, which means days of work or terabytes of memory. Every limit is
//! checked before work or memory is spent, and is well above what any framework writes by default. One verification at
//! the limits takes a few seconds of one core.

/// The longest stored text that is parsed, in bytes.
pub const TEXT: usize = 2048;

/// The longest salt, in bytes (passlib's own limit for PBKDF2).
pub const SALT: usize = 1024;

/// The longest digest, in bytes.
pub const DIGEST: usize = 128;

/// The shortest digest of a scheme whose digest can be cut without changing its beginning (scrypt, PBKDF2), in bytes: a
/// reader that took the length from the text would accept a hash cut to one byte.
pub const SHORTEST_DIGEST: usize = 16;

/// The most memory one verification may take, in KiB: 1 GiB for the table of Argon2 or scrypt (libsodium's "sensitive"
/// and libxcrypt's highest setting really write that), and 1 MiB for what stands beside it. A server that cannot spare
/// that asks [`Passwords::memory_kib`](crate::Passwords::memory_kib) first.
pub const MEMORY_KIB: u64 = 1024 * 1024 + 1024;

/// The most passes over the memory (`t`) in Argon2.
pub const ARGON2_PASSES: u32 = 1024;

/// The most lanes (`p`) in Argon2.
pub const ARGON2_LANES: u32 = 255;

/// The most work in Argon2: memory in KiB times passes. Argon2id with 64 MiB and 3 passes is 196,608.
pub const ARGON2_WORK: u64 = 1 << 22;

/// The highest cost of bcrypt (about four seconds), the binary logarithm of its rounds. The usual ones are 10 to 14.
pub const BCRYPT_COST: u32 = 16;

/// The most work in scrypt: N times r times p. The recommended N = 2^17, r = 8, p = 1 is 2^20.
pub const SCRYPT_WORK: u64 = 1 << 23;

/// The most rounds in PBKDF2, counted once for each block of the digest. The usual ones are up to 1,500,000.
pub const PBKDF2_ROUNDS: u64 = 10_000_000;

/// The most rounds in the older schemes that repeat a digest (SHA-crypt, phpass, FSHP, Solaris' and NetBSD's crypt). The
/// usual ones are up to 656,000.
pub const CRYPT_ROUNDS: u64 = 10_000_000;

/// The most rounds in BSDi's extended DES crypt, whose format goes up to 16,777,215. The usual one is 5,001.
pub const DES_ROUNDS: u64 = 1 << 20;
