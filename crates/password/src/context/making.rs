//! New hashes of a context.

use std::sync::Arc;

use super::Passwords;
use crate::accepted::Accepted;
use crate::error::HashError;
use crate::scheme::Hasher;
use crate::secret::{HashString, Password};

impl Passwords {
    /// Hashes `password` with the current scheme.
    ///
    /// # Errors
    /// The password is longer than [`Password::MAX_LEN`] or is one that the current scheme cannot take whole; or the
    /// random source failed; or memory could not be had.
    pub fn hash(&self, password: &Password) -> Result<HashString, HashError> {
        self.made_by(&self.inner.current, password)
    }

    /// Hashes `password` with another scheme of the context than the current one: the one of this name that makes new
    /// hashes, which a [`Policy`](crate::Policy) lists or which was current before.
    ///
    /// ```
    /// use portcullis_password::{HashError, Password, Policy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let passwords = Policy::new().with("schemes", ["argon2", "bcrypt", "md5_crypt"]).passwords(None)?;
    /// let stored = passwords.hash_with("bcrypt", &Password::from("tiger"))?;
    /// assert!(stored.as_str().starts_with("$2b$12$"));
    /// // md5_crypt is read, and never made.
    /// assert!(matches!(passwords.hash_with("md5_crypt", &Password::from("tiger")), Err(HashError::MakesNone)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HashError::MakesNone`]: no scheme of this name makes new hashes here. Otherwise as [`Passwords::hash`].
    pub fn hash_with(&self, scheme: &str, password: &Password) -> Result<HashString, HashError> {
        let accepted = self.inner.accepted.iter().filter_map(Accepted::as_hasher);
        let mut hashers = std::iter::once(&self.inner.current).chain(accepted);
        let hasher = hashers.find(|hasher| hasher.name() == scheme);
        self.made_by(hasher.ok_or(HashError::MakesNone)?, password)
    }

    fn made_by(&self, hasher: &Arc<dyn Hasher>, password: &Password) -> Result<HashString, HashError> {
        if password.is_too_long() {
            return Err(HashError::PasswordTooLong {
                scheme: hasher.name(),
                limit: Password::MAX_LEN,
            });
        }
        hasher.hash(password, &*self.inner.random)
    }
}
