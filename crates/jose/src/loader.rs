//! A key out of any notation is bound to exactly one algorithm, and checked.

use crate::algorithm::{Algorithm, KeyKind};
use crate::jwk::Jwk;
use crate::jwk_set::JwkSet;
use crate::key::{SigningKey, VerifyingKey};
use crate::key_error::KeyError;
use crate::key_text::is_key_file;
use crate::parts::Parts;
use crate::policy_error::PolicyError;
use crate::set::{KeySet, MAX_KEYS};

/// Loads keys. It holds the algorithms that the caller would take; a key is bound to the one of them that fits: its own
/// `alg`, or the only one for its kind. What a token says never has a part in it.
///
/// ```
/// use portcullis_jose::{Algorithm, KeyError, KeyLoader};
///
/// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// let key = KeyLoader::new([Algorithm::EdDSA, Algorithm::ES256]).verifying_key_from_jwk(jwk)?;
/// assert_eq!(key.algorithm(), Algorithm::EdDSA);
/// assert!(KeyLoader::new([Algorithm::HS256]).verifying_key_from_jwk(jwk).is_err());
/// # Ok::<(), KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KeyLoader {
    allowed: Vec<Algorithm>,
    short_secrets: bool,
}

impl KeyLoader {
    /// A loader for these algorithms.
    pub fn new(allowed: impl Into<Vec<Algorithm>>) -> Self {
        Self {
            allowed: allowed.into(),
            short_secrets: false,
        }
    }

    /// Takes HMAC secrets that are shorter than the hash: for moving a deployment that has one. A short secret can be
    /// found by trying; make a new one as soon as its tokens have ended.
    #[must_use]
    pub fn allow_short_hmac_key(mut self) -> Self {
        self.short_secrets = true;
        self
    }

    /// An HMAC key from its secret.
    ///
    /// # Errors
    /// A secret that is empty, too short (RFC 7518 §3.2) or the text of a key file; not exactly one HMAC algorithm.
    pub fn secret(&self, secret: &[u8]) -> Result<SigningKey, KeyError> {
        self.sign_with(Parts::Secret(secret.to_vec().into()), None, None)
    }

    /// A key to sign with from PEM text: PKCS#8, PKCS#1 or SEC1, not encrypted.
    ///
    /// # Errors
    /// Text that is no such key, a public key, a weak or inconsistent one, or not exactly one algorithm for it.
    pub fn signing_key_from_pem(&self, text: &str) -> Result<SigningKey, KeyError> {
        self.sign_with(Parts::from_pem(text)?, None, None)
    }

    /// A key to sign with from DER: PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    /// As [`KeyLoader::signing_key_from_pem`].
    pub fn signing_key_from_der(&self, bytes: &[u8]) -> Result<SigningKey, KeyError> {
        self.sign_with(Parts::from_der(bytes)?, None, None)
    }

    /// A key to sign with from the JSON of a private or symmetric JWK. Its `kid` becomes the key's id.
    ///
    /// # Errors
    /// As [`KeyLoader::signing_key_from_pem`]; and an `alg`, `use` or `key_ops` that does not fit.
    pub fn signing_key_from_jwk(&self, json: impl AsRef<[u8]>) -> Result<SigningKey, KeyError> {
        self.signing_key(&Jwk::from_json(json)?)
    }

    /// A key to sign with from a JWK that was read already.
    ///
    /// # Errors
    /// As [`KeyLoader::signing_key_from_jwk`].
    pub fn signing_key(&self, jwk: &Jwk) -> Result<SigningKey, KeyError> {
        if !jwk.allows("sign") {
            return Err(KeyError::OtherUse);
        }
        self.sign_with(jwk.parts.clone(), jwk.algorithm_name(), jwk.key_id())
    }

    /// A key to verify with from PEM text: SPKI, PKCS#1, or a certificate (RFC 5280), of which nothing but the key is
    /// looked at: not who signed it nor whether it has ended. Of a private key the public half is taken.
    ///
    /// # Errors
    /// Text that is no such key, a weak one, or not exactly one algorithm for it.
    pub fn verifying_key_from_pem(&self, text: &str) -> Result<VerifyingKey, KeyError> {
        self.verify_with(&Parts::from_pem(text)?, None, None)
    }

    /// A key to verify with from DER: SPKI or PKCS#1. Of a private key the public half is taken.
    ///
    /// # Errors
    /// As [`KeyLoader::verifying_key_from_pem`].
    pub fn verifying_key_from_der(&self, bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
        self.verify_with(&Parts::from_der(bytes)?, None, None)
    }

    /// A key to verify with from the JSON of a JWK; of a private key the public half is taken, after a check that the
    /// halves belong together. Its `kid` becomes the key's id.
    ///
    /// # Errors
    /// As [`KeyLoader::verifying_key_from_pem`]; and an `alg`, `use` or `key_ops` that does not fit.
    pub fn verifying_key_from_jwk(&self, json: impl AsRef<[u8]>) -> Result<VerifyingKey, KeyError> {
        self.verifying_key(&Jwk::from_json(json)?)
    }

    /// A key to verify with from a JWK that was read already.
    ///
    /// # Errors
    /// As [`KeyLoader::verifying_key_from_jwk`].
    pub fn verifying_key(&self, jwk: &Jwk) -> Result<VerifyingKey, KeyError> {
        if !jwk.allows("verify") {
            return Err(KeyError::OtherUse);
        }
        self.verify_with(&jwk.parts, jwk.algorithm_name(), jwk.key_id())
    }

    /// The keys of a set from outside that can be used here. Others are passed over, and so is a key without an id where
    /// there are several: nothing could ever lead to it. Of an id that leads to two keys (a broken one counts) neither is
    /// taken, since a token could mean either; the same key twice is one. Of more than 64 the first 64 are taken: one too many
    /// costs itself and not the others.
    ///
    /// # Errors
    /// As [`KeySet::new`]: no key left ([`PolicyError::KeyIdTwice`] where that is why), or shared secrets beside public
    /// keys.
    pub fn key_set(&self, set: &JwkSet) -> Result<KeySet, PolicyError> {
        let (mut keys, mut broken) = (Vec::new(), set.broken_ids().to_vec());
        for jwk in set.keys() {
            match self.verifying_key(jwk) {
                Ok(key) => keys.push((key, jwk.thumbprint())),
                Err(KeyError::OtherUse | KeyError::OtherAlgorithm | KeyError::WrongKind(_)) => {}
                Err(_) => broken.extend(jwk.key_id().map(str::to_owned)),
            }
        }
        let found = keys.len();
        let (mut keys, ambiguous) = without_doubles(keys);
        keys.retain(|key| !broken.iter().chain(&ambiguous).any(|id| key.key_id() == Some(id)));
        if keys.is_empty() && found > 0 {
            return Err(PolicyError::KeyIdTwice);
        }
        if keys.len() > 1 {
            keys.retain(|key| key.key_id().is_some());
        }
        keys.truncate(MAX_KEYS);
        KeySet::new(keys)
    }

    fn sign_with(&self, parts: Parts, own: Option<&str>, id: Option<&str>) -> Result<SigningKey, KeyError> {
        let algorithm = self.bind(parts.kind(), own)?;
        self.check_secret(algorithm, &parts)?;
        let key = SigningKey::from_parts(algorithm, &parts)?;
        match id {
            Some(id) => key.with_key_id(id),
            None => Ok(key),
        }
    }

    fn verify_with(&self, parts: &Parts, own: Option<&str>, id: Option<&str>) -> Result<VerifyingKey, KeyError> {
        let algorithm = self.bind(parts.kind(), own)?;
        self.check_secret(algorithm, parts)?;
        let key = VerifyingKey::from_parts(algorithm, parts)?;
        match id {
            Some(id) => key.with_key_id(id),
            None => Ok(key),
        }
    }

    /// The one algorithm for a key of this kind.
    fn bind(&self, kind: KeyKind, own: Option<&str>) -> Result<Algorithm, KeyError> {
        if self.allowed.is_empty() {
            return Err(KeyError::NoAlgorithm);
        }
        let fitting = |algorithm: &Algorithm| algorithm.key_kind() == kind;
        if let Some(own) = own {
            let own = own.parse().map_err(|_| KeyError::OtherAlgorithm)?;
            let good = self.allowed.contains(&own) && fitting(&own);
            return good.then_some(own).ok_or(KeyError::OtherAlgorithm);
        }
        let mut candidates = self.allowed.iter().copied().filter(fitting);
        let first = candidates.next().ok_or(KeyError::WrongKind(kind))?;
        // The same algorithm named twice is no second one; and of Ed25519's two names the caller's first is taken.
        if kind != KeyKind::Ed25519 && candidates.any(|other| other != first) {
            return Err(KeyError::Ambiguous(kind));
        }
        Ok(first)
    }

    fn check_secret(&self, algorithm: Algorithm, parts: &Parts) -> Result<(), KeyError> {
        let Parts::Secret(secret) = parts else {
            return Ok(());
        };
        if secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if is_key_file(secret) {
            return Err(KeyError::KeyFile);
        }
        if secret.len() < algorithm.hash_len() && !self.short_secrets {
            let bytes = secret.len();
            return Err(KeyError::TooShort { algorithm, bytes });
        }
        Ok(())
    }
}

/// Each key once, and the ids that lead to several.
fn without_doubles(found: Vec<(VerifyingKey, String)>) -> (Vec<VerifyingKey>, Vec<String>) {
    let (mut keys, mut ambiguous): (Vec<(VerifyingKey, String)>, _) = (Vec::new(), Vec::new());
    for (key, thumbprint) in found {
        let id = key.key_id();
        match keys.iter().find(|(other, _)| id.is_some() && other.key_id() == id) {
            None => keys.push((key, thumbprint)),
            Some((other, same)) if *same == thumbprint && other.algorithm() == key.algorithm() => {}
            Some(_) => ambiguous.extend(id.map(str::to_owned)),
        }
    }
    (keys.into_iter().map(|(key, _)| key).collect(), ambiguous)
}

#[cfg(test)]
mod tests;
