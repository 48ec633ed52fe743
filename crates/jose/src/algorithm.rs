//! The table of algorithms over the primitives.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

use crate::key::KeyError;

/// A signature algorithm, by its name in RFC 7518 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
}

impl Algorithm {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The length of its hash in bytes, which is also the shortest good secret (RFC 7518 §3.2).
    pub fn hash_len(self) -> usize {
        match self {
            Self::HS256 => 32,
            Self::HS384 => 48,
            Self::HS512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no algorithm of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a signature algorithm known here; known are HS256, HS384 and HS512")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads a name as it is: case counts.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        match name {
            "HS256" => Ok(Self::HS256),
            "HS384" => Ok(Self::HS384),
            "HS512" => Ok(Self::HS512),
            _ => Err(UnknownAlgorithm),
        }
    }
}

/// A keyed primitive, its key schedule done once.
#[derive(Clone)]
pub(crate) enum Material {
    Hs256(Hmac<Sha256>),
    Hs384(Hmac<Sha384>),
    Hs512(Hmac<Sha512>),
}

/// The longest signature there is.
const LONGEST: usize = 64;

/// A signature on the stack.
pub(crate) struct Signature {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Signature {
    fn of(mac: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        for (to, from) in bytes.iter_mut().zip(mac) {
            *to = *from;
        }
        Self { bytes, len: mac.len() }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Material {
    pub(crate) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        let bad = |_| KeyError::Unusable;
        Ok(match algorithm {
            Algorithm::HS256 => Self::Hs256(Hmac::new_from_slice(secret).map_err(bad)?),
            Algorithm::HS384 => Self::Hs384(Hmac::new_from_slice(secret).map_err(bad)?),
            Algorithm::HS512 => Self::Hs512(Hmac::new_from_slice(secret).map_err(bad)?),
        })
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Signature {
        match self {
            Self::Hs256(mac) => Signature::of(&mac.clone().chain_update(text).finalize().into_bytes()),
            Self::Hs384(mac) => Signature::of(&mac.clone().chain_update(text).finalize().into_bytes()),
            Self::Hs512(mac) => Signature::of(&mac.clone().chain_update(text).finalize().into_bytes()),
        }
    }

    /// Whether `signature`, whole, is that of `text`; compared in constant time.
    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hs256(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Hs384(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Hs512(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_they_are() {
        for bad in ["hs256", "HS257", "none", "", "RS256", "HS256 "] {
            assert!(bad.parse::<Algorithm>().is_err(), "{bad:?}");
        }
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn a_cut_signature_is_no_signature() {
        let key = Material::hmac(Algorithm::HS256, &[7; 32]).expect("a key");
        let signature = key.sign(b"text");
        assert!(key.verify(b"text", signature.as_bytes()));
        assert!(!key.verify(b"text", &signature.as_bytes()[..31]));
        assert!(!key.verify(b"text", b""));
        assert!(!key.verify(b"texu", signature.as_bytes()));
    }
}
