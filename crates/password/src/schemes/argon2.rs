//! Argon2 (RFC 9106) in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.
//!
//! A missing `v=` means version 0x10, as in the reference implementation. The npm package argon2 writes its parameters
//! in the order m, p, t; both orders are read. `keyid` and `data` are refused: such a hash needs a secret that is not
//! here.

use argon2::{Algorithm, Params, Version};
use base64::Engine as _;

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::blocks;
use crate::error::{Flaw, HashError};
use crate::limits;
use crate::notation::{self, Fields, PHC, Parameters};
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};

const NAME: &str = "argon2";
/// RFC 9106 section 3.1: the shortest salt and tag, in bytes.
const SHORTEST_SALT: usize = 8;
const SHORTEST_TAG: usize = 4;
/// The size of a new tag; a shorter one counts as weaker, as in passlib.
const TAG: usize = 32;

/// Argon2id for new hashes; Argon2i, Argon2d and version 0x10 are read as well.
///
/// ```
/// use portcullis_password::{HashString, Passwords, schemes::Argon2};
///
/// # fn main() -> Result<(), portcullis_password::HashError> {
/// let passwords = Passwords::new(Argon2::new(65_536, 3, 4)?);
/// let weaker = HashString::new("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AJFIsNZTMKTAewB4+ETN1A");
/// assert!(passwords.needs_update(&weaker));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2 {
    cost: Cost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

struct Parsed {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl Default for Argon2 {
    /// 19 MiB, 2 passes, 1 lane: the first choice of the OWASP password storage sheet.
    fn default() -> Self {
        Self {
            cost: Cost {
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            },
        }
    }
}

impl Argon2 {
    /// Argon2id with `memory_kib` KiB of memory (`m`), `passes` (`t`) and `lanes` (`p`). The lanes are computed one
    /// after the other, on the calling thread.
    ///
    /// # Errors
    /// No memory of 8 KiB for each lane, no pass or lane at all, or more than [`limits`](crate::limits) allows.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, HashError> {
        let cost = Cost {
            memory_kib,
            passes,
            lanes,
        };
        cost.check()?;
        Ok(Self { cost })
    }
}

impl Cost {
    fn work(&self) -> u64 {
        u64::from(self.memory_kib).saturating_mul(u64::from(self.passes))
    }

    fn check(&self) -> Result<(), HashError> {
        if self.passes == 0 || self.lanes == 0 || self.memory_kib / 8 < self.lanes {
            return Err(malformed(Flaw::ParameterRange));
        }
        let too_costly = |cost, limit| {
            Err(HashError::TooCostly {
                scheme: NAME,
                cost,
                limit,
            })
        };
        if u64::from(self.memory_kib) > limits::MEMORY_KIB {
            return too_costly("memory in KiB", limits::MEMORY_KIB);
        }
        if self.passes > limits::ARGON2_PASSES {
            return too_costly("passes", limits::ARGON2_PASSES.into());
        }
        if self.lanes > limits::ARGON2_LANES {
            return too_costly("lanes", limits::ARGON2_LANES.into());
        }
        if self.work() > limits::ARGON2_WORK {
            return too_costly("memory in KiB times passes", limits::ARGON2_WORK);
        }
        Ok(())
    }
}

fn malformed(flaw: Flaw) -> HashError {
    HashError::Malformed { scheme: NAME, flaw }
}

fn parse(text: &str) -> Option<Result<Parsed, HashError>> {
    let variants = [
        ("$argon2id$", Algorithm::Argon2id),
        ("$argon2i$", Algorithm::Argon2i),
        ("$argon2d$", Algorithm::Argon2d),
    ];
    let (fields, algorithm) = variants
        .iter()
        .find_map(|(ident, algorithm)| Some((Fields::after(text, ident)?, *algorithm)))?;
    let parsed = fields
        .and_then(|fields| Parsed::read(fields, algorithm))
        .map_err(malformed);
    Some(parsed.and_then(|parsed| parsed.cost.check().map(|()| parsed)))
}

impl Parsed {
    fn read(mut fields: Fields<'_>, algorithm: Algorithm) -> Result<Self, Flaw> {
        let mut field = fields.required()?;
        let version = match field.strip_prefix("v=") {
            None => Version::V0x10,
            Some("16") => (field = fields.required()?, Version::V0x10).1,
            Some("19") => (field = fields.required()?, Version::V0x13).1,
            Some(_) => return Err(Flaw::Version),
        };
        let orders = [[0, 1, 2], [0, 2, 1]];
        let [memory_kib, passes, lanes] = Parameters::parse(field, ["m", "t", "p"])?.all(&orders)?;
        let salt = notation::salt(fields.required()?, &PHC, SHORTEST_SALT)?;
        let tag = notation::digest(fields.required()?, &PHC, SHORTEST_TAG)?;
        fields.end()?;
        Ok(Self {
            algorithm,
            version,
            cost: Cost {
                memory_kib,
                passes,
                lanes,
            },
            salt,
            tag,
        })
    }

    fn write(&self) -> HashString {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let ident = match self.algorithm {
            Algorithm::Argon2d => "argon2d",
            Algorithm::Argon2i => "argon2i",
            Algorithm::Argon2id => "argon2id",
        };
        let version = match self.version {
            Version::V0x10 => 16,
            Version::V0x13 => 19,
        };
        let (salt, tag) = (PHC.encode(&self.salt), PHC.encode(&self.tag));
        HashString::new(format!(
            "${ident}$v={version}$m={memory_kib},t={passes},p={lanes}${salt}${tag}"
        ))
    }

    fn compute(&self, password: &[u8]) -> Result<Vec<u8>, HashError> {
        let refused = |_| HashError::Primitive { scheme: NAME };
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let params = Params::new(memory_kib, passes, lanes, Some(self.tag.len())).map_err(refused)?;
        let function = argon2::Argon2::new(self.algorithm, self.version, params);
        let mut tag = vec![0; self.tag.len()];
        blocks::compute(&function, password, &self.salt, &mut tag).map_err(refused)?;
        Ok(tag)
    }

    fn fresh(cost: Cost, salt: [u8; arithmetic::SALT]) -> Self {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        Self {
            algorithm,
            version,
            cost,
            salt: salt.into(),
            tag: vec![0; TAG],
        }
    }

    fn decoy(mut self, seed: &[u8; 32]) -> HashString {
        self.salt = arithmetic::derived_salt(seed).into();
        // A tag of 4 bytes is allowed and could be met by chance, so a decoy has none shorter than ours.
        self.tag = arithmetic::derived_digest(seed, self.tag.len().max(TAG));
        self.write()
    }
}

impl Scheme for Argon2 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        ["$argon2id$", "$argon2i$", "$argon2d$"]
            .iter()
            .any(|ident| text.starts_with(ident))
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let verified = parse(hash.as_str())?.and_then(|parsed| {
            Ok(arithmetic::matches(
                password,
                &parsed.compute(password.bounded())?,
                &parsed.tag,
            ))
        });
        Some(verified)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        parse(hash.as_str())
            .and_then(Result::ok)
            .map_or(0, |parsed| parsed.cost.memory_kib.into())
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        Some(parse(like.as_str())?.ok()?.decoy(seed))
    }
}

impl Hasher for Argon2 {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, NAME)?;
        let mut fresh = Parsed::fresh(self.cost, arithmetic::salt(random)?);
        fresh.tag = fresh.compute(bytes)?;
        Ok(fresh.write())
    }

    /// Another variant than Argon2id, version 0x10, a tag of fewer than 32 bytes, less memory, or less work (memory
    /// times passes) than the current cost. More lanes change neither.
    fn needs_update(&self, hash: &HashString) -> bool {
        let Some(Ok(parsed)) = parse(hash.as_str()) else {
            return true;
        };
        parsed.algorithm != Algorithm::Argon2id
            || parsed.version != Version::V0x13
            || parsed.tag.len() < TAG
            || parsed.cost.memory_kib < self.cost.memory_kib
            || parsed.cost.work() < self.cost.work()
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        Parsed::fresh(self.cost, [0; arithmetic::SALT]).decoy(seed)
    }
}
