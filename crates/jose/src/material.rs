//! Keys as the primitives keep them: parsed once, checked then.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair, KeyPair, ParsedPublicKey,
    RsaEncoding, RsaKeyPair, RsaParameters,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, KeyKind};
use crate::der;
use crate::key_error::KeyError;
use crate::parts::{Bytes, Parts, RsaNumbers};

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
                check_rsa(&numbers.n, &numbers.e)?;
                let pair = rsa_pair(numbers).map_err(|_| KeyError::Inconsistent)?;
                Ok(Self::Rsa(pair, rsa_encoding(algorithm)))
            }
            Parts::CurvePrivate { kind, d, point } => curve_pair(*kind, d, point.as_deref()).map(Self::Curve),
            Parts::Ed25519Private { seed, x } => {
                let pair = match x {
                    Some(x) => Ed25519KeyPair::from_seed_and_public_key(seed, x),
                    None => Ed25519KeyPair::from_seed_unchecked(seed),
                };
                Ok(Self::Ed25519(pair.map_err(|_| KeyError::Inconsistent)?))
            }
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

fn rsa_public(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    check_rsa(n, e)?;
    PublicKeyComponents { n, e }
        .to_parsed_public_key(rsa_parameters(algorithm))
        .map_err(|_| KeyError::Unusable)
}

/// RFC 7518 §3.3 and §3.5, and what makes a key no key: an exponent of 1 signs everything.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    let bits = bit_len(n);
    if !(2048..=8192).contains(&bits) || n.last().is_none_or(|byte| byte % 2 == 0) {
        return Err(KeyError::Modulus { bits });
    }
    let even = e.last().is_none_or(|byte| byte % 2 == 0);
    if even || !(2..=33).contains(&bit_len(e)) {
        return Err(KeyError::Exponent);
    }
    Ok(())
}

/// The length of a big-endian number without leading zeros.
fn bit_len(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros());
    number
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

fn rsa_pair(numbers: &RsaNumbers) -> Result<RsaKeyPair, aws_lc_rs::error::KeyRejected> {
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents {
            n: numbers.n.as_slice(),
            e: numbers.e.as_slice(),
        },
        d: numbers.d.as_slice(),
        p: numbers.p.as_slice(),
        q: numbers.q.as_slice(),
        dP: numbers.dp.as_slice(),
        dQ: numbers.dq.as_slice(),
        qInv: numbers.qi.as_slice(),
    })
}

fn curve_public(kind: KeyKind, x: &[u8], y: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    let length = kind.coordinate_len();
    if x.len() != length || y.len() != length {
        return Err(KeyError::Point);
    }
    let point = [&[4], x, y].concat();
    ParsedPublicKey::new(curve_verifying(kind)?, point).map_err(|_| KeyError::Point)
}

fn curve_pair(kind: KeyKind, d: &[u8], point: Option<&[u8]>) -> Result<EcdsaKeyPair, KeyError> {
    let algorithm = curve_signing(kind)?;
    if d.len() != kind.coordinate_len() {
        return Err(KeyError::Inconsistent);
    }
    match point {
        Some(point) => EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, point),
        // A SEC1 key may come without its point; the primitive finds it.
        None => EcdsaKeyPair::from_private_key_der(algorithm, &der::sec1(d)),
    }
    .map_err(|_| KeyError::Inconsistent)
}

fn ed25519_public(x: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    if x.len() != 32 || is_small_order(x) {
        return Err(KeyError::Point);
    }
    ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| KeyError::Point)
}

/// The encodings of the eight points of small order, sign bit aside, with the two that are not reduced: under such a key
/// one signature fits many texts, and the primitive lets it through.
const SMALL_ORDER: [[u8; 32]; 7] = {
    const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut bytes = [middle; 32];
        let [start, .., end] = &mut bytes;
        *start = first;
        *end = last;
        bytes
    }
    [
        ends(0, 0, 0),
        ends(1, 0, 0),
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        ends(0xec, 0xff, 0x7f),
        ends(0xed, 0xff, 0x7f),
        ends(0xee, 0xff, 0x7f),
    ]
};

fn is_small_order(x: &[u8]) -> bool {
    let Some((last, rest)) = x.split_last() else {
        return true;
    };
    SMALL_ORDER
        .iter()
        .any(|point| point.split_last() == Some((&(last & 0x7f), rest)))
}

fn kind_of(pair: &EcdsaKeyPair) -> Result<KeyKind, KeyError> {
    [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Secp256k1]
        .into_iter()
        .find(|kind| curve_signing(*kind).is_ok_and(|algorithm| algorithm == pair.algorithm()))
        .ok_or(KeyError::Unusable)
}

fn curve_verifying(kind: KeyKind) -> Result<&'static EcdsaVerificationAlgorithm, KeyError> {
    match kind {
        KeyKind::P256 => Ok(&signature::ECDSA_P256_SHA256_FIXED),
        KeyKind::P384 => Ok(&signature::ECDSA_P384_SHA384_FIXED),
        KeyKind::P521 => Ok(&signature::ECDSA_P521_SHA512_FIXED),
        KeyKind::Secp256k1 => Ok(&signature::ECDSA_P256K1_SHA256_FIXED),
        KeyKind::Secret | KeyKind::Rsa | KeyKind::Ed25519 => Err(KeyError::WrongKind(kind)),
    }
}

fn curve_signing(kind: KeyKind) -> Result<&'static EcdsaSigningAlgorithm, KeyError> {
    match kind {
        KeyKind::P256 => Ok(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        KeyKind::P384 => Ok(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        KeyKind::P521 => Ok(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        KeyKind::Secp256k1 => Ok(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        KeyKind::Secret | KeyKind::Rsa | KeyKind::Ed25519 => Err(KeyError::WrongKind(kind)),
    }
}

fn rsa_parameters(algorithm: Algorithm) -> &'static RsaParameters {
    match algorithm {
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => &signature::RSA_PKCS1_2048_8192_SHA256,
    }
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => &signature::RSA_PKCS1_SHA256,
    }
}
