//! What the schemes share: salts, the comparison, and the bytes of a decoy.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::HashError;
use crate::random::Random;
use crate::scheme::Verdict;
use crate::secret::Password;
use crate::sight::is_key;

/// The size of every salt that we draw, in bytes (RFC 9106 section 3.1 recommends 16 for passwords).
pub(crate) const SALT: usize = 16;

/// A fresh salt.
pub(crate) fn salt(random: &dyn Random) -> Result<[u8; SALT], HashError> {
    let mut salt = [0; SALT];
    random.fill(&mut salt)?;
    Ok(salt)
}

/// Refuses a password that is too long to be hashed.
pub(crate) fn hashable<'a>(password: &'a Password, scheme: &'static str) -> Result<&'a [u8], HashError> {
    if password.is_too_long() {
        return Err(HashError::PasswordTooLong {
            scheme,
            limit: Password::MAX_LEN,
        });
    }
    Ok(password.as_bytes())
}

/// The same for the key of an HMAC, where a NUL at the end would not count ([`is_key`]).
pub(crate) fn keyable<'a>(password: &'a Password, scheme: &'static str) -> Result<&'a [u8], HashError> {
    let bytes = hashable(password, scheme)?;
    if is_key(bytes) {
        Ok(bytes)
    } else {
        Err(HashError::NulInPassword { scheme })
    }
}

/// Compares the digests in constant time; a password that is too long never matches.
pub(crate) fn matches(password: &Password, computed: &[u8], stored: &[u8]) -> Verdict {
    let equal: bool = computed.ct_eq(stored).into();
    if equal && !password.is_too_long() {
        Verdict::Match
    } else {
        Verdict::Mismatch
    }
}

/// The same for the key of an HMAC.
pub(crate) fn key_matches(password: &Password, computed: &[u8], stored: &[u8]) -> Verdict {
    let verdict = matches(password, computed, stored);
    if is_key(password.as_bytes()) {
        verdict
    } else {
        Verdict::Mismatch
    }
}

/// `len` bytes that look random and follow from `seed` and `purpose` alone.
pub(crate) fn derived(seed: &[u8; 32], purpose: &str, len: usize) -> Vec<u8> {
    let blocks = (0_u64..).map(|n| {
        Sha256::new()
            .chain_update(seed)
            .chain_update(purpose)
            .chain_update(n.to_be_bytes())
            .finalize()
    });
    blocks.flatten().take(len).collect()
}

/// The salt of a decoy.
pub(crate) fn derived_salt(seed: &[u8; 32]) -> [u8; SALT] {
    let mut salt = [0; SALT];
    for (to, from) in salt.iter_mut().zip(derived(seed, "salt", SALT)) {
        *to = from;
    }
    salt
}

/// The digest of a decoy, of `len` bytes.
pub(crate) fn derived_digest(seed: &[u8; 32], len: usize) -> Vec<u8> {
    derived(seed, "digest", len)
}
