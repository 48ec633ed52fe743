//! Accounts that nobody can log in to: passlib's `disable`, `enable` and `is_enabled`.

use super::Passwords;
use crate::accepted::Accepted;
use crate::error::HashError;
use crate::marker::Disabled;
use crate::secret::HashString;

impl Passwords {
    /// Whether `stored` is something else than a marker that this context accepts.
    #[must_use]
    pub fn is_enabled(&self, stored: &HashString) -> bool {
        self.marker_of(stored).is_none()
    }

    /// A marker to store in place of `stored`, by the first scheme of the context that has one: `unix_disabled` keeps the
    /// hash behind it for [`Passwords::enable`], `django_disabled` does not.
    ///
    /// ```
    /// use portcullis_password::{HashString, Password, Policy, Verdict};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let passwords = Policy::new().with("schemes", ["sha512_crypt", "unix_disabled"]).passwords(None)?;
    /// let stored = HashString::new("$6$x$y");
    /// let disabled = passwords.disable(Some(&stored))?;
    /// assert_eq!(disabled.as_str(), "!$6$x$y");
    /// assert!(passwords.is_enabled(&stored) && !passwords.is_enabled(&disabled));
    /// assert_eq!(passwords.verify(&Password::from("tiger"), Some(&disabled))?, Verdict::Mismatch);
    /// assert_eq!(passwords.enable(&disabled)?, stored);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HashError::NoMarker`]: the context has none. Or the random source failed.
    pub fn disable(&self, stored: Option<&HashString>) -> Result<HashString, HashError> {
        let marker = self.inner.accepted.iter().find_map(Accepted::as_marker);
        marker.ok_or(HashError::NoMarker)?.over(stored, &*self.inner.random)
    }

    /// What stood there before the marker; a hash that is not disabled as it is.
    ///
    /// # Errors
    /// [`HashError::NoFormerHash`]: none stands behind the marker.
    pub fn enable(&self, stored: &HashString) -> Result<HashString, HashError> {
        match self.marker_of(stored) {
            None => Ok(stored.clone()),
            Some(marker) => marker.former(stored).ok_or(HashError::NoFormerHash),
        }
    }

    /// The marker that `stored` is, if no other scheme is asked before it.
    fn marker_of(&self, stored: &HashString) -> Option<&Disabled> {
        let inner = &self.inner;
        if inner.reads_current && inner.current.identify(stored.as_str()) {
            return None;
        }
        let mut accepted = inner.accepted.iter();
        accepted.find(|accepted| accepted.identifies(stored))?.as_marker()
    }
}
