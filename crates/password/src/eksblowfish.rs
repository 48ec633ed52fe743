//! bcrypt's own arithmetic, shared by the schemes built on it: the key it sees, its base64, its cost.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, NO_PAD};
use zeroize::Zeroizing;

use crate::error::{Flaw, HashError};
use crate::limits;

/// The most bytes of a password that bcrypt reads.
pub(crate) const KEY: usize = 72;

/// What a verification takes: the state of the cipher, 4 KiB and a little.
pub(crate) const MEMORY_KIB: u64 = 5;

/// The lengths of salt and digest in their base64, in characters.
pub(crate) const SALT_TEXT: usize = 22;

const SALT: usize = 16;
const DIGEST: usize = 23;
const LOWEST_COST: u32 = 4;

const STRICT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// Salt and digest of a stored hash.
pub(crate) struct Sealed {
    pub(crate) salt: [u8; SALT],
    pub(crate) digest: [u8; DIGEST],
}

impl Sealed {
    /// From the 22 characters of the salt and the 31 of the digest. The four bits that mean nothing in the salt's last
    /// character may be set: some old generators wrote them, and passlib reads such a hash. Not so the digest's two.
    pub(crate) fn read(salt: &str, digest: &str) -> Result<Self, Flaw> {
        let salt = LENIENT.decode(salt).map_err(|_| Flaw::Base64)?;
        let salt = <[u8; SALT]>::try_from(salt).map_err(|_| Flaw::SaltSize)?;
        let digest = STRICT.decode(digest).map_err(|_| Flaw::Base64)?;
        let digest = <[u8; DIGEST]>::try_from(digest).map_err(|_| Flaw::DigestSize)?;
        Ok(Self { salt, digest })
    }
}

/// Salt or digest in bcrypt's base64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STRICT.encode(bytes)
}

/// Checks a cost (the binary logarithm of the rounds) against what bcrypt defines and what we allow.
pub(crate) fn check_cost(scheme: &'static str, cost: u32) -> Result<(), HashError> {
    if !(LOWEST_COST..=31).contains(&cost) {
        return Err(HashError::Malformed {
            scheme,
            flaw: Flaw::ParameterRange,
        });
    }
    if cost > limits::BCRYPT_COST {
        return Err(HashError::TooCostly {
            scheme,
            cost: "cost (log2 of the rounds)",
            limit: limits::BCRYPT_COST.into(),
        });
    }
    Ok(())
}

/// The key of `$2a$`, `$2b$` and `$2y$`: the password and a NUL, cut at 72 bytes.
pub(crate) fn key(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(KEY));
    key.extend(password.iter().chain(&[0]).take(KEY));
    key
}

/// The key of `$2x$`: as above, through the bug of crypt_blowfish before 1.1 (CVE-2011-2483), where a byte above 127
/// was widened with its sign and so overwrote up to three bytes before it in the same 32-bit word.
///
/// The cipher reads the key as 18 such words, around and around; written out they are a plain key of 72 bytes.
pub(crate) fn key_with_sign_bug(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let plain = key(password);
    let mut bytes = plain.iter().cycle();
    let mut buggy = Zeroizing::new(Vec::with_capacity(KEY));
    while buggy.len() < KEY {
        let word = bytes.by_ref().take(4).fold(0_u32, |word, byte| {
            (word << 8) | i32::from(byte.cast_signed()).cast_unsigned()
        });
        buggy.extend(word.to_be_bytes());
    }
    buggy
}

/// The digest of a key. `cost` has been checked.
pub(crate) fn digest(cost: u32, salt: [u8; SALT], key: &[u8]) -> [u8; DIGEST] {
    let full = bcrypt::bcrypt(cost, salt, key);
    let mut digest = [0; DIGEST];
    // The last of the 24 bytes is not stored, since the first implementation forgot it.
    for (to, from) in digest.iter_mut().zip(full) {
        *to = from;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_bug_changes_nothing_for_seven_bit_text() {
        let repeated: Vec<u8> = b"U*U*U\0".iter().copied().cycle().take(KEY).collect();
        assert_eq!(key_with_sign_bug(b"U*U*U")[..], repeated[..]);
    }

    #[test]
    fn the_sign_bug_hides_the_bytes_before_a_high_one() {
        assert_eq!(key_with_sign_bug(b"ab\xa3z")[..4], [0xff, 0xff, 0xa3, b'z']);
        assert_eq!(key_with_sign_bug(b"xy\xa3z")[..4], key_with_sign_bug(b"ab\xa3z")[..4]);
    }

    #[test]
    fn a_key_is_cut_at_72_bytes_and_ends_in_nul_before_that() {
        assert_eq!(key(b"")[..], [0]);
        assert_eq!(key(&[b'a'; 71]).len(), 72);
        assert_eq!(key(&[b'a'; 71]).last(), Some(&0));
        assert_eq!(key(&[b'a'; 100])[..], [b'a'; 72]);
    }
}
