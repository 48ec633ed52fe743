//! Why a key is not taken. Nothing of its material is told.

use std::error::Error;
use std::fmt;

use crate::algorithm::{Algorithm, KeyKind};

/// Why a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The secret is empty.
    Empty,
    /// The secret is shorter than the hash (RFC 7518 §3.2).
    TooShort {
        /// What it was meant for.
        algorithm: Algorithm,
        /// How long it is.
        bytes: usize,
    },
    /// The secret is the text of a key file (PEM, SSH, JWK, DER): a public key must not become a secret.
    KeyFile,
    /// The environment variable is not set, or is not text.
    NotSet {
        /// Its name.
        variable: String,
    },
    /// The key id is empty, too long or holds control characters.
    BadKeyId,
    /// The text or bytes are not a key in the notation named here.
    Malformed(&'static str),
    /// A key of a kind that is not known here: another `kty`, curve or object identifier, or an encrypted file.
    UnknownKind,
    /// No algorithm was allowed.
    NoAlgorithm,
    /// None of the allowed algorithms takes a key of this kind.
    WrongKind(KeyKind),
    /// Several of the allowed algorithms take a key of this kind, and the key itself names none: allow one.
    Ambiguous(KeyKind),
    /// The key names an algorithm of its own (`alg`) that is unknown, not allowed or of another kind.
    OtherAlgorithm,
    /// The key is for something else: `use` is not `sig`, or `key_ops` leaves the operation out.
    OtherUse,
    /// A private key is needed, this is a public one.
    Public,
    /// An RSA modulus that is not 2048 to 8192 bits long, or not odd (RFC 7518 §3.3).
    Modulus {
        /// How long it is.
        bits: usize,
    },
    /// An RSA exponent that is even, below 3 or beyond 33 bits.
    Exponent,
    /// Coordinates that are no point of the curve, or a point of small order.
    Point,
    /// The numbers do not belong together: the private half is of another key.
    Inconsistent,
    /// The primitive does not take the material, or there was no randomness.
    Unusable,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the secret is empty; make one with `openssl rand -hex 32`",
            Self::TooShort { algorithm, bytes } => {
                return write!(
                    f,
                    "a secret for {algorithm} has at least {} bytes, this one has {bytes}; make one with `openssl rand -hex {}`",
                    algorithm.hash_len(),
                    algorithm.hash_len()
                );
            }
            Self::KeyFile => "the secret is the text of a key file, which is no secret",
            Self::NotSet { variable } => {
                return write!(
                    f,
                    "{variable} is not set; set it to a secret: export {variable}=$(openssl rand -hex 32)"
                );
            }
            Self::BadKeyId => "a key id has 1 to 256 bytes and no control characters",
            Self::Malformed(notation) => return write!(f, "this is no key as {notation}"),
            Self::UnknownKind => "a key of an unknown kind",
            Self::NoAlgorithm => "no algorithm is allowed for the key",
            Self::WrongKind(kind) => return write!(f, "the allowed algorithms take no {kind} key"),
            Self::Ambiguous(kind) => {
                return write!(f, "several allowed algorithms take a {kind} key; name the one");
            }
            Self::OtherAlgorithm => "the key names another algorithm than those allowed",
            Self::OtherUse => "the key is not for signatures",
            Self::Public => "a public key cannot sign",
            Self::Modulus { bits } => {
                return write!(f, "an RSA modulus is odd and has 2048 to 8192 bits, this one has {bits}");
            }
            Self::Exponent => "an RSA exponent is odd, at least 3 and at most 33 bits long",
            Self::Point => "the coordinates are no good point of the curve",
            Self::Inconsistent => "the numbers of the key do not belong together",
            Self::Unusable => "the key cannot be used",
        })
    }
}

impl Error for KeyError {}
