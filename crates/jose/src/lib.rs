//! Signed tokens, nothing else: compact JWS (RFC 7515) and JWT (RFC 7519) that cannot be misused and cannot panic.
//!
//! A key carries exactly one algorithm; a token's header is only ever compared with it. A [`Verifier`] asks for one kind
//! of token. Time is an argument.
//!
//! ```
//! use std::time::Duration;
//! use portcullis_jose::{Claims, KeySet, Policy, SigningKey, TypRule, Verifier};
//!
//! let key = SigningKey::hs256("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")?;
//! let mut claims = Claims::new(());
//! claims.sub = Some("johndoe".into());
//! claims.exp = Some(1_800_000_060.into());
//! let token = key.sign("JWT", &claims)?;
//!
//! let verifier = Verifier::new(KeySet::from(key.verifying_key()), Policy::new(TypRule::JwtOrAbsent));
//! let good = verifier.verify::<()>(&token, Duration::from_secs(1_800_000_000))?;
//! assert_eq!(good.sub.as_deref(), Some("johndoe"));
//! assert!(verifier.verify::<()>(&token, Duration::from_secs(1_800_000_060)).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A key to sign with is no key to verify with:
//!
//! ```compile_fail
//! # use portcullis_jose::{KeySet, SigningKey};
//! let key = SigningKey::hs256("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7").unwrap();
//! let set = KeySet::from(key);
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod algorithm;
mod at_hash;
mod audience;
mod check;
mod claims;
mod curve;
mod der;
mod ed25519;
mod export;
mod header;
mod json;
mod jwk;
mod jwk_read;
mod jwk_set;
mod jwk_write;
mod key;
mod key_error;
mod key_new;
mod key_text;
mod loader;
mod material;
mod parts;
mod pem;
mod policy;
mod policy_error;
mod primes;
mod rsa;
mod set;
mod sign;
mod verify;
mod verify_error;

pub mod inspect;

pub use algorithm::{Algorithm, KeyKind, UnknownAlgorithm};
pub use at_hash::at_hash;
pub use audience::Audience;
pub use claims::{Claims, ExtraClaims, NumericDate};
pub use jwk::Jwk;
pub use jwk_set::{JwkSet, MAX_JWK_SET_LEN};
pub use key::{RsaSize, SigningKey, VerifyingKey};
pub use key_error::KeyError;
pub use loader::KeyLoader;
pub use policy::{MAX_LEEWAY, MAX_TOKEN_LEN, Policy, TypRule};
pub use policy_error::PolicyError;
pub use set::KeySet;
pub use sign::SignError;
pub use verify::Verifier;
pub use verify_error::VerifyError;

/// The README's program, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
