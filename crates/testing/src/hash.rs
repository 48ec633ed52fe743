//! A password hash that costs nothing, and that nobody else reads.

use std::fmt::Write as _;

use portcullis_core::password::{Beginnings, Flaw, HashError, Hasher, Random, Scheme, Verdict};
use portcullis_core::{HashString, Password};
use sha2::{Digest as _, Sha256};

use crate::fail::OrFail as _;

/// The password of every user that a test names without making one.
pub const PASSWORD: &str = "secret";

const NAME: &str = "portcullis_testing";
const PREFIX: &str = "$portcullis-testing$";
const SALT_LEN: usize = 16;

/// The scheme of the tests' passwords: one SHA-256 of salt and password, which is no protection at all. Its texts begin with
/// `$portcullis-testing$`; no other context knows them, so a test's user who got into a real table logs in nowhere.
///
/// ```
/// use portcullis_core::{Password, Passwords};
///
/// let stored = portcullis_testing::hash("secret");
/// assert!(Passwords::recommended().verify(&Password::from("secret"), Some(&stored)).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TestHash;

/// A stored hash of this password, for an account of a test; always the same for the same password.
pub fn hash(password: &str) -> HashString {
    let salt = [0; SALT_LEN];
    write(&salt, &digest(&salt, password.as_bytes()))
}

fn digest(salt: &[u8], password: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(salt)
        .chain_update(password)
        .finalize()
        .into()
}

fn write(salt: &[u8], digest: &[u8]) -> HashString {
    let mut text = String::from(PREFIX);
    for (number, byte) in salt.iter().chain(digest).enumerate() {
        if number == SALT_LEN {
            text.push('$');
        }
        write!(text, "{byte:02x}").or_fail("a text takes what is written to it");
    }
    HashString::new(text)
}

/// Salt and digest of a stored text, if it is sound.
fn read(stored: &HashString) -> Result<(Vec<u8>, Vec<u8>), Flaw> {
    let rest = stored.as_str().strip_prefix(PREFIX).ok_or(Flaw::MissingField)?;
    let (salt, digest) = rest.split_once('$').ok_or(Flaw::MissingField)?;
    Ok((unhex(salt, SALT_LEN)?, unhex(digest, 32)?))
}

fn unhex(text: &str, len: usize) -> Result<Vec<u8>, Flaw> {
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes.filter(|bytes| bytes.len() == len).ok_or(Flaw::Hex)
}

impl Scheme for TestHash {
    fn name(&self) -> &'static str {
        NAME
    }

    fn identify(&self, text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    fn beginnings(&self) -> Beginnings {
        Beginnings::of(b"$")
    }

    fn verify(&self, password: &Password, stored: &HashString) -> Option<Result<Verdict, HashError>> {
        if !self.identify(stored.as_str()) {
            return None;
        }
        Some(match read(stored) {
            Err(flaw) => Err(HashError::Malformed { scheme: NAME, flaw }),
            Ok((salt, right)) if !password.is_too_long() && digest(&salt, password.as_bytes())[..] == right[..] => {
                Ok(Verdict::Match)
            }
            Ok(_) => Ok(Verdict::Mismatch),
        })
    }

    fn memory_kib(&self, stored: &HashString) -> u64 {
        u64::from(read(stored).is_ok())
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        read(like).ok().map(|_| self.fresh_decoy(seed))
    }
}

impl Hasher for TestHash {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        if password.is_too_long() {
            return Err(HashError::PasswordTooLong {
                scheme: NAME,
                limit: Password::MAX_LEN,
            });
        }
        let mut salt = [0; SALT_LEN];
        random.fill(&mut salt)?;
        Ok(write(&salt, &digest(&salt, password.as_bytes())))
    }

    fn needs_update(&self, stored: &HashString) -> bool {
        read(stored).is_err()
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        let salt = seed.first_chunk::<SALT_LEN>().copied().unwrap_or_default();
        write(&salt, &digest(seed, b"nobody's password"))
    }
}
