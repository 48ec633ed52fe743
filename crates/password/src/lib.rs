//! Passwords, and nothing else: make a hash, verify one, say which scheme wrote it, move old hashes to the current scheme
//! at the next good login, and say which new passwords may be used ([`PasswordRules`]).
//!
//! The words are passlib's: a *scheme* is one way of writing a hash, a *context* ([`Passwords`]) has one current scheme
//! for new hashes and any number of accepted ones for the hashes that are already stored; a [`Policy`] makes one of passlib's own settings.
//!
//! ```
//! use portcullis_password::{HashString, Password, Passwords, Verdict};
//!
//! # fn main() -> Result<(), portcullis_password::HashError> {
//! let passwords = Passwords::recommended();
//!
//! // A hash that another framework wrote years ago.
//! let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
//! assert_eq!(passwords.identify(&stored), Some("bcrypt"));
//! assert_eq!(passwords.verify(&Password::from("secret"), Some(&stored))?, Verdict::Outdated);
//!
//! let fresh = passwords.hash(&Password::from("correct horse"))?;
//! assert_eq!(passwords.verify(&Password::from("correct horse"), Some(&fresh))?, Verdict::Match);
//! assert_eq!(passwords.verify(&Password::from("battery staple"), Some(&fresh))?, Verdict::Mismatch);
//! // Nothing stored: the same work, the same answer as a wrong password.
//! assert_eq!(passwords.verify(&Password::from("correct horse"), None)?, Verdict::Mismatch);
//! # Ok(())
//! # }
//! ```
//!
//! # What holds everywhere
//!
//! * A stored hash is hostile text until it is parsed. Each notation has a strict parser, and every cost is held
//!   against [`limits`] before any work is done or memory is taken.
//! * Digests are compared in constant time. A password is wiped when it is dropped and, like a stored hash, is never
//!   shown by `Debug`.
//! * Randomness is handed in ([`Random`]); [`OsRandom`] is the default.
//! * Nothing here waits, spawns or knows the time. One verification takes tens of milliseconds of one core and up to
//!   [`Passwords::memory_kib`] of memory, so a server runs it beside its async threads.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accepted;
mod arithmetic;
mod beginnings;
mod blocks;
mod context;
mod delegate;
mod derived;
mod dressed;
mod eksblowfish;
mod encoding;
mod error;
pub mod explain;
mod form;
mod function;
pub mod limits;
mod marker;
mod notation;
mod options;
mod origin;
mod pbkdf2_text;
mod policy;
mod prepare;
mod random;
mod reader;
mod rules;
mod salted_des;
mod scheme;
pub mod schemes;
mod scrypt_cost;
mod secret;
mod sight;
mod wrapped;
mod writer;
mod yescrypt;

pub use beginnings::Beginnings;
pub use context::Passwords;
pub use error::{Flaw, HashError, RandomError};
pub use marker::Disabled;
pub use options::{Options, SchemeError};
pub use origin::{Origin, UnknownOrigin};
pub use policy::{Policy, PolicyError};
pub use random::{OsRandom, Random};
pub use rules::{PasswordRules, Unusable};
pub use scheme::{Broken, Hasher, Scheme, Verdict};
pub use secret::{HashString, Password};
pub use sight::Sight;
pub use wrapped::{wrap, wrappable};

/// The README's program, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
