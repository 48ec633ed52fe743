//! RSA keys: what makes one good, and how the primitives take it.

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters};

use crate::algorithm::Algorithm;
use crate::key_error::KeyError;
use crate::parts::RsaNumbers;

pub(crate) fn rsa_public(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<ParsedPublicKey, KeyError> {
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

/// The primitive finds whether all numbers belong together.
pub(crate) fn rsa_pair(numbers: &RsaNumbers) -> Result<RsaKeyPair, KeyError> {
    check_rsa(&numbers.n, &numbers.e)?;
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
    .map_err(|_| KeyError::Inconsistent)
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

pub(crate) fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => &signature::RSA_PKCS1_SHA256,
    }
}
