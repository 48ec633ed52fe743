//! PBKDF2 (RFC 8018) in two notations: passlib's `$pbkdf2-sha256$29000$salt$digest`, where base64 writes `.` for `+`,
//! and the PHC string format's `$pbkdf2-sha256$i=600000,l=32$salt$digest`.
//!
//! Digests are whole in passlib's notation and of 16 to 64 bytes in PHC's. The HMAC inside takes a password and the
//! same password with NUL bytes behind it for one (RFC 2104 fills the key up with them): one that ends in a NUL never matches
//! and is never hashed.

use crate::beginnings::Beginnings;
use crate::error::HashError;
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};

mod family;

use family::{SHA1, SHA256, SHA512};

macro_rules! scheme {
    ($type:ident, $family:ident) => {
        impl Scheme for $type {
            fn name(&self) -> &'static str {
                $family.name
            }

            fn identify(&self, text: &str) -> bool {
                $family.is_mine(text)
            }

            fn beginnings(&self) -> Beginnings {
                Beginnings::of(b"$")
            }

            fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
                $family.verify(password, hash)
            }

            fn memory_kib(&self, _: &HashString) -> u64 {
                0
            }

            fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
                $family.decoy_like(like, seed)
            }
        }
    };
}

macro_rules! hasher {
    ($type:ident, $family:ident) => {
        scheme!($type, $family);

        impl $type {
            /// With `rounds` rounds.
            ///
            /// # Errors
            /// No round, or more than [`limits::PBKDF2_ROUNDS`](crate::limits::PBKDF2_ROUNDS).
            pub fn new(rounds: u32) -> Result<Self, HashError> {
                $family.check(rounds, $family.size)?;
                Ok(Self { rounds })
            }
        }

        impl Hasher for $type {
            fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
                $family.hash(self.rounds, password, random)
            }

            /// Fewer rounds than the current ones. The notation does not matter.
            fn needs_update(&self, hash: &HashString) -> bool {
                $family.is_weaker(self.rounds, hash)
            }

            fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
                $family.decoy(self.rounds, $family.size, seed)
            }
        }
    };
}

/// PBKDF2 with HMAC-SHA-1. SHA-1 is no choice for anything new, so it only verifies:
///
/// ```compile_fail,E0277
/// use portcullis_password::{Passwords, schemes::Pbkdf2Sha1};
///
/// let passwords = Passwords::new(Pbkdf2Sha1); // no Hasher: does not compile
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pbkdf2Sha1;

scheme!(Pbkdf2Sha1, SHA1);

/// PBKDF2 with HMAC-SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pbkdf2Sha256 {
    rounds: u32,
}

impl Default for Pbkdf2Sha256 {
    /// 600,000 rounds, as the OWASP password storage sheet says.
    fn default() -> Self {
        Self { rounds: 600_000 }
    }
}

hasher!(Pbkdf2Sha256, SHA256);

/// PBKDF2 with HMAC-SHA-512.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pbkdf2Sha512 {
    rounds: u32,
}

impl Default for Pbkdf2Sha512 {
    /// 210,000 rounds, as the OWASP password storage sheet says.
    fn default() -> Self {
        Self { rounds: 210_000 }
    }
}

hasher!(Pbkdf2Sha512, SHA512);
