//! Keys of Ed25519. The primitive takes any 32 bytes for a public key and finds out at the first signature: here they are
//! looked at when the key is made.

use aws_lc_rs::signature::{self, Ed25519KeyPair, ParsedPublicKey};
use crypto_bigint::U256;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};

use crate::key_error::KeyError;

pub(crate) fn ed25519_public(x: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    if !is_good_point(x) {
        return Err(KeyError::Point);
    }
    ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| KeyError::Point)
}

pub(crate) fn ed25519_pair(seed: &[u8], x: Option<&[u8]>) -> Result<Ed25519KeyPair, KeyError> {
    if seed.len() != 32 {
        return Err(KeyError::Inconsistent);
    }
    match x {
        Some(x) => Ed25519KeyPair::from_seed_and_public_key(seed, x),
        None => Ed25519KeyPair::from_seed_unchecked(seed),
    }
    .map_err(|_| KeyError::Inconsistent)
}

/// The field's prime, 2^255 - 19.
const PRIME: U256 = U256::from_be_hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
/// Half of the prime less one.
const HALF: U256 = U256::from_be_hex("3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff6");
/// The curve's `d`, -121665/121666 (RFC 8032 §5.1).
const D: U256 = U256::from_be_hex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");

/// The second coordinates of the points of small order (1, 2, 4 and 8) in 32 little-endian bytes: under such a key one
/// signature fits many texts.
const SMALL_ORDER: [U256; 5] = [
    U256::ZERO,
    U256::ONE,
    U256::from_be_hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
    U256::from_be_hex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
    U256::from_be_hex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
];

/// Whether this is the encoding of a point (RFC 8032 §5.1.3), reduced, on the curve and not of small order. The point is
/// public: nothing here need take the same time.
fn is_good_point(encoded: &[u8]) -> bool {
    let Ok(mut bytes) = <[u8; 32]>::try_from(encoded) else {
        return false;
    };
    if let Some(last) = bytes.last_mut() {
        // The sign of the first coordinate; both are points or none is.
        *last &= 0x7f;
    }
    let y = U256::from_le_slice(&bytes);
    let Some(prime) = PRIME.to_odd().into_option() else {
        return false;
    };
    if y >= PRIME || SMALL_ORDER.contains(&y) {
        return false;
    }
    // x^2 = (y^2 - 1) / (d y^2 + 1) has a root if the product of both has one: Euler's criterion.
    let field = FixedMontyParams::new_vartime(prime);
    let one = FixedMontyForm::one(&field);
    let square = FixedMontyForm::new(&y, &field).square();
    let above = square.sub(&one);
    let below = FixedMontyForm::new(&D, &field).mul(&square).add(&one);
    above.mul(&below).pow(&HALF) == one
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::KeyPair;

    use super::*;

    #[test]
    fn points_of_small_order_and_unreduced_ones_are_refused_with_either_sign() {
        let unreduced = [PRIME, PRIME.wrapping_add(&U256::ONE)];
        for point in SMALL_ORDER.iter().chain(&unreduced) {
            let mut bytes = point.to_le_bytes();
            assert_eq!(ed25519_public(bytes.as_ref()).err(), Some(KeyError::Point));
            bytes.as_mut()[31] |= 0x80;
            assert_eq!(ed25519_public(bytes.as_ref()).err(), Some(KeyError::Point));
        }
    }

    #[test]
    fn half_of_all_bytes_are_no_point_and_every_key_is_one() {
        let bad = (2_u8..=251).filter(|first| {
            let mut bytes = [0x11; 32];
            bytes[0] = *first;
            !is_good_point(&bytes)
        });
        let bad = bad.count();
        assert!((80..170).contains(&bad), "{bad}");
        for first in 0..100 {
            let pair = ed25519_pair(&[first; 32], None).expect("a pair");
            assert!(ed25519_public(pair.public_key().as_ref()).is_ok());
        }
        assert!(!is_good_point(&[9; 31]) && !is_good_point(&[]));
    }
}
