//! Why something could not be done with a key. Nothing of its material is told.

use std::error::Error;
use std::fmt;

use portcullis_jose::{KeyError, PolicyError};
use portcullis_password::RandomError;

use crate::store::StoreError;

/// Why something could not be done with the signing keys.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeysError {
    /// The store failed.
    Store(StoreError),
    /// A stored key cannot be decrypted, or a new one not encrypted.
    Master {
        /// The key's id.
        id: String,
        /// Why.
        cause: MasterKeyError,
    },
    /// A key cannot be made or read.
    Key(KeyError),
    /// The keys contradict each other.
    Policy(PolicyError),
    /// No randomness could be had.
    Random(RandomError),
    /// There is a next key already.
    NextExists {
        /// Its id.
        id: String,
        /// When it begins, in seconds since 1970.
        activates: u64,
    },
    /// There is no key of this id.
    Unknown,
    /// There is, or was, a key of this id.
    Known,
    /// The key is retired and was wiped.
    Wiped,
    /// More than 32 keys would be in use.
    TooMany,
    /// The key was ended: its tokens are refused from now on. But no other one signs yet.
    NoSuccessor {
        /// The id of the key that was ended.
        id: String,
        /// Why none signs.
        cause: Box<KeysError>,
    },
    /// Other processes changed the keys all the time.
    Busy,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the keys cannot be read or stored"),
            Self::Master { id, .. } => write!(f, "the key {id} cannot be encrypted or decrypted"),
            Self::Key(_) => f.write_str("the key cannot be used"),
            Self::Policy(_) => f.write_str("the keys contradict each other"),
            Self::Random(_) => f.write_str("no randomness could be had"),
            Self::NextExists { id, .. } => write!(f, "there is a next key already, {id}"),
            Self::Unknown => f.write_str("there is no such key"),
            Self::Known => f.write_str("there is, or was, a key of this id"),
            Self::Wiped => f.write_str("the key is retired and was wiped"),
            Self::TooMany => f.write_str("more than 32 keys would be in use"),
            Self::NoSuccessor { id, .. } => {
                write!(
                    f,
                    "the key {id} is retired and its tokens are refused, but no other key signs yet"
                )
            }
            Self::Busy => f.write_str("other processes are changing the keys"),
        }
    }
}

impl Error for KeysError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(cause) => Some(cause),
            Self::Master { cause, .. } => Some(cause),
            Self::Key(cause) => Some(cause),
            Self::Policy(cause) => Some(cause),
            Self::Random(cause) => Some(cause),
            Self::NoSuccessor { cause, .. } => Some(&**cause),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($cause:ty => $variant:ident),+) => {$(
        impl From<$cause> for KeysError {
            fn from(cause: $cause) -> Self {
                Self::$variant(cause)
            }
        }
    )+};
}
from!(StoreError => Store, KeyError => Key, PolicyError => Policy, RandomError => Random);

/// Why a master key, or what it encrypted, is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// Not 64 hexadecimal digits.
    NotHex,
    /// It was encrypted under another master key. Both are named by their public ids.
    Other {
        /// The one that encrypted it.
        sealed_by: String,
        /// The one at hand.
        at_hand: String,
    },
    /// What is stored was cut, changed, or belongs to another key.
    Broken,
    /// It was encrypted by a newer version.
    Newer,
    /// No randomness could be had, or the primitive failed.
    Unusable,
}

impl fmt::Display for MasterKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex => f.write_str("a master key is 64 hexadecimal digits, as `openssl rand -hex 32` prints them"),
            Self::Other { sealed_by, at_hand } => {
                write!(
                    f,
                    "it was encrypted under the master key {sealed_by}, and the one at hand is {at_hand}"
                )
            }
            Self::Broken => f.write_str("what is stored was cut or changed"),
            Self::Newer => f.write_str("it was encrypted by a newer version"),
            Self::Unusable => f.write_str("the encryption failed"),
        }
    }
}

impl Error for MasterKeyError {}
