//! The bare primitive with a kept key: no base64, no JSON, no token.

use std::hint::black_box;
use std::io;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_jose::{Algorithm, SigningKey};
use sha2::{Sha256, Sha384, Sha512};

pub enum Primitive {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding, ParsedPublicKey),
    Curve(EcdsaKeyPair, ParsedPublicKey),
    Ed25519(Ed25519KeyPair, ParsedPublicKey),
}

impl Primitive {
    pub fn new(key: &SigningKey) -> io::Result<Self> {
        let secret = || crate::jose_floor::secret(key);
        let rsa = |encoding, verifying: &'static dyn VerificationAlgorithm| -> io::Result<Self> {
            let pair = RsaKeyPair::from_pkcs8(&key.export_private_der().map_err(io::Error::other)?)
                .map_err(io::Error::other)?;
            Ok(Self::Rsa(pair, encoding, public(key, verifying)?))
        };
        let curve = |signing: &'static EcdsaSigningAlgorithm, verifying: &'static dyn VerificationAlgorithm| {
            let pair = EcdsaKeyPair::from_pkcs8(signing, &key.export_private_der().map_err(io::Error::other)?)
                .map_err(io::Error::other)?;
            Ok(Self::Curve(pair, public(key, verifying)?))
        };
        match key.algorithm() {
            Algorithm::HS256 => Ok(Self::Sha256(
                Hmac::new_from_slice(&secret()?).map_err(io::Error::other)?,
            )),
            Algorithm::HS384 => Ok(Self::Sha384(
                Hmac::new_from_slice(&secret()?).map_err(io::Error::other)?,
            )),
            Algorithm::HS512 => Ok(Self::Sha512(
                Hmac::new_from_slice(&secret()?).map_err(io::Error::other)?,
            )),
            Algorithm::RS256 => rsa(&signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&signature::RSA_PKCS1_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&signature::RSA_PKCS1_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&signature::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&signature::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => curve(
                &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
                &signature::ECDSA_P256_SHA256_FIXED,
            ),
            Algorithm::ES384 => curve(
                &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
                &signature::ECDSA_P384_SHA384_FIXED,
            ),
            Algorithm::ES512 => curve(
                &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
                &signature::ECDSA_P521_SHA512_FIXED,
            ),
            Algorithm::ES256K => curve(
                &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
                &signature::ECDSA_P256K1_SHA256_FIXED,
            ),
            _ => {
                let pair = Ed25519KeyPair::from_pkcs8(&key.export_private_der().map_err(io::Error::other)?)
                    .map_err(io::Error::other)?;
                Ok(Self::Ed25519(pair, public(key, &signature::ED25519)?))
            }
        }
    }

    pub fn sign(&self, text: &[u8]) {
        match self {
            Self::Sha256(mac) => drop(black_box(mac.clone().chain_update(text).finalize())),
            Self::Sha384(mac) => drop(black_box(mac.clone().chain_update(text).finalize())),
            Self::Sha512(mac) => drop(black_box(mac.clone().chain_update(text).finalize())),
            Self::Rsa(pair, encoding, _) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let _ = black_box(pair.sign(*encoding, &SystemRandom::new(), text, &mut signature));
            }
            Self::Curve(pair, _) => drop(black_box(pair.sign(&SystemRandom::new(), text))),
            Self::Ed25519(pair, _) => drop(black_box(pair.try_sign(text))),
        }
    }

    /// What a token's signature is over, and the signature.
    pub fn take_apart(token: &str) -> (Vec<u8>, Vec<u8>) {
        let (text, signature) = token.rsplit_once('.').unwrap_or_default();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        (text.as_bytes().to_vec(), signature)
    }

    pub fn verify(&self, token: &str) -> bool {
        let (text, signature) = Self::take_apart(token);
        self.verify_parts(&text, &signature)
    }

    pub fn verify_parts(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Sha256(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Sha384(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Sha512(mac) => mac.clone().chain_update(text).verify_slice(signature).is_ok(),
            Self::Rsa(.., key) | Self::Curve(_, key) | Self::Ed25519(_, key) => key.verify_sig(text, signature).is_ok(),
        }
    }
}

fn public(key: &SigningKey, algorithm: &'static dyn VerificationAlgorithm) -> io::Result<ParsedPublicKey> {
    let der = key.verifying_key().to_der().unwrap_or_default();
    ParsedPublicKey::new(algorithm, der).map_err(io::Error::other)
}
