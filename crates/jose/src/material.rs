//! Keys as the primitives keep them: parsed once, checked then.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, KeyKind};
use crate::curve::{curve_pair, curve_public, curve_signing, kind_of};
use crate::der;
use crate::ed25519::{ed25519_pair, ed25519_public};
use crate::key_error::KeyError;
use crate::parts::{Bytes, Parts};
use crate::rsa::{rsa_encoding, rsa_pair, rsa_public};

/// What verifies.
pub(crate) enum Public {
    Hmac {
        mac: Box<Keyed>,
        secret: Bytes,
    },
    Asymmetric {
        key: Box<ParsedPublicKey>,
        /// What the key is made of, for export: public numbers only.
        parts: Parts,
    },
}

/// What signs.
pub(crate) enum Private {
    /// HMAC: the public half has it.
    Shared,
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Curve(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// HMAC with its key schedule done.
#[derive(Clone)]
pub(crate) enum Keyed {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// The primitive did not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

impl Keyed {
    fn new(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        let bad = |_| KeyError::Unusable;
        Ok(match algorithm.hash_len() {
            32 => Self::Sha256(Hmac::new_from_slice(secret).map_err(bad)?),
            48 => Self::Sha384(Hmac::new_from_slice(secret).map_err(bad)?),
            _ => Self::Sha512(Hmac::new_from_slice(secret).map_err(bad)?),
        })
    }

    /// Whether `signature`, whole, is that of `text`; compared in constant time.
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Sha256(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Sha384(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Sha512(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
        }
    }

    fn sign(&self, text: &[u8]) -> Tag {
        match self {
            Self::Sha256(mac) => Tag::of(&mac.clone().chain_update(text).finalize().into_bytes()),
            Self::Sha384(mac) => Tag::of(&mac.clone().chain_update(text).finalize().into_bytes()),
            Self::Sha512(mac) => Tag::of(&mac.clone().chain_update(text).finalize().into_bytes()),
        }
    }
}

/// The output of HMAC on the stack.
struct Tag {
    bytes: [u8; 64],
    len: usize,
}

impl Tag {
    fn of(mac: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(mac) {
            *to = *from;
        }
        Self { bytes, len: mac.len() }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn push(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

impl Public {
    /// The verifying half of whatever the parts are.
    pub(crate) fn new(algorithm: Algorithm, parts: &Parts) -> Result<Self, KeyError> {
        let asymmetric = |key, parts| Self::Asymmetric {
            key: Box::new(key),
            parts,
        };
        match parts {
            Parts::Secret(secret) => Ok(Self::Hmac {
                mac: Box::new(Keyed::new(algorithm, secret)?),
                secret: secret.clone(),
            }),
            Parts::RsaPublic { n, e } => Ok(asymmetric(rsa_public(algorithm, n, e)?, parts.clone())),
            Parts::CurvePublic { kind, x, y } => Ok(asymmetric(curve_public(*kind, x, y)?, parts.clone())),
            Parts::Ed25519Public { x } => Ok(asymmetric(ed25519_public(x)?, parts.clone())),
            private => Self::new(algorithm, &Private::new(algorithm, private)?.public_parts()?),
        }
    }

    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac { mac, .. } => mac.verify(text, signature),
            Self::Asymmetric { key, .. } => key.verify_sig(text, signature).is_ok(),
        }
    }

    /// As `SubjectPublicKeyInfo`; none for a shared secret.
    pub(crate) fn to_der(&self) -> Option<Vec<u8>> {
        match self {
            Self::Hmac { .. } => None,
            Self::Asymmetric { key, .. } => {
                let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
        }
    }
}

impl Private {
    /// The signing half of private parts.
    pub(crate) fn new(algorithm: Algorithm, parts: &Parts) -> Result<Self, KeyError> {
        match parts {
            Parts::Secret(_) => Ok(Self::Shared),
            Parts::RsaPrivate(numbers) => {
                let pair = rsa_pair(numbers)?;
                Ok(Self::Rsa(pair, rsa_encoding(algorithm)))
            }
            Parts::CurvePrivate { kind, d, point } => curve_pair(*kind, d, point.as_deref()).map(Self::Curve),
            Parts::Ed25519Private { seed, x } => ed25519_pair(seed, x.as_deref()).map(Self::Ed25519),
            Parts::RsaPublic { .. } | Parts::CurvePublic { .. } | Parts::Ed25519Public { .. } => Err(KeyError::Public),
        }
    }

    /// A new asymmetric key, with the primitive library's randomness.
    pub(crate) fn generate(algorithm: Algorithm, rsa_size: KeySize) -> Result<Self, KeyError> {
        let bad = |_| KeyError::Unusable;
        match algorithm.key_kind() {
            KeyKind::Secret => Err(KeyError::WrongKind(KeyKind::Secret)),
            KeyKind::Rsa => Ok(Self::Rsa(
                RsaKeyPair::generate(rsa_size).map_err(bad)?,
                rsa_encoding(algorithm),
            )),
            KeyKind::Ed25519 => Ok(Self::Ed25519(Ed25519KeyPair::generate().map_err(bad)?)),
            kind => Ok(Self::Curve(EcdsaKeyPair::generate(curve_signing(kind)?).map_err(bad)?)),
        }
    }

    /// Signs `token`, which is header, dot and payload so far, or `other` in its place; appends a dot and the signature.
    pub(crate) fn append(&self, public: &Public, token: &mut String, other: Option<&[u8]>) -> Result<(), Refused> {
        let text = other.unwrap_or(token.as_bytes());
        match self {
            Self::Shared => {
                let Public::Hmac { mac, .. } = public else {
                    return Err(Refused);
                };
                let tag = mac.sign(text);
                push(token, tag.as_bytes());
            }
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), text, &mut signature)
                    .map_err(|_| Refused)?;
                push(token, &signature);
            }
            Self::Curve(pair) => {
                let signature = pair.sign(&SystemRandom::new(), text).map_err(|_| Refused)?;
                push(token, signature.as_ref());
            }
            Self::Ed25519(pair) => {
                let signature = pair.try_sign(text).map_err(|_| Refused)?;
                push(token, signature.as_ref());
            }
        }
        Ok(())
    }

    /// The parts of the public half; the primitives know them. (A shared secret has none.)
    pub(crate) fn public_parts(&self) -> Result<Parts, KeyError> {
        match self {
            Self::Shared => Err(KeyError::Unusable),
            Self::Rsa(pair, _) => {
                let (n, e) = der::rsa_public(pair.public_key().as_ref()).ok_or(KeyError::Unusable)?;
                Ok(Parts::RsaPublic {
                    n: n.to_vec(),
                    e: e.to_vec(),
                })
            }
            Self::Curve(pair) => {
                let kind = kind_of(pair)?;
                Parts::from_point(kind, pair.public_key().as_ref())
            }
            Self::Ed25519(pair) => Ok(Parts::Ed25519Public {
                x: pair.public_key().as_ref().to_vec(),
            }),
        }
    }

    /// All parts, for a deliberate export.
    pub(crate) fn private_parts(&self, public: &Public) -> Result<Parts, KeyError> {
        let bad = |_| KeyError::Unusable;
        match (self, public) {
            (Self::Shared, Public::Hmac { secret, .. }) => Ok(Parts::Secret(secret.clone())),
            (Self::Shared, Public::Asymmetric { .. }) => Err(KeyError::Unusable),
            (Self::Rsa(..), _) => match Parts::from_pkcs8(&self.to_der()?)? {
                parts @ Parts::RsaPrivate(_) => Ok(parts),
                _ => Err(KeyError::Unusable),
            },
            (Self::Curve(pair), _) => {
                let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(bad)?;
                Ok(Parts::CurvePrivate {
                    kind: kind_of(pair)?,
                    d: Zeroizing::new(d.as_ref().to_vec()),
                    point: Some(pair.public_key().as_ref().to_vec()),
                })
            }
            (Self::Ed25519(pair), _) => Ok(Parts::Ed25519Private {
                seed: Zeroizing::new(pair.seed().map_err(bad)?.as_be_bytes().map_err(bad)?.as_ref().to_vec()),
                x: Some(pair.public_key().as_ref().to_vec()),
            }),
        }
    }

    /// As PKCS#8 version 1.
    pub(crate) fn to_der(&self) -> Result<Bytes, KeyError> {
        let bad = |_| KeyError::Unusable;
        let document = match self {
            Self::Shared => return Err(KeyError::WrongKind(KeyKind::Secret)),
            Self::Rsa(pair, _) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(bad)?;
                return Ok(Zeroizing::new(der.as_ref().to_vec()));
            }
            Self::Curve(pair) => pair.to_pkcs8v1(),
            Self::Ed25519(pair) => pair.to_pkcs8v1(),
        };
        Ok(Zeroizing::new(document.map_err(bad)?.as_ref().to_vec()))
    }
}
