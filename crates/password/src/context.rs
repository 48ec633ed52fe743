//! The context: one current scheme, the accepted ones, and what follows for a stored hash.

use std::fmt;
use std::sync::Arc;

use crate::accepted::{Accepted, Due};
use crate::error::HashError;
use crate::marker::Disabled;
use crate::random::{OsRandom, Random};
use crate::scheme::{Broken, Hasher, Scheme, Verdict};
use crate::schemes::{self, Named};
use crate::secret::{HashString, Password};

mod cost;
mod disabled;
mod making;
mod update;
mod verdict;

/// How passwords are stored: one current scheme for new hashes, and any number of accepted ones that still verify.
///
/// Cheap to clone; passlib calls it `CryptContext`.
///
/// ```
/// use portcullis_password::{HashString, Password, Passwords, Verdict, schemes};
///
/// # fn main() -> Result<(), portcullis_password::HashError> {
/// // Cheap costs, for an example.
/// let passwords = Passwords::new(schemes::Argon2::new(64, 1, 1)?).accept(schemes::Bcrypt::new(4)?);
///
/// let old = HashString::new("$2a$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe");
/// let password = Password::from("U*U*U*U*");
/// let (right, better) = passwords.verify_and_update(&Password::from("U*U*U*U"), Some(&old))?;
/// assert!(!right && better.is_none());
///
/// let fresh = passwords.hash(&password)?;
/// assert_eq!(passwords.verify(&password, Some(&fresh))?, Verdict::Match);
/// assert!(passwords.needs_update(&old) && !passwords.needs_update(&fresh));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    current: Arc<dyn Hasher>,
    accepted: Vec<Accepted>,
    random: Arc<dyn Random>,
    /// Whether hashes of the current scheme are read before the accepted ones.
    reads_current: bool,
    /// Whether only the first scheme that knows a notation is asked, as in passlib.
    first_decides: bool,
}

impl Passwords {
    /// New hashes are Argon2id with 19 MiB, 2 passes and 1 lane; every sound scheme of [`schemes`] is accepted.
    #[must_use]
    pub fn recommended() -> Self {
        let current = schemes::Argon2::default();
        // Not the current one once more: a wrong password would be hashed by both.
        let others = schemes::sound().map(|scheme| Accepted::of(scheme, true));
        let others = others.filter(|other| other.scheme.name() != current.name());
        let accepted = others.collect();
        let mut passwords = Self::new(current);
        Arc::make_mut(&mut passwords.inner).accepted = accepted;
        passwords
    }

    /// Only `current`: its hashes are made and verified, nothing else is accepted yet.
    #[must_use]
    pub fn new(current: impl Hasher) -> Self {
        let inner = Inner {
            current: Arc::new(current),
            accepted: Vec::new(),
            random: Arc::new(OsRandom),
            reads_current: true,
            first_decides: false,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Only this scheme of the registry is accepted; one that makes no new hashes leaves those to Argon2id, whose own are
    /// then not read.
    #[must_use]
    pub fn only(scheme: Named) -> Self {
        let reader: Arc<dyn Scheme> = match scheme {
            Named::Current(hasher) => return Self::new(hasher),
            Named::VerifyOnly(scheme) => scheme,
            Named::Broken(broken) => broken.into_inner(),
            Named::Disabled(disabled) => disabled.into_inner(),
        };
        Self::new(schemes::Argon2::default())
            .reading_accepted_alone()
            .accept(reader)
    }

    /// Reads the current scheme's hashes no more, unless it is accepted as well.
    pub(crate) fn reading_accepted_alone(mut self) -> Self {
        Arc::make_mut(&mut self.inner).reads_current = false;
        self
    }

    /// Of several schemes that know a notation only the first is asked.
    pub(crate) fn with_the_first_deciding(mut self) -> Self {
        Arc::make_mut(&mut self.inner).first_decides = true;
        self
    }

    /// Another scheme for new hashes. What was current stays accepted.
    ///
    /// ```
    /// use portcullis_password::{Passwords, schemes};
    ///
    /// let passwords = Passwords::recommended().with_current(schemes::Bcrypt::default());
    /// assert_eq!(passwords.current(), "bcrypt");
    /// ```
    #[must_use]
    pub fn with_current(mut self, current: impl Hasher) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        let former = std::mem::replace(&mut inner.current, Arc::new(current));
        inner.accepted.push(Accepted::hasher(former, Due::Always));
        self
    }

    /// Also accepts the hashes of `also`: they verify, and are [`Verdict::Outdated`]. Where several schemes know a
    /// notation, each is asked, in this order, and a match of any counts.
    #[must_use]
    pub fn accept(self, also: impl Scheme) -> Self {
        self.accept_as(Accepted::reader(Arc::new(also)))
    }

    pub(crate) fn accept_as(mut self, accepted: Accepted) -> Self {
        Arc::make_mut(&mut self.inner).accepted.push(accepted);
        self
    }

    /// Also accepts the hashes of a broken scheme: only where the operator knows that the table holds them. They are
    /// [`Verdict::Outdated`]; a scheme that takes any text belongs last.
    #[must_use]
    pub fn accept_broken(self, also: Broken) -> Self {
        self.accept(also.into_inner())
    }

    /// Also recognises a marker in place of a hash; it never verifies.
    #[must_use]
    pub fn accept_disabled(self, also: Disabled) -> Self {
        self.accept_as(Accepted::marker(also, Due::Never))
    }

    /// Another source of randomness than the operating system's, for tests.
    #[must_use]
    pub fn with_random(mut self, random: Arc<dyn Random>) -> Self {
        Arc::make_mut(&mut self.inner).random = random;
        self
    }

    /// The name of the current scheme.
    #[must_use]
    pub fn current(&self) -> &'static str {
        self.inner.current.name()
    }

    /// The names of all schemes that it makes or reads, the current one first, some perhaps twice.
    ///
    /// ```
    /// use portcullis_password::{Passwords, schemes};
    ///
    /// let passwords = Passwords::new(schemes::Argon2::default()).accept(schemes::Bcrypt::default());
    /// assert!(passwords.names().eq(["argon2", "bcrypt"]));
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let accepted = self.inner.accepted.iter().map(|accepted| accepted.scheme.name());
        std::iter::once(self.current()).chain(accepted)
    }

    /// Verifies `password` against what is stored. Nothing stored is a [`Verdict::Mismatch`] after as much work as a
    /// hash of the current scheme takes.
    ///
    /// # Errors
    /// The stored hash is of no accepted scheme, is broken, or is too costly. No work was done then: a caller that must
    /// not show the difference verifies a [`Passwords::decoy`] as well.
    pub fn verify(&self, password: &Password, stored: Option<&HashString>) -> Result<Verdict, HashError> {
        Ok(match self.find(password, stored)? {
            None => Verdict::Mismatch,
            Some(found) if found.due => Verdict::Outdated,
            Some(_) => Verdict::Match,
        })
    }

    /// The name of the scheme in whose notation `stored` is written. Looks at the beginning only, and does no work.
    #[must_use]
    pub fn identify(&self, stored: &HashString) -> Option<&'static str> {
        self.knowing(stored).next().map(Scheme::name)
    }

    /// Whether the scheme of this name is one of those that are asked for `stored`. Looks at the beginning only, and does no
    /// work.
    ///
    /// ```
    /// use portcullis_password::{HashString, Passwords};
    ///
    /// let stored = HashString::new("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
    /// let passwords = Passwords::recommended();
    /// assert!(passwords.reads("bcrypt", &stored) && !passwords.reads("authlogic_bcrypt", &stored));
    /// ```
    #[must_use]
    pub fn reads(&self, scheme: &str, stored: &HashString) -> bool {
        self.knowing(stored).any(|known| known.name() == scheme)
    }

    /// Whether a good login should replace `stored`: it is of another scheme than the current one, weaker than it, or
    /// not sound. A stronger hash of the current scheme needs no update. Does no work.
    #[must_use]
    pub fn needs_update(&self, stored: &HashString) -> bool {
        if self.inner.reads_current && self.inner.current.identify(stored.as_str()) {
            return self.inner.current.needs_update(stored);
        }
        let mut accepted = self.inner.accepted.iter();
        let known = accepted.find(|accepted| accepted.identifies(stored));
        known.is_none_or(|accepted| accepted.is_due(stored))
    }

    /// Those in whose notation `stored` is written, in the order of [`Passwords::schemes`].
    fn knowing(&self, stored: &HashString) -> impl Iterator<Item = &dyn Scheme> {
        let current: &dyn Scheme = &*self.inner.current;
        let is_current = self.inner.reads_current && current.identify(stored.as_str());
        let accepted = self.inner.accepted.iter();
        let accepted = accepted.filter(|accepted| accepted.identifies(stored));
        let accepted = accepted.map(|accepted| &*accepted.scheme);
        is_current.then_some(current).into_iter().chain(accepted)
    }

    /// The current scheme, if it is read, then the accepted ones.
    fn schemes(&self) -> impl Iterator<Item = &dyn Scheme> {
        let current: &dyn Scheme = &*self.inner.current;
        let current = self.inner.reads_current.then_some(current);
        current
            .into_iter()
            .chain(self.inner.accepted.iter().map(|accepted| &*accepted.scheme))
    }
}

impl Default for Passwords {
    /// [`Passwords::recommended`].
    fn default() -> Self {
        Self::recommended()
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("current", &self.inner.current)
            .field("accepted", &self.inner.accepted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
