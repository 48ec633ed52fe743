//! A hasher in a framework's own dress: another hasher's text behind a prefix, over a password that was prepared.

use std::fmt;
use std::sync::Arc;

use crate::arithmetic;
use crate::error::HashError;
use crate::prepare::Prepare;
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, reads_as};
use crate::secret::{HashString, Password};

/// What `reader` reads, and the same made new.
pub(crate) struct Dressed {
    /// The framework's notation as it is read, under its name.
    pub(crate) reader: Arc<dyn Scheme>,
    /// What stands before the inner hasher's text.
    pub(crate) prefix: &'static str,
    /// What the inner hasher gets in place of the password.
    pub(crate) prepare: Option<Prepare>,
    /// What makes the hash proper.
    pub(crate) inner: Arc<dyn Hasher>,
}

impl Dressed {
    fn dress(&self, text: &HashString) -> HashString {
        text.with_text(format!("{}{}", self.prefix, text.as_str()))
    }
}

impl fmt::Debug for Dressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

reads_as!(Dressed, reader);

impl Hasher for Dressed {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, self.name())?;
        let made = match &self.prepare {
            None => self.inner.hash(password, random)?,
            Some(prepare) => {
                let prepared = prepare(bytes).ok_or(HashError::Primitive { scheme: self.name() })?;
                self.inner.hash(&Password::from(prepared), random)?
            }
        };
        Ok(self.dress(&made))
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        let rest = hash.as_str().strip_prefix(self.prefix);
        rest.is_none_or(|rest| self.inner.needs_update(&hash.with_text(rest)))
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        self.dress(&self.inner.fresh_decoy(seed))
    }
}
