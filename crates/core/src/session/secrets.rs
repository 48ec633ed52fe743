//! The secrets that refresh tokens are made and known by.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::record::{Digest, FamilyKey};
use crate::keyed::{MacKey, Root, Unusable};
use crate::record_id::FamilyId;

/// The secret of a refresh token.
pub(crate) type TokenSecret = Zeroizing<[u8; 32]>;

/// The secrets that refresh tokens are made and known by, each with a number that stands in every token. One makes new
/// tokens; older ones are read until the last family under them was refreshed or has ended. Cheap to clone; `Debug` shows
/// the numbers alone.
///
/// Whoever has one of them and a copy of the store still has no token, but could pass for a server that is ahead of its
/// store ([`accept_ahead`](crate::SessionSettings::accept_ahead)).
#[derive(Clone)]
pub struct RefreshSecrets {
    current: FamilyKey,
    known: Arc<[(FamilyKey, Arc<Keys>)]>,
}

/// What one secret is used for, each with a key of its own.
pub(crate) struct Keys {
    tag: MacKey,
    digest: MacKey,
    next: MacKey,
    network: MacKey,
    cookie_tag: MacKey,
    cookie_digest: MacKey,
    page_proof: MacKey,
}

/// A secret cannot be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshSecretsError {
    /// There is one of this number.
    Taken(FamilyKey),
    /// The primitive failed.
    Unusable,
}

impl fmt::Display for RefreshSecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(number) => write!(f, "there are two secrets of refresh tokens with the number {number}"),
            Self::Unusable => f.write_str("the secret of refresh tokens cannot be used"),
        }
    }
}

impl Error for RefreshSecretsError {}

impl From<Unusable> for RefreshSecretsError {
    fn from(_: Unusable) -> Self {
        Self::Unusable
    }
}

impl fmt::Debug for RefreshSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.iter().map(|(number, _)| number);
        f.debug_struct("RefreshSecrets")
            .field("current", &self.current)
            .field("known", &known.collect::<Vec<_>>())
            .finish()
    }
}

impl RefreshSecrets {
    /// This one alone, which must be random: it makes new tokens.
    ///
    /// # Errors
    /// The primitive failed.
    pub fn new(number: FamilyKey, secret: &[u8; 32]) -> Result<Self, RefreshSecretsError> {
        Ok(Self {
            current: number,
            known: Arc::new([(number, Arc::new(Keys::new(secret)?))]),
        })
    }

    /// With another one, whose tokens are read: an earlier one, or one that other servers make tokens with already.
    ///
    /// # Errors
    /// There is one of this number, or the primitive failed.
    pub fn also_read(self, number: FamilyKey, secret: &[u8; 32]) -> Result<Self, RefreshSecretsError> {
        if self.keys(number).is_some() {
            return Err(RefreshSecretsError::Taken(number));
        }
        let another = (number, Arc::new(Keys::new(secret)?));
        Ok(Self {
            known: self.known.iter().cloned().chain([another]).collect(),
            ..self
        })
    }

    /// The number of the one that makes new tokens.
    pub(crate) fn current(&self) -> FamilyKey {
        self.current
    }

    pub(crate) fn keys(&self, number: FamilyKey) -> Option<&Keys> {
        let found = self.known.iter().find(|(known, _)| *known == number);
        found.map(|(_, keys)| &**keys)
    }
}

impl Keys {
    /// A key for each purpose (HKDF, RFC 5869).
    fn new(secret: &[u8; 32]) -> Result<Self, RefreshSecretsError> {
        let root = Root::new(b"portcullis refresh tokens", secret);
        Ok(Self {
            tag: root.key(b"tag")?,
            digest: root.key(b"digest")?,
            next: root.key(b"next")?,
            network: root.key(b"network")?,
            cookie_tag: root.key(b"cookie tag")?,
            cookie_digest: root.key(b"cookie digest")?,
            page_proof: root.key(b"page proof")?,
        })
    }

    /// What shows that a token was made here.
    pub(crate) fn tag(&self, parts: &[u8]) -> [u8; 32] {
        self.tag.mac(&[parts])
    }

    /// What is stored of a token.
    pub(crate) fn digest(&self, family: FamilyId, generation: u32, secret: &TokenSecret) -> Digest {
        let parts: [&[u8]; 3] = [family.as_bytes(), &generation.to_be_bytes(), &secret[..]];
        Digest(self.digest.mac(&parts))
    }

    /// The secret of the token of `generation`, from that of the one before and what is stored. Without either it cannot
    /// be told.
    pub(crate) fn next(
        &self,
        family: FamilyId,
        generation: u32,
        nonce: &[u8; 16],
        secret: &TokenSecret,
    ) -> TokenSecret {
        let parts: [&[u8]; 4] = [family.as_bytes(), &generation.to_be_bytes(), nonce, &secret[..]];
        Zeroizing::new(self.next.mac(&parts))
    }

    /// What shows that a cookie was made here.
    pub(crate) fn cookie_tag(&self, parts: &[u8]) -> [u8; 32] {
        self.cookie_tag.mac(&[parts])
    }

    /// What is stored of a cookie.
    pub(crate) fn cookie_digest(&self, family: FamilyId, secret: &TokenSecret) -> Digest {
        Digest(self.cookie_digest.mac(&[family.as_bytes(), &secret[..]]))
    }

    /// What only a page of the session can know.
    pub(crate) fn page_proof(&self, family: FamilyId, nonce: &[u8; 16]) -> [u8; 32] {
        self.page_proof.mac(&[family.as_bytes(), nonce])
    }

    /// What tells the network of a family's holder from another: the /24 of an address of IPv4, the /64 of one of IPv6. It
    /// is another one for another family.
    pub(crate) fn network(&self, family: FamilyId, address: IpAddr) -> u32 {
        let [a, b, c, d, ..] = match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                self.network.mac(&[family.as_bytes(), &[4, a, b, c]])
            }
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                self.network.mac(&[family.as_bytes(), &[6, a, b, c, d, e, f, g, h]])
            }
        };
        u32::from_be_bytes([a, b, c, d])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(n: u8) -> FamilyId {
        FamilyId::from_bytes([n; 16])
    }

    fn keys(n: u8) -> Keys {
        Keys::new(&[n; 32]).expect("usable")
    }

    #[test]
    fn a_number_is_taken_once() {
        let secrets = RefreshSecrets::new(1, &[1; 32]).expect("usable");
        let error = secrets.clone().also_read(1, &[2; 32]).expect_err("taken");
        assert_eq!(error, RefreshSecretsError::Taken(1));
        let both = secrets.also_read(2, &[2; 32]).expect("another one");
        assert_eq!(both.current(), 1);
        assert!(both.keys(2).is_some() && both.keys(3).is_none());
        assert_eq!(format!("{both:?}"), "RefreshSecrets { current: 1, known: [1, 2] }");
    }

    #[test]
    fn what_is_made_depends_on_each_part_and_on_the_purpose() {
        let secret = Zeroizing::new([7; 32]);
        let made = keys(1).next(family(1), 1, &[0; 16], &secret);
        assert_eq!(made, keys(1).next(family(1), 1, &[0; 16], &secret));
        for other in [
            keys(2).next(family(1), 1, &[0; 16], &secret),
            keys(1).next(family(2), 1, &[0; 16], &secret),
            keys(1).next(family(1), 2, &[0; 16], &secret),
            keys(1).next(family(1), 1, &[1; 16], &secret),
            keys(1).next(family(1), 1, &[0; 16], &Zeroizing::new([8; 32])),
            Zeroizing::new(keys(1).digest(family(1), 1, &secret).0),
        ] {
            assert_ne!(*made, *other);
        }
        let digest = keys(1).digest(family(1), 1, &secret);
        assert!(digest == keys(1).digest(family(1), 1, &secret));
        assert!(digest != keys(1).digest(family(1), 2, &secret));
        assert!(digest != keys(1).digest(family(2), 1, &secret));
        assert!(digest != keys(2).digest(family(1), 1, &secret));
    }

    #[test]
    fn a_network_is_the_first_three_bytes_of_an_address_or_the_first_eight_of_a_newer_one() {
        let tag = |n, address: &str| keys(1).network(family(n), address.parse().expect("an address"));
        assert_eq!(tag(1, "192.0.2.1"), tag(1, "192.0.2.200"));
        assert_eq!(tag(1, "192.0.2.1"), tag(1, "::ffff:192.0.2.9"));
        assert_ne!(tag(1, "192.0.2.1"), tag(1, "192.0.3.1"));
        assert_eq!(tag(1, "2001:db8::1"), tag(1, "2001:db8::ffff:1"));
        assert_ne!(tag(1, "2001:db8::1"), tag(1, "2001:db8:0:1::1"));
        assert_ne!(tag(1, "192.0.2.1"), tag(2, "192.0.2.1"));
    }
}
