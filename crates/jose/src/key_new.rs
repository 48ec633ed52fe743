//! The ways to a key that need one algorithm or none to be named.

use aws_lc_rs::rsa::KeySize;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::key::{SigningKey, VerifyingKey};
use crate::key_error::KeyError;
use crate::loader::KeyLoader;

impl SigningKey {
    /// An HMAC key.
    ///
    /// # Errors
    /// A secret that is empty, shorter than the hash (RFC 7518 §3.2: 32, 48 or 64 bytes), or the text of a key file.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new([algorithm]).secret(secret)
    }

    /// An HMAC key whose secret may be short: for moving a deployment that has one. A short secret can be found by
    /// trying; make a new one as soon as its tokens have ended.
    ///
    /// # Errors
    /// A secret that is empty or the text of a key file.
    pub fn allow_short_hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new([algorithm]).allow_short_hmac_key().secret(secret)
    }

    /// An HS256 key whose secret is this text, as in FastAPI's chapter: 64 hexadecimal digits are 64 bytes, not 32.
    ///
    /// # Errors
    /// As [`SigningKey::hmac`].
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::hmac(Algorithm::HS256, secret.as_ref())
    }

    /// A key from PEM text; [`KeyLoader::signing_key_from_pem`] with one algorithm.
    ///
    /// # Errors
    /// As there.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        KeyLoader::new([algorithm]).signing_key_from_pem(text)
    }

    /// A key from a private or symmetric JWK of any algorithm. An RSA or symmetric one must name it in `alg`.
    ///
    /// # Errors
    /// As [`KeyLoader::signing_key_from_jwk`].
    pub fn from_jwk(json: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        KeyLoader::new(Algorithm::ALL).signing_key_from_jwk(json)
    }

    /// A new random key, with an RSA modulus of 2048 bits. The randomness is that of the primitives' library (AWS-LC's
    /// generator, seeded by the operating system), since it takes no other for asymmetric keys.
    ///
    /// # Errors
    /// No randomness could be had.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        if !algorithm.is_symmetric() {
            return Self::new_pair(algorithm, KeySize::Rsa2048);
        }
        Self::generate_hmac(algorithm, |secret| {
            aws_lc_rs::rand::fill(secret).map_err(|_| KeyError::Unusable)
        })
    }

    /// A new random HMAC key as long as its hash; `fill` fills bytes from a secure source.
    ///
    /// # Errors
    /// An algorithm that is not HMAC, or what the source says.
    pub fn generate_hmac<E>(algorithm: Algorithm, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E>
    where
        E: From<KeyError>,
    {
        let mut secret = Zeroizing::new(vec![0_u8; algorithm.hash_len()]);
        fill(&mut secret)?;
        Ok(Self::hmac(algorithm, &secret)?)
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
}

impl VerifyingKey {
    /// A key from PEM text; [`KeyLoader::verifying_key_from_pem`] with one algorithm.
    ///
    /// # Errors
    /// As there.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        KeyLoader::new([algorithm]).verifying_key_from_pem(text)
    }

    /// A key from a JWK of any algorithm. An RSA or symmetric one must name it in `alg`.
    ///
    /// # Errors
    /// As [`KeyLoader::verifying_key_from_jwk`].
    pub fn from_jwk(json: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        KeyLoader::new(Algorithm::ALL).verifying_key_from_jwk(json)
    }
}
