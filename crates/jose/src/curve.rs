//! Keys on curves for ECDSA.

use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, ParsedPublicKey};

use crate::algorithm::KeyKind;
use crate::der;
use crate::key_error::KeyError;

pub(crate) fn curve_public(kind: KeyKind, x: &[u8], y: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    let length = kind.coordinate_len();
    if x.len() != length || y.len() != length {
        return Err(KeyError::Point);
    }
    let point = [&[4], x, y].concat();
    ParsedPublicKey::new(curve_verifying(kind)?, point).map_err(|_| KeyError::Point)
}

pub(crate) fn curve_pair(kind: KeyKind, d: &[u8], point: Option<&[u8]>) -> Result<EcdsaKeyPair, KeyError> {
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

pub(crate) fn kind_of(pair: &EcdsaKeyPair) -> Result<KeyKind, KeyError> {
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

pub(crate) fn curve_signing(kind: KeyKind) -> Result<&'static EcdsaSigningAlgorithm, KeyError> {
    match kind {
        KeyKind::P256 => Ok(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        KeyKind::P384 => Ok(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        KeyKind::P521 => Ok(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        KeyKind::Secp256k1 => Ok(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        KeyKind::Secret | KeyKind::Rsa | KeyKind::Ed25519 => Err(KeyError::WrongKind(kind)),
    }
}
