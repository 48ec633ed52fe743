//! The hash functions by name, and what is made of them: digests, HMAC, PBKDF2.

use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::error::Flaw;
use crate::limits;
use crate::reader::Fault;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Md4,
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

macro_rules! each {
    ($function:expr, $type:ident => $body:expr) => {
        match $function {
            Function::Md4 => {
                type $type = Md4;
                $body
            }
            Function::Md5 => {
                type $type = Md5;
                $body
            }
            Function::Sha1 => {
                type $type = Sha1;
                $body
            }
            Function::Sha224 => {
                type $type = Sha224;
                $body
            }
            Function::Sha256 => {
                type $type = Sha256;
                $body
            }
            Function::Sha384 => {
                type $type = Sha384;
                $body
            }
            Function::Sha512 => {
                type $type = Sha512;
                $body
            }
        }
    };
}

impl Function {
    /// By its usual names, without case and hyphens: `sha1`, `SHA-1`, `sha256`, …
    pub(crate) fn named(name: &str) -> Result<Self, Flaw> {
        let plain: String = name
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Ok(match plain.as_str() {
            "md4" => Self::Md4,
            "md5" => Self::Md5,
            "sha1" | "sha" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return Err(Flaw::Algorithm),
        })
    }

    /// The length of its digest, in bytes.
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Md4 | Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of the parts, one behind the other.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        each!(self, H => {
            let mut hash = H::new();
            for part in parts {
                hash.update(part);
            }
            hash.finalize().to_vec()
        })
    }

    /// The digest of one text, in place of what `digest` holds and in its memory.
    pub(crate) fn digest_into(self, text: &[u8], digest: &mut Vec<u8>) {
        digest.clear();
        each!(self, H => digest.extend_from_slice(&H::digest(text)));
    }

    /// HMAC (RFC 2104) of the parts, one behind the other.
    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, Fault> {
        each!(self, H => {
            let mut mac = Hmac::<H>::new_from_slice(key).map_err(|_| Fault::Primitive)?;
            for part in parts {
                mac.update(part);
            }
            Ok(mac.finalize().into_bytes().to_vec())
        })
    }

    /// Refuses PBKDF2 with no round, or with more than the limit over all blocks of `len` bytes.
    pub(crate) fn check_rounds(self, rounds: u32, len: usize) -> Result<(), Fault> {
        if rounds == 0 {
            return Err(Flaw::ParameterRange.into());
        }
        let blocks = u64::try_from(len.div_ceil(self.len())).unwrap_or(u64::MAX);
        Fault::above(
            "rounds",
            u64::from(rounds).saturating_mul(blocks),
            limits::PBKDF2_ROUNDS,
        )
    }

    /// PBKDF2 (RFC 8018 §5.2) with HMAC; the rounds are held against the limit first.
    pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, len: usize) -> Result<Vec<u8>, Fault> {
        self.check_rounds(rounds, len)?;
        let mut key = vec![0; len];
        each!(self, H => pbkdf2::pbkdf2_hmac::<H>(password, salt, rounds, &mut key));
        Ok(key)
    }
}
