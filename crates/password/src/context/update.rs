//! What takes the place of an outdated hash: nobody who could log in is locked out by it.

use super::Passwords;
use crate::error::HashError;
use crate::scheme::Scheme;
use crate::secret::{HashString, Password};
use crate::sight::Sight;
use crate::wrapped;

impl Passwords {
    /// Verifies, and makes the better hash where one is due: `(false, None)` for a wrong password, `(true, None)` if
    /// nothing is to be done, `(true, Some(hash))` if `hash` should replace the stored one.
    ///
    /// Whoever could log in before can do so after that. Where the stored hash saw only a part of the password, as
    /// [`Scheme::sight`] says, a new hash of the whole of it would lock out whoever has the same part (bcrypt's first 72
    /// bytes): the stored hash stays. What is too weak for that (DES crypt, LM hashes) is replaced by a `wrapped` hash over
    /// what it saw, where this context reads such hashes. A password that the current scheme cannot take whole keeps its
    /// hash as well.
    ///
    /// ```
    /// use portcullis_password::{HashString, Password, Passwords, schemes};
    ///
    /// # fn main() -> Result<(), portcullis_password::HashError> {
    /// let passwords = Passwords::new(schemes::Argon2::new(64, 1, 1)?).accept(schemes::Bcrypt::default());
    /// let stored = HashString::new("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    /// let (right, better) = passwords.verify_and_update(&Password::from("U*U"), Some(&stored))?;
    /// assert!(right);
    /// assert_eq!(better.and_then(|hash| passwords.identify(&hash)), Some("argon2"));
    ///
    /// // bcrypt saw 72 bytes of a password of 80: others begin with them too.
    /// let long = Password::from("x".repeat(80));
    /// let stored = Passwords::new(schemes::Bcrypt::new(4)?).hash(&Password::from("x".repeat(72)))?;
    /// let (right, better) = passwords.verify_and_update(&long, Some(&stored))?;
    /// assert!(right && better.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Passwords::verify`], and as [`Passwords::hash`] for other reasons than the password.
    pub fn verify_and_update(
        &self,
        password: &Password,
        stored: Option<&HashString>,
    ) -> Result<(bool, Option<HashString>), HashError> {
        let (Some(found), Some(stored)) = (self.find(password, stored)?, stored) else {
            return Ok((false, None));
        };
        if !found.due {
            return Ok((true, None));
        }
        let made = match self.sight(found.scheme, password, stored) {
            Sight::Whole => Some(self.hash(password)),
            Sight::Part { scheme, seen } => self.wrapped(scheme, &seen, stored),
            Sight::Spelling { form, spelling } => {
                let current = &self.inner.current;
                current.hash_spelling(form, &spelling, &*self.inner.random)
            }
            Sight::Less => None,
        };
        match made {
            None | Some(Err(HashError::PasswordTooLong { .. } | HashError::NulInPassword { .. })) => Ok((true, None)),
            Some(made) => Ok((true, Some(made?))),
        }
    }

    /// What is seen of the password that `scheme` takes for the right one. Another scheme that takes it too may see less.
    fn sight(&self, scheme: &dyn Scheme, password: &Password, stored: &HashString) -> Sight {
        let sight = scheme.sight(password, stored);
        if self.inner.first_decides || !matches!(sight, Sight::Whole) {
            return sight;
        }
        let sees_less = |other: &dyn Scheme| {
            let less = !matches!(other.sight(password, stored), Sight::Whole);
            less && matches!(other.verify(password, stored), Some(Ok(verdict)) if verdict.is_match())
        };
        if self.knowing(stored).any(sees_less) {
            Sight::Less
        } else {
            Sight::Whole
        }
    }

    /// Argon2id over what `scheme` saw, if that is read here.
    fn wrapped(&self, scheme: &str, seen: &Password, stored: &HashString) -> Option<Result<HashString, HashError>> {
        let is_read = self
            .inner
            .accepted
            .iter()
            .any(|accepted| accepted.scheme.name() == wrapped::NAME);
        let made = is_read.then(|| wrapped::over_seen(scheme, seen, stored, &*self.inner.random))?;
        made.transpose()
    }
}
