//! Keys: material, exactly one algorithm, and an optional id. Checked once, when made.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, Material};
use crate::key_text::is_key_file;

/// The longest key id, in bytes.
const MAX_KEY_ID_LEN: usize = 256;

/// A key that signs. Cheap to clone; `Debug` hides the material.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

/// A key that verifies and cannot sign (by type; a symmetric key's material could).
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    algorithm: Algorithm,
    material: Material,
    key_id: Option<String>,
}

impl SigningKey {
    /// An HMAC key.
    ///
    /// # Errors
    /// A secret that is empty, shorter than the hash (RFC 7518 §3.2: 32, 48 or 64 bytes), or the text of a key file.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < algorithm.hash_len() && !secret.is_empty() {
            return Err(KeyError::TooShort {
                algorithm,
                bytes: secret.len(),
            });
        }
        Self::allow_short_hmac_key(algorithm, secret)
    }

    /// An HMAC key whose secret may be short: for moving a deployment that has one. A short secret can be found by
    /// trying; make a new one as soon as its tokens have ended.
    ///
    /// # Errors
    /// A secret that is empty or the text of a key file.
    pub fn allow_short_hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if is_key_file(secret) {
            return Err(KeyError::KeyFile);
        }
        let material = Material::hmac(algorithm, secret)?;
        Ok(Self(Arc::new(Inner {
            algorithm,
            material,
            key_id: None,
        })))
    }

    /// An HS256 key whose secret is this text, as in FastAPI's chapter: 64 hexadecimal digits are 64 bytes, not 32.
    ///
    /// # Errors
    /// As [`SigningKey::hmac`].
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::hmac(Algorithm::HS256, secret.as_ref())
    }

    /// A new random key; `fill` fills bytes from a secure source.
    ///
    /// # Errors
    /// What the source says.
    pub fn generate<E>(algorithm: Algorithm, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E>
    where
        E: From<KeyError>,
    {
        let mut secret = Zeroizing::new(vec![0_u8; algorithm.hash_len()]);
        fill(&mut secret)?;
        let material = Material::hmac(algorithm, &secret)?;
        Ok(Self(Arc::new(Inner {
            algorithm,
            material,
            key_id: None,
        })))
    }

    /// The HS256 key whose secret is the text of an environment variable.
    ///
    /// # Errors
    /// The variable is not set, or its text is no good secret.
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        match std::env::var(variable) {
            Ok(secret) => Self::hs256(Zeroizing::new(secret).as_bytes()),
            Err(_) => Err(KeyError::NotSet {
                variable: variable.to_owned(),
            }),
        }
    }

    /// The same key under an id: written as `kid` into what it signs (RFC 7515 §4.1.4).
    ///
    /// # Errors
    /// An id that is empty, beyond 256 bytes, or not printable ASCII.
    pub fn with_key_id(self, key_id: &str) -> Result<Self, KeyError> {
        if key_id.is_empty() || key_id.len() > MAX_KEY_ID_LEN || !key_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::BadKeyId);
        }
        let Inner {
            algorithm, material, ..
        } = &*self.0;
        let key_id = Some(key_id.to_owned());
        Ok(Self(Arc::new(Inner {
            algorithm: *algorithm,
            material: material.clone(),
            key_id,
        })))
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// Its id, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.0.key_id.as_deref()
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.clone())
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0.material
    }
}

impl VerifyingKey {
    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// Its id, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.0.key_id.as_deref()
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0.material
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

/// Why a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The secret is empty.
    Empty,
    /// The secret is shorter than the hash.
    TooShort {
        /// What it was meant for.
        algorithm: Algorithm,
        /// How long it is.
        bytes: usize,
    },
    /// The secret is the text of a key file (PEM, SSH, JWK, DER): a public key must not become a secret.
    KeyFile,
    /// The environment variable is not set, or is not text.
    NotSet {
        /// Its name.
        variable: String,
    },
    /// The key id is empty, too long or not printable ASCII.
    BadKeyId,
    /// The primitive does not take the material.
    Unusable,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the secret is empty; make one with `openssl rand -hex 32`"),
            Self::TooShort { algorithm, bytes } => write!(
                f,
                "a secret for {algorithm} has at least {} bytes, this one has {bytes}; make one with `openssl rand -hex 32`",
                algorithm.hash_len()
            ),
            Self::KeyFile => f.write_str("the secret is the text of a key file, which is no secret"),
            Self::NotSet { variable } => {
                write!(
                    f,
                    "{variable} is not set; set it to a secret: export {variable}=$(openssl rand -hex 32)"
                )
            }
            Self::BadKeyId => f.write_str("a key id has 1 to 256 printable ASCII characters"),
            Self::Unusable => f.write_str("the key cannot be used"),
        }
    }
}

impl Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_are_empty_short_or_key_files_are_refused() {
        assert_eq!(SigningKey::hs256("").err(), Some(KeyError::Empty));
        let short = KeyError::TooShort {
            algorithm: Algorithm::HS512,
            bytes: 63,
        };
        assert_eq!(SigningKey::hmac(Algorithm::HS512, &[1; 63]).err(), Some(short));
        let pem = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";
        assert_eq!(SigningKey::hs256(pem).err(), Some(KeyError::KeyFile));
        assert!(SigningKey::allow_short_hmac_key(Algorithm::HS256, b"short").is_ok());
    }

    #[test]
    fn a_variable_that_is_not_set_says_how_to_make_a_secret() {
        let error = SigningKey::from_env("PORTCULLIS_NO_SUCH_VARIABLE").expect_err("not set");
        assert!(error.to_string().contains("openssl rand -hex 32"));
    }

    #[test]
    fn key_ids_are_printable_ascii() {
        let key = || SigningKey::hs256([7; 32]).expect("a key");
        for bad in ["", "a b", "\u{e9}", "a\n", &"x".repeat(257)] {
            assert_eq!(key().with_key_id(bad).err(), Some(KeyError::BadKeyId), "{bad:?}");
        }
        assert_eq!(
            key().with_key_id("2026-11").expect("good").verifying_key().key_id(),
            Some("2026-11")
        );
    }

    #[test]
    fn debug_shows_no_material() {
        let key = SigningKey::hs256("a very secret text of forty-two characters").expect("a key");
        assert!(!format!("{key:?}{:?}", key.verifying_key()).contains("secret text"));
    }
}
