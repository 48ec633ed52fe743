//! PBKDF2 (RFC 8018) in two notations: passlib's `$pbkdf2-sha256$29000$salt$digest`, where base64 writes `.` for `+`,
//! and the PHC string format's `$pbkdf2-sha256$i=600000,l=32$salt$digest`.
//!
//! Digests are whole in passlib's notation and of 16 to 64 bytes in PHC's. The HMAC inside takes a password and the
//! same password with NUL bytes behind it for one (RFC 2104 fills the key up with them), as all implementations do.

use std::fmt::Debug;

use base64::Engine as _;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::error::{Flaw, HashError};
use crate::limits;
use crate::notation::{self, AB64, Fields, PHC, Parameters};
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};

/// The longest digest in the PHC notation, in bytes (the PHC string format's own limit).
const LONGEST_DIGEST: usize = 64;

#[derive(Debug)]
struct Family {
    name: &'static str,
    /// What passlib writes.
    ident: &'static str,
    /// What PHC writes.
    phc_ident: &'static str,
    /// The size of the hash function, in bytes.
    size: usize,
    function: fn(&[u8], &[u8], u32, &mut [u8]),
}

const SHA1: Family = Family {
    name: "pbkdf2_sha1",
    ident: "$pbkdf2$",
    phc_ident: "$pbkdf2-sha1$",
    size: 20,
    function: pbkdf2::pbkdf2_hmac::<Sha1>,
};

const SHA256: Family = Family {
    name: "pbkdf2_sha256",
    ident: "$pbkdf2-sha256$",
    phc_ident: "$pbkdf2-sha256$",
    size: 32,
    function: pbkdf2::pbkdf2_hmac::<Sha256>,
};

const SHA512: Family = Family {
    name: "pbkdf2_sha512",
    ident: "$pbkdf2-sha512$",
    phc_ident: "$pbkdf2-sha512$",
    size: 64,
    function: pbkdf2::pbkdf2_hmac::<Sha512>,
};

struct Parsed {
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Family {
    fn is_mine(&self, text: &str) -> bool {
        text.starts_with(self.ident) || text.starts_with(self.phc_ident)
    }

    fn malformed(&self, flaw: Flaw) -> HashError {
        HashError::Malformed {
            scheme: self.name,
            flaw,
        }
    }

    fn parse(&self, text: &str) -> Option<Result<Parsed, HashError>> {
        let fields = Fields::after(text, self.ident).or_else(|| Fields::after(text, self.phc_ident))?;
        let parsed = fields
            .and_then(|fields| self.read(text, fields))
            .map_err(|flaw| self.malformed(flaw));
        Some(parsed.and_then(|parsed| self.check(parsed.rounds, parsed.digest.len()).map(|()| parsed)))
    }

    fn read(&self, text: &str, mut fields: Fields<'_>) -> Result<Parsed, Flaw> {
        let cost = fields.required()?;
        let shared = self.ident == self.phc_ident;
        let plain = text.starts_with(self.ident) && !(shared && cost.contains('='));
        let alphabet = if plain { AB64 } else { PHC };
        let (rounds, len) = if plain {
            (notation::number(cost)?, Some(self.size))
        } else {
            phc_cost(cost)?
        };
        let salt = notation::salt(fields.required()?, &alphabet, 0)?;
        let digest = notation::digest(fields.required()?, &alphabet, limits::SHORTEST_DIGEST)?;
        fields.end()?;
        if digest.len() > LONGEST_DIGEST || len.is_some_and(|len| len != digest.len()) {
            return Err(Flaw::DigestSize);
        }
        Ok(Parsed { rounds, salt, digest })
    }

    fn check(&self, rounds: u32, len: usize) -> Result<(), HashError> {
        if rounds == 0 {
            return Err(self.malformed(Flaw::ParameterRange));
        }
        let blocks = u64::try_from(len.div_ceil(self.size)).unwrap_or(u64::MAX);
        if u64::from(rounds).saturating_mul(blocks) > limits::PBKDF2_ROUNDS {
            return Err(HashError::TooCostly {
                scheme: self.name,
                cost: "rounds",
                limit: limits::PBKDF2_ROUNDS,
            });
        }
        Ok(())
    }

    fn compute(&self, password: &[u8], parsed: &Parsed) -> Vec<u8> {
        let mut digest = vec![0; parsed.digest.len()];
        (self.function)(password, &parsed.salt, parsed.rounds, &mut digest);
        digest
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = self.parse(hash.as_str())?;
        Some(
            parsed.map(|parsed| {
                arithmetic::matches(password, &self.compute(password.bounded(), &parsed), &parsed.digest)
            }),
        )
    }

    /// In passlib's notation if the digest is whole, else in PHC's.
    fn write(&self, parsed: &Parsed) -> HashString {
        let Parsed { rounds, salt, digest } = parsed;
        HashString::new(if digest.len() == self.size {
            format!("{}{rounds}${}${}", self.ident, AB64.encode(salt), AB64.encode(digest))
        } else {
            let len = digest.len();
            format!(
                "{}i={rounds},l={len}${}${}",
                self.phc_ident,
                PHC.encode(salt),
                PHC.encode(digest)
            )
        })
    }

    fn decoy(&self, rounds: u32, len: usize, seed: &[u8; 32]) -> HashString {
        let salt = arithmetic::derived_salt(seed).into();
        self.write(&Parsed {
            rounds,
            salt,
            digest: arithmetic::derived_digest(seed, len),
        })
    }

    fn decoy_like(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let parsed = self.parse(like.as_str())?.ok()?;
        Some(self.decoy(parsed.rounds, parsed.digest.len(), seed))
    }

    fn hash(&self, rounds: u32, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, self.name)?;
        let mut fresh = Parsed {
            rounds,
            salt: arithmetic::salt(random)?.into(),
            digest: vec![0; self.size],
        };
        fresh.digest = self.compute(bytes, &fresh);
        Ok(self.write(&fresh))
    }

    fn is_weaker(&self, rounds: u32, hash: &HashString) -> bool {
        let Some(Ok(parsed)) = self.parse(hash.as_str()) else {
            return true;
        };
        parsed.rounds < rounds
    }
}

/// `i=rounds` and, not always, `l=length of the digest`.
fn phc_cost(text: &str) -> Result<(u32, Option<usize>), Flaw> {
    let Parameters {
        values: [rounds, len],
        order,
    } = Parameters::parse(text, ["i", "l"])?;
    if order.first() != Some(&0) {
        return Err(Flaw::ParameterOrder);
    }
    let len = len.map(usize::try_from).transpose().map_err(|_| Flaw::DigestSize)?;
    Ok((rounds.ok_or(Flaw::MissingParameter)?, len))
}

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
