//! Keys become text again: public ones freely, private ones only by calls that say so.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::{SigningKey, VerifyingKey};
use crate::key_error::KeyError;
use crate::material::Public;
use crate::parts::Bytes;
use crate::pem;
use crate::set::KeySet;

impl VerifyingKey {
    /// As a public JWK with `use`, `alg` and, where it has an id, `kid`. `None` for a shared secret, which is never
    /// public.
    pub fn to_jwk(&self) -> Option<String> {
        match self.material() {
            Public::Hmac { .. } => None,
            Public::Asymmetric { parts, .. } => {
                let jwk = parts.to_jwk(self.algorithm().name(), self.key_id())?;
                Some(jwk.as_str().to_owned())
            }
        }
    }

    /// As `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1). `None` for a shared secret.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        self.material().to_der()
    }

    /// As `SubjectPublicKeyInfo` in PEM: `BEGIN PUBLIC KEY`. `None` for a shared secret.
    pub fn to_pem(&self) -> Option<String> {
        Some(pem::write("PUBLIC KEY", &self.to_der()?).as_str().to_owned())
    }

    /// Its thumbprint (RFC 7638 §3, with SHA-256): a good key id. `None` for a shared secret, whose thumbprint would be
    /// a hash of the secret.
    pub fn thumbprint(&self) -> Option<String> {
        match self.material() {
            Public::Hmac { .. } => None,
            Public::Asymmetric { parts, .. } => parts.thumbprint(),
        }
    }
}

impl SigningKey {
    /// The whole key as a private or symmetric JWK, wiped when dropped: whoever reads it can sign.
    ///
    /// # Errors
    /// The primitive does not give the numbers.
    pub fn export_private_jwk(&self) -> Result<Zeroizing<String>, KeyError> {
        let parts = self.private().private_parts(self.public())?;
        parts
            .to_jwk(self.algorithm().name(), self.key_id())
            .ok_or(KeyError::Unusable)
    }

    /// The whole key as PKCS#8 in DER (RFC 5208), wiped when dropped: whoever reads it can sign.
    ///
    /// # Errors
    /// A shared secret, which has no such notation.
    pub fn export_private_der(&self) -> Result<Bytes, KeyError> {
        self.private().to_der()
    }

    /// The whole key as PKCS#8 in PEM, `BEGIN PRIVATE KEY`, wiped when dropped: whoever reads it can sign.
    ///
    /// # Errors
    /// As [`SigningKey::export_private_der`].
    pub fn export_private_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::write("PRIVATE KEY", &self.export_private_der()?))
    }

    /// A secret of 32 bytes drawn from the private key for another purpose: always the same for one key and purpose, and
    /// telling nothing of the key or of what is drawn for other purposes (HMAC-SHA-256 as RFC 5869 §2 uses it).
    ///
    /// # Errors
    /// The primitive does not give the key.
    pub fn derive_secret(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let whole = match self.public() {
            Public::Hmac { secret, .. } => secret.clone(),
            Public::Asymmetric { .. } => self.export_private_der()?,
        };
        let bad = |_| KeyError::Unusable;
        let mut extract = Hmac::<Sha256>::new_from_slice(b"portcullis derived secret").map_err(bad)?;
        extract.update(&whole);
        let extracted = Zeroizing::new(<[u8; 32]>::from(extract.finalize().into_bytes()));
        let mut expand = Hmac::<Sha256>::new_from_slice(&*extracted).map_err(bad)?;
        expand.update(purpose.as_bytes());
        expand.update(&[1]);
        Ok(Zeroizing::new(expand.finalize().into_bytes().into()))
    }
}

impl KeySet {
    /// The public keys as a JWK set (RFC 7517 §5), in their order. Shared secrets are left out.
    pub fn to_public_jwks(&self) -> String {
        let keys: Vec<String> = self.iter().filter_map(VerifyingKey::to_jwk).collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }
}
