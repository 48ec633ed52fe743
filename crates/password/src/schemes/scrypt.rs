//! scrypt (RFC 7914) in two notations: the PHC-like `$scrypt$ln=17,r=8,p=1$salt$digest` of passlib and RustCrypto, and
//! crypt(3)'s `$7$`, which libsodium and libxcrypt write.
//!
//! As with PBKDF2, which it is built on, a password that ends in a NUL never matches and is never hashed.

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

const NAME: &str = "scrypt";
const IDENT: &str = "$scrypt$";
const IDENT_7: &str = "$7$";
const DIGEST: usize = 32;

/// scrypt: `$scrypt$` and `$7$` are read, `$scrypt$` is written.
///
/// ```
/// use portcullis_password::{HashString, Passwords, schemes::Scrypt};
///
/// # fn main() -> Result<(), portcullis_password::HashError> {
/// let passwords = Passwords::new(Scrypt::new(17, 8, 1)?);
/// let stored = HashString::new("$scrypt$ln=4,r=1,p=1$$d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI");
/// assert_eq!(passwords.identify(&stored), Some("scrypt"));
/// assert!(passwords.needs_update(&stored));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrypt {
    cost: Cost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    log_n: u8,
    r: u32,
    p: u32,
}

struct Parsed {
    cost: Cost,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Default for Scrypt {
    /// N = 2^17, r = 8, p = 1 (128 MiB), as the OWASP password storage sheet says.
    fn default() -> Self {
        Self {
            cost: Cost { log_n: 17, r: 8, p: 1 },
        }
    }
}

impl Scrypt {
    /// scrypt with N = 2^`log_n`, block size `r` and parallelisation `p`; it takes 128 * N * r bytes.
    ///
    /// # Errors
    /// A parameter is zero, or the cost is more than [`limits`](crate::limits) allows.
    pub fn new(log_n: u8, r: u32, p: u32) -> Result<Self, HashError> {
        let cost = Cost { log_n, r, p };
        cost.check()?;
        Ok(Self { cost })
    }
}

impl Cost {
    fn n(&self) -> u64 {
        1_u64.checked_shl(self.log_n.into()).unwrap_or(u64::MAX)
    }

    /// The big table, and one buffer for each of the `p`.
    fn memory_kib(&self) -> u64 {
        let vectors = self.n().saturating_add(self.p.into()).saturating_add(2);
        vectors.saturating_mul(self.r.into()).saturating_mul(128).div_ceil(1024)
    }

    fn work(&self) -> u64 {
        self.n().saturating_mul(self.r.into()).saturating_mul(self.p.into())
    }

    fn check(&self) -> Result<(), HashError> {
        if !(1..64).contains(&self.log_n) || self.r == 0 || self.p == 0 {
            return Err(malformed(Flaw::ParameterRange));
        }
        if self.memory_kib() > limits::MEMORY_KIB {
            return Err(HashError::TooCostly {
                scheme: NAME,
                cost: "memory in KiB",
                limit: limits::MEMORY_KIB,
            });
        }
        if self.work() > limits::SCRYPT_WORK {
            return Err(HashError::TooCostly {
                scheme: NAME,
                cost: "N times r times p",
                limit: limits::SCRYPT_WORK,
            });
        }
        Ok(())
    }
}

fn malformed(flaw: Flaw) -> HashError {
    HashError::Malformed { scheme: NAME, flaw }
}

fn parse(text: &str) -> Option<Result<Parsed, HashError>> {
    let parsed = match Fields::after(text, IDENT) {
        Some(fields) => fields.and_then(read),
        None => Fields::after(text, IDENT_7)?.and_then(read_7),
    };
    let parsed = parsed.map_err(malformed);
    Some(parsed.and_then(|parsed| parsed.cost.check().map(|()| parsed)))
}

fn read(mut fields: Fields<'_>) -> Result<Parsed, Flaw> {
    let [log_n, r, p] = Parameters::parse(fields.required()?, ["ln", "r", "p"])?.all(&[[0, 1, 2]])?;
    let log_n = u8::try_from(log_n).map_err(|_| Flaw::ParameterRange)?;
    let salt = notation::salt(fields.required()?, &PHC, 0)?;
    let digest = notation::digest(fields.required()?, &PHC, limits::SHORTEST_DIGEST)?;
    fields.end()?;
    Ok(Parsed {
        cost: Cost { log_n, r, p },
        salt,
        digest,
    })
}

/// One character of log2 N, five of r, five of p, then the salt, whose characters are its bytes; `$`; the digest.
fn read_7(mut fields: Fields<'_>) -> Result<Parsed, Flaw> {
    let setting = fields.required()?;
    let (log_n, rest) = setting.split_at_checked(1).ok_or(Flaw::MissingParameter)?;
    let (r, rest) = rest.split_at_checked(5).ok_or(Flaw::MissingParameter)?;
    let (p, salt) = rest.split_at_checked(5).ok_or(Flaw::MissingParameter)?;
    let number = |text: &str| notation::crypt_number(text.as_bytes());
    let [log_n, r, p] = [number(log_n)?, number(r)?, number(p)?];
    let log_n = u8::try_from(log_n).map_err(|_| Flaw::ParameterRange)?;
    let digest = notation::crypt_decode(fields.required()?)?;
    fields.end()?;
    if !salt.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Flaw::Base64);
    }
    if salt.len() > limits::SALT {
        return Err(Flaw::SaltSize);
    }
    if digest.len() != DIGEST {
        return Err(Flaw::DigestSize);
    }
    Ok(Parsed {
        cost: Cost { log_n, r, p },
        salt: salt.into(),
        digest,
    })
}

impl Parsed {
    fn compute(&self, password: &[u8]) -> Result<Vec<u8>, HashError> {
        let Cost { log_n, r, p } = self.cost;
        let params = scrypt::Params::new(log_n, r, p).map_err(|_| HashError::Primitive { scheme: NAME })?;
        if !blocks::can_be_had(self.cost.memory_kib()) {
            return Err(HashError::Primitive { scheme: NAME });
        }
        let mut digest = vec![0; self.digest.len()];
        scrypt::scrypt(password, &self.salt, &params, &mut digest)
            .map_err(|_| HashError::Primitive { scheme: NAME })?;
        Ok(digest)
    }

    fn write(&self) -> HashString {
        let Cost { log_n, r, p } = self.cost;
        let (salt, digest) = (PHC.encode(&self.salt), PHC.encode(&self.digest));
        HashString::new(format!("{IDENT}ln={log_n},r={r},p={p}${salt}${digest}"))
    }

    fn decoy(cost: Cost, seed: &[u8; 32]) -> HashString {
        let (salt, digest) = (
            arithmetic::derived_salt(seed).into(),
            arithmetic::derived_digest(seed, DIGEST),
        );
        Self { cost, salt, digest }.write()
    }
}

impl Scheme for Scrypt {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with(IDENT) || text.starts_with(IDENT_7)
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let parsed = parse(hash.as_str())?;
        Some(parsed.and_then(|parsed| {
            Ok(arithmetic::key_matches(
                password,
                &parsed.compute(password.bounded())?,
                &parsed.digest,
            ))
        }))
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        parse(hash.as_str())
            .and_then(Result::ok)
            .map_or(0, |parsed| parsed.cost.memory_kib())
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        Some(Parsed::decoy(parse(like.as_str())?.ok()?.cost, seed))
    }
}

impl Hasher for Scrypt {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::keyable(password, NAME)?;
        let mut fresh = Parsed {
            cost: self.cost,
            salt: arithmetic::salt(random)?.into(),
            digest: vec![0; DIGEST],
        };
        fresh.digest = fresh.compute(bytes)?;
        Ok(fresh.write())
    }

    /// Less memory or less work (N times r times p) than the current cost. The notation does not matter.
    fn needs_update(&self, hash: &HashString) -> bool {
        let Some(Ok(parsed)) = parse(hash.as_str()) else {
            return true;
        };
        let table = |cost: Cost| cost.n().saturating_mul(cost.r.into());
        table(parsed.cost) < table(self.cost) || parsed.cost.work() < self.cost.work()
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        Parsed::decoy(self.cost, seed)
    }
}
