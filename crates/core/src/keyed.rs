//! Keys that are derived from a secret, and keyed digests.

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};

/// A secret from which keys are derived, each for a purpose of its own (HKDF, RFC 5869).
pub(crate) struct Root(Prk);

/// The primitive failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unusable;

/// A key of HMAC-SHA-256.
pub(crate) struct MacKey(Key);

impl Root {
    /// The secret as a room uses it: in another room its keys are others.
    pub(crate) fn new(room: &[u8], secret: &[u8; 32]) -> Self {
        Self(Salt::new(HKDF_SHA256, room).extract(secret))
    }

    /// The key for one purpose.
    pub(crate) fn key(&self, purpose: &[u8]) -> Result<MacKey, Unusable> {
        let info = [purpose];
        let derived = self.0.expand(&info, HMAC_SHA256);
        Ok(MacKey(derived.map_err(|_| Unusable)?.into()))
    }
}

impl MacKey {
    /// The key of these bytes, which must be random.
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Key::new(HMAC_SHA256, bytes))
    }

    /// The digest of these parts, one behind the other: where one's length is not fixed, the caller says it.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut mac = [0; 32];
        for (to, from) in mac.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        mac
    }
}
