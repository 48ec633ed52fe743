//! The schemes, one file per family, and the registry of them all ([`named`]).
//!
//! # How to add a scheme
//!
//! 1. In the file of its family (a new file for a new family) write a function that makes it: a `Reader` of three parts
//!    (whether a text is of this notation; a check, which parses strictly, holds every cost against
//!    [`limits`](crate::limits) and only then works; a decoy of the same cost, unless the check takes microseconds) and
//!    how its texts begin, if that is known, so that others never ask it; a `Prefixed` for another scheme behind a name, a
//!    `PreHashed` for another scheme over a prepared password.
//!    A scheme that makes new hashes as well is a `Writer`, or another hasher `Dressed` in a prefix or over a prepared
//!    password; its line stands in `frameworks.rs`.
//! 2. Add its line to the family's `LINES`, with its class; a new family is one line in `families.rs`.
//! 3. Add vectors to `testdata/passwords`, with their origin (what is decided where implementations contradict each
//!    other: `decisions.json`), and run them:
//!    `cargo run --release -p portcullis-password --example vectors -- --scheme NAME testdata/passwords/vectors.json`.
//!
//! Files in here do not import each other: what they share stands beside `notation.rs`, and one scheme gets another from
//! the registry.
//!
//! # Those that make new hashes, and their kin
//!
//! | scheme | notations | new hashes |
//! |---|---|---|
//! | [`Argon2`] | `$argon2id$`, `$argon2i$`, `$argon2d$`, versions 0x10 and 0x13 | Argon2id |
//! | [`Bcrypt`] | `$2a$`, `$2b$`, `$2y$` | `$2b$`, or as [`BcryptIdent`] says |
//! | [`Bcrypt2x`] | `$2x$` | – |
//! | [`BcryptSha256`] | `$bcrypt-sha256$`, passlib's versions 1 and 2 | version 2 |
//! | [`Scrypt`] | `$scrypt$`, `$7$` | `$scrypt$` |
//! | [`Pbkdf2Sha256`], [`Pbkdf2Sha512`] | passlib's and PHC's `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | passlib's |
//! | `django_…`, `werkzeug_…`, `wordpress_bcrypt`, `flask_security_…`, `devise_bcrypt_pepper` | the frameworks' | the same |
//! | [`Pbkdf2Sha1`] | `$pbkdf2$`, `$pbkdf2-sha1$` | – |

pub(crate) mod argon2;
mod bcrypt;
mod bcrypt_sha256;
mod cisco;
mod crypt_des;
mod crypt_md5;
mod crypt_sha;
mod current;
mod databases;
mod digest;
mod django;
mod django_more;
mod dovecot;
mod families;
mod flask;
mod forums;
mod frameworks;
mod gitea;
mod keycloak;
mod ldap;
mod line;
pub(crate) mod maker;
mod mattermost;
mod mediawiki;
mod pbkdf2;
mod pbkdf2_columns;
mod pbkdf2_kin;
mod phpass;
mod plain;
mod platforms;
mod rails;
pub(crate) mod registry;
mod scram;
mod scrypt;
mod spring;
mod windows;
mod yescrypt;

pub use argon2::Argon2;
pub use bcrypt::{Bcrypt, Bcrypt2x, BcryptIdent};
pub use bcrypt_sha256::BcryptSha256;
pub use pbkdf2::{Pbkdf2Sha1, Pbkdf2Sha256, Pbkdf2Sha512};
pub(crate) use registry::sound;
pub use registry::{HASHERS, Named, hasher, named, names};
pub use scrypt::Scrypt;

#[cfg(test)]
mod tests;
