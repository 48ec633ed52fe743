//! New hashes in a framework's own format that is another scheme's at heart, its text rewritten.

use std::fmt;
use std::sync::Arc;

use crate::error::HashError;
use crate::random::Random;
use crate::scheme::{Hasher, Scheme, reads_as};
use crate::secret::{HashString, Password};

type Rewrite = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A scheme that reads a format, and the hasher of another notation that makes what the format holds.
pub(crate) struct Derived {
    reader: Arc<dyn Scheme>,
    maker: Arc<dyn Hasher>,
    /// From the maker's text to the format's.
    outward: Rewrite,
    /// From the format's text to the maker's.
    inward: Rewrite,
}

impl Derived {
    /// Of a reader, a maker, and the ways between their notations, outward and inward.
    pub(crate) fn new(
        reader: impl Scheme,
        maker: Arc<dyn Hasher>,
        outward: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        inward: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            reader: Arc::new(reader),
            maker,
            outward: Box::new(outward),
            inward: Box::new(inward),
        }
    }

    fn rewritten(&self, made: &HashString) -> Option<HashString> {
        Some(HashString::new((self.outward)(made.as_str())?))
    }
}

impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

reads_as!(Derived, reader);

impl Hasher for Derived {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let scheme = self.name();
        let made = self.maker.hash(password, random)?;
        self.rewritten(&made).ok_or(HashError::Primitive { scheme })
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        let inner = (self.inward)(hash.as_str()).filter(|_| self.identify(hash.as_str()));
        inner.is_none_or(|text| self.maker.needs_update(&HashString::new(text)))
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        let made = self.maker.fresh_decoy(seed);
        self.rewritten(&made).unwrap_or(made)
    }
}
