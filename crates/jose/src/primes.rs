//! The primes of an RSA key that came as `n`, `e` and `d` alone (RFC 7518 §6.3.2 allows such).

use crypto_bigint::{BoxedUint, CheckedSub, ConcatenatingMul, Gcd, Resize};
use zeroize::Zeroizing;

use crate::parts::{Bytes, RsaNumbers};

/// The longest number of a key that is taken, in bytes.
const MAX_LEN: usize = 1024;
/// The longest exponent.
const MAX_EXPONENT_LEN: usize = 8;

/// Finds the primes and what follows from them, as NIST SP 800-56B (revision 2, appendix C.2) does without randomness.
/// Whether all belongs together is checked by the primitive that takes the key. Intermediate numbers are not wiped, nor
/// is the time always the same: this is for reading a key once.
pub(crate) fn find(n: Vec<u8>, e: Vec<u8>, d: Bytes) -> Option<RsaNumbers> {
    if n.len() > MAX_LEN || d.len() > n.len() || e.len() > MAX_EXPONENT_LEN {
        return None;
    }
    let one = BoxedUint::one();
    let modulus = BoxedUint::from_be_slice_vartime(&n);
    let private = Zeroizing::new(BoxedUint::from_be_slice_vartime(&d));
    // A multiple of phi(n) from one of lambda(n).
    let multiple = private
        .concatenating_mul(BoxedUint::from_be_slice_vartime(&e))
        .checked_sub(&one)
        .into_option()?;
    let common = modulus.checked_sub(&one).into_option()?.gcd(&multiple);
    let phis = multiple.concatenating_mul(&common);
    let (count, rest) = phis.div_rem_vartime(&modulus.to_nz().into_option()?);
    // The sum of the primes, less one, fits in what is left of n so many times.
    let times = count
        .resize_unchecked(phis.bits_precision())
        .wrapping_add(&one)
        .to_nz()
        .into_option()?;
    let (sum, over) = modulus.checked_sub(&rest).into_option()?.div_rem_vartime(&times);
    if !bool::from(over.is_zero()) {
        return None;
    }
    let sum = Zeroizing::new(sum.resize_unchecked(modulus.bits_precision()).wrapping_add(&one));
    let square = sum.concatenating_mul(&*sum);
    let four_times = modulus.resize_unchecked(square.bits_precision()).shl(2);
    let square = square.checked_sub(&four_times).into_option()?;
    let difference = Zeroizing::new(square.checked_sqrt_vartime()?);
    let p = Zeroizing::new(sum.wrapping_add(&*difference).shr(1));
    let q = Zeroizing::new(sum.checked_sub(&*difference).into_option()?.shr(1));
    let less_one = |prime: &BoxedUint| prime.checked_sub(&one).into_option()?.to_nz().into_option();
    let inverse = q
        .rem_vartime(&p.to_nz().into_option()?)
        .invert_odd_mod(&p.to_odd().into_option()?);
    Some(RsaNumbers {
        dp: bytes(&private.rem_vartime(&less_one(&p)?)),
        dq: bytes(&private.rem_vartime(&less_one(&q)?)),
        qi: bytes(&inverse.into_option()?),
        p: bytes(&p),
        q: bytes(&q),
        n,
        e,
        d,
    })
}

fn bytes(number: &BoxedUint) -> Bytes {
    Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;
    use crate::key::{RsaSize, SigningKey};
    use crate::parts::Parts;

    #[test]
    fn numbers_that_are_no_key_have_no_primes() {
        let find = |n: &[u8], e: &[u8], d: &[u8]| find(n.to_vec(), e.to_vec(), d.to_vec().into()).is_some();
        for number in [&[][..], &[0], &[1], &[2], &[7; 256], &[0xff; 1025]] {
            assert!(!find(number, &[3], &[5]) && !find(&[7; 256], number, &[5]) && !find(&[7; 256], &[3], number));
        }
    }

    #[test]
    fn the_primes_of_a_key_are_found_again() {
        for size in [RsaSize::Bits2048, RsaSize::Bits3072] {
            let key = SigningKey::generate_rsa(Algorithm::RS256, size).expect("a key");
            let der = key.export_private_der().expect("DER");
            let Ok(Parts::RsaPrivate(numbers)) = Parts::from_pkcs8(&der) else {
                panic!("an RSA key");
            };
            let found = find(numbers.n.clone(), numbers.e.clone(), numbers.d.clone()).expect("found");
            let (p, q) = (&numbers.p, &numbers.q);
            assert!((&found.p, &found.q) == (p, q) || (&found.p, &found.q) == (q, p));
            assert!(SigningKey::from_parts(Algorithm::RS256, &Parts::RsaPrivate(Box::new(found))).is_ok());
        }
    }
}
