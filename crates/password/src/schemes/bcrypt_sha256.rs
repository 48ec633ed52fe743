//! passlib's bcrypt_sha256: the password goes through SHA-256 first, so it may be of any length and hold any byte.
//!
//! Version 2 is `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, bcrypt over base64(HMAC-SHA-256(key: the salt's text,
//! message: the password)); version 1 is `$bcrypt-sha256$2b,12$salt$digest`, bcrypt over base64(SHA-256(password)). The
//! frameworks' other schemes of this name (Django's, say) are different ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::eksblowfish::{self, Sealed};
use crate::error::{Flaw, HashError};
use crate::notation::{self, Fields};
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};

const NAME: &str = "bcrypt_sha256";
const IDENT: &str = "$bcrypt-sha256$";

/// bcrypt over a keyed SHA-256 of the password: versions 1 and 2 are read, version 2 is written.
///
/// ```
/// use portcullis_password::{Password, Passwords, schemes::BcryptSha256};
///
/// # fn main() -> Result<(), portcullis_password::HashError> {
/// let passwords = Passwords::new(BcryptSha256::new(4)?);
/// let long = Password::from("x".repeat(100));
/// let stored = passwords.hash(&long)?;
/// assert!(passwords.verify(&long, Some(&stored))?.is_match());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BcryptSha256 {
    cost: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

struct Parsed<'a> {
    version: Version,
    cost: u32,
    salt_text: &'a str,
    sealed: Sealed,
}

impl Default for BcryptSha256 {
    /// Cost 12.
    fn default() -> Self {
        Self { cost: 12 }
    }
}

impl BcryptSha256 {
    /// With `cost`, the binary logarithm of the rounds.
    ///
    /// # Errors
    /// The cost is below 4 or above [`limits::BCRYPT_COST`](crate::limits::BCRYPT_COST).
    pub fn new(cost: u32) -> Result<Self, HashError> {
        eksblowfish::check_cost(NAME, cost)?;
        Ok(Self { cost })
    }
}

fn parse(text: &str) -> Option<Result<Parsed<'_>, HashError>> {
    let fields = Fields::after(text, IDENT)?;
    let parsed = fields
        .and_then(read)
        .map_err(|flaw| HashError::Malformed { scheme: NAME, flaw });
    Some(parsed.and_then(|parsed| eksblowfish::check_cost(NAME, parsed.cost).map(|()| parsed)))
}

fn read(mut fields: Fields<'_>) -> Result<Parsed<'_>, Flaw> {
    let parameters = fields.required()?;
    let (version, kind, cost) = match parameters.strip_prefix("v=") {
        None => {
            let (kind, cost) = parameters.split_once(',').ok_or(Flaw::MissingParameter)?;
            (Version::One, kind, cost)
        }
        Some(rest) => {
            let rest = rest.strip_prefix("2,").ok_or(Flaw::Version)?;
            let (kind, cost) = rest.split_once(',').ok_or(Flaw::MissingParameter)?;
            let named = kind.strip_prefix("t=").zip(cost.strip_prefix("r="));
            let (kind, cost) = named.ok_or(Flaw::ParameterOrder)?;
            (Version::Two, kind, cost)
        }
    };
    // Version 2 came when `2a` was no longer written.
    if kind != "2b" && (kind != "2a" || version == Version::Two) {
        return Err(Flaw::Version);
    }
    let cost = notation::number(cost)?;
    let (salt_text, digest) = (fields.required()?, fields.required()?);
    fields.end()?;
    let sealed = Sealed::read(salt_text, digest)?;
    Ok(Parsed {
        version,
        cost,
        salt_text,
        sealed,
    })
}

/// What bcrypt gets instead of the password: 44 characters of base64.
fn condensed(version: Version, salt_text: &str, password: &[u8]) -> Result<Zeroizing<String>, HashError> {
    let mut digest = match version {
        Version::One => Sha256::digest(password),
        Version::Two => {
            let keyed = Hmac::<Sha256>::new_from_slice(salt_text.as_bytes());
            keyed
                .map_err(|_| HashError::Primitive { scheme: NAME })?
                .chain_update(password)
                .finalize()
                .into_bytes()
        }
    };
    let text = Zeroizing::new(STANDARD.encode(digest));
    zeroize::Zeroize::zeroize(digest.as_mut_slice());
    Ok(text)
}

fn digest(version: Version, cost: u32, salt: (&str, [u8; 16]), password: &[u8]) -> Result<[u8; 23], HashError> {
    let condensed = condensed(version, salt.0, password)?;
    Ok(eksblowfish::digest(
        cost,
        salt.1,
        &eksblowfish::key(condensed.as_bytes()),
    ))
}

fn write(cost: u32, salt_text: &str, digest: &[u8]) -> HashString {
    HashString::new(format!(
        "{IDENT}v=2,t=2b,r={cost}${salt_text}${}",
        eksblowfish::encode(digest)
    ))
}

impl Parsed<'_> {
    fn compare(&self, password: &Password) -> Result<Verdict, HashError> {
        let salt = (self.salt_text, self.sealed.salt);
        let digest = digest(self.version, self.cost, salt, password.bounded())?;
        Ok(arithmetic::matches(password, &digest, &self.sealed.digest))
    }
}

impl Scheme for BcryptSha256 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with(IDENT)
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        Some(parse(hash.as_str())?.and_then(|parsed| parsed.compare(password)))
    }

    fn memory_kib(&self, _: &HashString) -> u64 {
        eksblowfish::MEMORY_KIB
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let cost = parse(like.as_str())?.ok()?.cost;
        Some(Self { cost }.fresh_decoy(seed))
    }
}

impl Hasher for BcryptSha256 {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, NAME)?;
        let salt = arithmetic::salt(random)?;
        let salt_text = eksblowfish::encode(&salt);
        let digest = digest(Version::Two, self.cost, (&salt_text, salt), bytes)?;
        Ok(write(self.cost, &salt_text, &digest))
    }

    /// Version 1, or a lower cost than the current one.
    fn needs_update(&self, hash: &HashString) -> bool {
        let Some(Ok(parsed)) = parse(hash.as_str()) else {
            return true;
        };
        parsed.version == Version::One || parsed.cost < self.cost
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        let salt_text = eksblowfish::encode(&arithmetic::derived_salt(seed));
        write(self.cost, &salt_text, &arithmetic::derived_digest(seed, 23))
    }
}
