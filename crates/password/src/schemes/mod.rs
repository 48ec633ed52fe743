//! The schemes, one file per family, and the registry of those that make new hashes.
//!
//! | scheme | notations | new hashes |
//! |---|---|---|
//! | [`Argon2`] | `$argon2id$`, `$argon2i$`, `$argon2d$`, versions 0x10 and 0x13 | Argon2id |
//! | [`Bcrypt`] | `$2a$`, `$2b$`, `$2y$` | `$2b$` |
//! | [`Bcrypt2x`] | `$2x$` | – |
//! | [`BcryptSha256`] | `$bcrypt-sha256$`, passlib's versions 1 and 2 | version 2 |
//! | [`Scrypt`] | `$scrypt$`, `$7$` | `$scrypt$` |
//! | [`Pbkdf2Sha256`], [`Pbkdf2Sha512`] | passlib's and PHC's `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | passlib's |
//! | [`Pbkdf2Sha1`] | `$pbkdf2$`, `$pbkdf2-sha1$` | – |

use std::sync::Arc;

use crate::scheme::{Hasher, Scheme};

mod argon2;
mod bcrypt;
mod bcrypt_sha256;
mod pbkdf2;
mod scrypt;

pub use argon2::Argon2;
pub use bcrypt::{Bcrypt, Bcrypt2x};
pub use bcrypt_sha256::BcryptSha256;
pub use pbkdf2::{Pbkdf2Sha1, Pbkdf2Sha256, Pbkdf2Sha512};
pub use scrypt::Scrypt;

/// The names that [`hasher`] knows, the recommended one first.
pub const HASHERS: &[&str] = &[
    "argon2",
    "bcrypt",
    "bcrypt_sha256",
    "scrypt",
    "pbkdf2_sha256",
    "pbkdf2_sha512",
];

/// The scheme of that name with its default cost, for use as the current one.
///
/// `None`: no such scheme, or one that only verifies.
///
/// ```
/// use portcullis_password::{Passwords, schemes};
///
/// let bcrypt = schemes::hasher("bcrypt").map(Passwords::new);
/// assert!(bcrypt.is_some());
/// assert!(schemes::hasher("bcrypt_2x").is_none());
/// ```
#[must_use]
pub fn hasher(name: &str) -> Option<Arc<dyn Hasher>> {
    Some(match name {
        "argon2" => Arc::new(Argon2::default()),
        "bcrypt" => Arc::new(Bcrypt::default()),
        "bcrypt_sha256" => Arc::new(BcryptSha256::default()),
        "scrypt" => Arc::new(Scrypt::default()),
        "pbkdf2_sha256" => Arc::new(Pbkdf2Sha256::default()),
        "pbkdf2_sha512" => Arc::new(Pbkdf2Sha512::default()),
        _ => return None,
    })
}

/// Every scheme of this crate that is sound enough to be accepted without being asked for.
pub(crate) fn sound() -> Vec<Arc<dyn Scheme>> {
    vec![
        Arc::new(Argon2::default()),
        Arc::new(Bcrypt::default()),
        Arc::new(Bcrypt2x),
        Arc::new(BcryptSha256::default()),
        Arc::new(Scrypt::default()),
        Arc::new(Pbkdf2Sha256::default()),
        Arc::new(Pbkdf2Sha512::default()),
        Arc::new(Pbkdf2Sha1),
    ]
}

#[cfg(test)]
mod tests;
