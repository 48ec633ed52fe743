//! What a hash scheme is: something that verifies, and perhaps something that also hashes.

use std::fmt::Debug;
use std::sync::Arc;

use crate::beginnings::Beginnings;
use crate::error::HashError;
use crate::random::Random;
use crate::secret::{HashString, Password};
use crate::sight::Sight;

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Another password, or nothing was stored.
    Mismatch,
    /// The right password, and the stored hash is as good as a new one.
    Match,
    /// The right password, but the stored hash is of another scheme than the current one or weaker than it.
    /// [`Passwords::verify_and_update`](crate::Passwords::verify_and_update) gives what may replace it. To hash the password
    /// anew is not enough: where the scheme saw only a part of it, others would be locked out.
    Outdated,
}

impl Verdict {
    /// Whether the password was the right one.
    #[must_use]
    pub fn is_match(self) -> bool {
        self != Self::Mismatch
    }
}

/// A scheme that can be read: it recognises its notation and verifies passwords against it.
pub trait Scheme: Debug + Send + Sync + 'static {
    /// The name, as passlib calls it where passlib knows it (`argon2`, `bcrypt`, `pbkdf2_sha256`).
    fn name(&self) -> &'static str;

    /// Whether a stored text is written in this scheme's notation. Looks at its form only: the hash may still be broken.
    fn identify(&self, text: &str) -> bool;

    /// How the texts of this notation begin, where that is known: a context asks only those schemes that could know a
    /// text.
    fn beginnings(&self) -> Beginnings {
        Beginnings::ANY
    }

    /// Verifies `password` against `hash`.
    ///
    /// `None`: not written in this notation, nothing was done. `Some(Err(_))`: this notation, but broken or too costly;
    /// refused before any work. `Some(Ok(_))`: the work was done. A scheme says [`Verdict::Match`]; whether the hash is
    /// [`Verdict::Outdated`] is for the context ([`Passwords`](crate::Passwords)) to say.
    ///
    /// A password that the scheme cannot take (too long, or a NUL byte where that is ambiguous) is a
    /// [`Verdict::Mismatch`] after the usual work, never an error and never cut to something that matches.
    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>>;

    /// What this scheme sees of `password`, which matched `hash`: all of it, or less, so that others match as well (a
    /// password with the same first 72 bytes, in letters of another case). A hash of the whole password takes the place of
    /// `hash` only where all of it is seen. The default says so; a scheme that cuts, folds or leaves out anything says
    /// otherwise.
    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        let _ = (password, hash);
        Sight::Whole
    }

    /// The memory that verifying against `hash` takes, in KiB, known before the work; 0 if the hash is not sound.
    fn memory_kib(&self, hash: &HashString) -> u64;

    /// A stored value of the same scheme and cost as `like`, with salt and digest derived from `seed` alone, which no
    /// known password matches. Two hashes of one scheme and cost give the same text for the same seed.
    ///
    /// `None`: `like` is not written in this notation or is not sound.
    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString>;
}

/// A scheme fit for new hashes: only such a one can be the current scheme of a context.
pub trait Hasher: Scheme {
    /// Hashes `password` under a fresh salt from `random`.
    ///
    /// # Errors
    /// The password is one that the scheme cannot take whole, the random source failed, or memory could not be had.
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError>;

    /// Whether `hash` is weaker than what [`Hasher::hash`] would make now, or is not a sound hash of this scheme at
    /// all. A stronger one needs no update. Does no work.
    fn needs_update(&self, hash: &HashString) -> bool;

    /// Hashes a spelling as the forms of an application made it ([`Sight::Spelling`]), and nothing more is made of it.
    /// `None`, as by default: this scheme does not stand behind the forms of that application.
    fn hash_spelling(
        &self,
        form: &str,
        spelling: &Password,
        random: &dyn Random,
    ) -> Option<Result<HashString, HashError>> {
        let _ = (form, spelling, random);
        None
    }

    /// What [`Hasher::hash`] would store now, with salt and digest derived from `seed`, without the work: no known
    /// password matches it.
    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString;
}

/// Makes a type a [`Scheme`] that reads what its field reads.
macro_rules! reads_as {
    ($type:ty, $field:ident) => {
        impl $crate::scheme::Scheme for $type {
            fn name(&self) -> &'static str {
                self.$field.name()
            }

            fn identify(&self, text: &str) -> bool {
                self.$field.identify(text)
            }

            fn beginnings(&self) -> $crate::beginnings::Beginnings {
                self.$field.beginnings()
            }

            fn verify(
                &self,
                password: &$crate::secret::Password,
                hash: &$crate::secret::HashString,
            ) -> Option<Result<$crate::scheme::Verdict, $crate::error::HashError>> {
                self.$field.verify(password, hash)
            }

            fn sight(
                &self,
                password: &$crate::secret::Password,
                hash: &$crate::secret::HashString,
            ) -> $crate::sight::Sight {
                self.$field.sight(password, hash)
            }

            fn memory_kib(&self, hash: &$crate::secret::HashString) -> u64 {
                self.$field.memory_kib(hash)
            }

            fn decoy(&self, like: &$crate::secret::HashString, seed: &[u8; 32]) -> Option<$crate::secret::HashString> {
                self.$field.decoy(like, seed)
            }
        }
    };
}

pub(crate) use reads_as;

impl<T: Scheme + ?Sized> Scheme for Arc<T> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn identify(&self, text: &str) -> bool {
        (**self).identify(text)
    }

    fn beginnings(&self) -> Beginnings {
        (**self).beginnings()
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        (**self).verify(password, hash)
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        (**self).sight(password, hash)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        (**self).memory_kib(hash)
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        (**self).decoy(like, seed)
    }
}

impl<T: Hasher + ?Sized> Hasher for Arc<T> {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        (**self).hash(password, random)
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        (**self).needs_update(hash)
    }

    fn hash_spelling(
        &self,
        form: &str,
        spelling: &Password,
        random: &dyn Random,
    ) -> Option<Result<HashString, HashError>> {
        (**self).hash_spelling(form, spelling, random)
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        (**self).fresh_decoy(seed)
    }
}

/// A scheme that is no protection any more, or whose notation is not to be told from others: it verifies only in a
/// context that was asked to ([`Passwords::accept_broken`](crate::Passwords::accept_broken)), and is upgraded at once.
#[derive(Debug, Clone)]
pub struct Broken(Arc<dyn Scheme>);

impl Broken {
    /// Marks a scheme as broken.
    pub fn new(scheme: impl Scheme) -> Self {
        Self(Arc::new(scheme))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn into_inner(self) -> Arc<dyn Scheme> {
        self.0
    }
}
