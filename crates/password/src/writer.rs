//! A reader that makes new hashes as well, of three functions more.

use std::fmt;

use crate::arithmetic;
use crate::error::HashError;
use crate::random::Random;
use crate::reader::{Fault, Reader, Seeded};
use crate::scheme::{Hasher, Scheme, Verdict};
use crate::secret::{HashString, Password};

type Make = Box<dyn Fn(&[u8], &[u8; arithmetic::SALT]) -> Result<String, Fault> + Send + Sync>;
type Weaker = Box<dyn Fn(&str) -> bool + Send + Sync>;
type Decoy = Box<dyn Fn(&mut Seeded<'_>) -> String + Send + Sync>;

/// A scheme that recognises a notation, verifies against it and writes it.
pub(crate) struct Writer {
    pub(crate) reader: Reader,
    /// The text for a password, under a salt made of these random bytes. The password is not too long.
    pub(crate) make: Make,
    /// Whether a text of this notation is weaker than what `make` writes, or not sound.
    pub(crate) weaker: Weaker,
    /// What `make` would write, with salt and digest drawn from a seed.
    pub(crate) decoy: Decoy,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader.fmt(f)
    }
}

impl Scheme for Writer {
    fn name(&self) -> &'static str {
        self.reader.name()
    }

    fn identify(&self, hash: &HashString) -> bool {
        self.reader.identify(hash)
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        self.reader.verify(password, hash)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        self.reader.memory_kib(hash)
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.reader.decoy(like, seed)
    }
}

impl Hasher for Writer {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, self.name())?;
        let text = (self.make)(bytes, &arithmetic::salt(random)?);
        text.map(HashString::new).map_err(|fault| fault.of(self.name()))
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        !self.identify(hash) || (self.weaker)(hash.as_str())
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        HashString::new((self.decoy)(&mut Seeded::new(seed)))
    }
}
