//! Keys: material, exactly one algorithm, and an optional id. Made and checked once, before any token.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::KeySize;

use crate::algorithm::{Algorithm, KeyKind};
use crate::key_error::KeyError;
use crate::material::{Private, Public};
use crate::parts::Parts;

/// The longest key id, in bytes.
const MAX_KEY_ID_LEN: usize = 256;

/// A key that signs. Cheap to clone; `Debug` hides the material.
#[derive(Clone)]
pub struct SigningKey {
    verifying: VerifyingKey,
    private: Arc<Private>,
}

/// A key that verifies and cannot sign (by type; a symmetric key's material could). Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    key_id: Option<Arc<str>>,
    material: Arc<Public>,
}

/// How long the modulus of a new RSA key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RsaSize {
    /// 2048 bits, the least that RFC 7518 §3.3 allows.
    #[default]
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits: a signature takes about seven times as long as with 2048.
    Bits4096,
}

impl SigningKey {
    /// A new random RSA key of another size. Takes seconds for the longest.
    ///
    /// # Errors
    /// An algorithm that is not RSA; no randomness.
    pub fn generate_rsa(algorithm: Algorithm, size: RsaSize) -> Result<Self, KeyError> {
        let size = match size {
            RsaSize::Bits2048 => KeySize::Rsa2048,
            RsaSize::Bits3072 => KeySize::Rsa3072,
            RsaSize::Bits4096 => KeySize::Rsa4096,
        };
        match algorithm.key_kind() {
            KeyKind::Rsa => Self::new_pair(algorithm, size),
            kind => Err(KeyError::WrongKind(kind)),
        }
    }

    pub(crate) fn new_pair(algorithm: Algorithm, size: KeySize) -> Result<Self, KeyError> {
        let private = Private::generate(algorithm, size)?;
        let public = VerifyingKey::from_parts(algorithm, &private.public_parts()?)?;
        Ok(Self {
            verifying: public,
            private: Arc::new(private),
        })
    }

    pub(crate) fn from_parts(algorithm: Algorithm, parts: &Parts) -> Result<Self, KeyError> {
        let private = Private::new(algorithm, parts)?;
        let verifying = match parts {
            Parts::Secret(_) => VerifyingKey::from_parts(algorithm, parts)?,
            _ => VerifyingKey::from_parts(algorithm, &private.public_parts()?)?,
        };
        Ok(Self {
            verifying,
            private: Arc::new(private),
        })
    }

    /// The same key under an id: written as `kid` into what it signs (RFC 7515 §4.1.4).
    ///
    /// # Errors
    /// An id that is empty, beyond 256 bytes, or holds control characters.
    pub fn with_key_id(self, key_id: &str) -> Result<Self, KeyError> {
        Ok(Self {
            verifying: self.verifying.with_key_id(key_id)?,
            private: self.private,
        })
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm
    }

    /// Its id, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.verifying.key_id()
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    pub(crate) fn private(&self) -> &Private {
        &self.private
    }

    pub(crate) fn public(&self) -> &Public {
        &self.verifying.material
    }
}

impl VerifyingKey {
    pub(crate) fn from_parts(algorithm: Algorithm, parts: &Parts) -> Result<Self, KeyError> {
        Ok(Self {
            algorithm,
            key_id: None,
            material: Arc::new(Public::new(algorithm, parts)?),
        })
    }

    /// The same key under an id.
    ///
    /// # Errors
    /// An id that is empty, beyond 256 bytes, or holds control characters.
    pub fn with_key_id(self, key_id: &str) -> Result<Self, KeyError> {
        if key_id.is_empty() || key_id.len() > MAX_KEY_ID_LEN || key_id.chars().any(char::is_control) {
            return Err(KeyError::BadKeyId);
        }
        Ok(Self {
            key_id: Some(key_id.into()),
            ..self
        })
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its id, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    pub(crate) fn material(&self) -> &Public {
        &self.material
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (algorithm, key_id) = (self.algorithm(), self.key_id());
        f.debug_struct("SigningKey")
            .field("algorithm", &algorithm)
            .field("key_id", &key_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (algorithm, key_id) = (self.algorithm(), self.key_id());
        f.debug_struct("VerifyingKey")
            .field("algorithm", &algorithm)
            .field("key_id", &key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod notation_tests;
#[cfg(test)]
mod tests;
