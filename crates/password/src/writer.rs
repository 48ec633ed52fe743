//! A reader that makes new hashes as well, of three functions more.

use std::fmt;
use std::sync::Arc;

use crate::arithmetic;
use crate::error::HashError;
use crate::random::Random;
use crate::reader::{Fault, Reader, Seeded};
use crate::scheme::{Hasher, Scheme, reads_as};
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

reads_as!(Writer, reader);

impl Hasher for Writer {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, self.name())?;
        if !self.reader.admits(bytes) {
            return Err(HashError::NulInPassword { scheme: self.name() });
        }
        let text = (self.make)(bytes, &arithmetic::salt(random)?);
        text.map(HashString::new).map_err(|fault| fault.of(self.name()))
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        !self.identify(hash.as_str()) || (self.weaker)(hash.as_str())
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        HashString::new((self.decoy)(&mut Seeded::new(seed)))
    }
}

type Digest = Box<dyn Fn(&[u8], &[u8]) -> Result<Vec<u8>, Fault> + Send + Sync>;
type Write = Arc<dyn Fn(&[u8], &[u8]) -> String + Send + Sync>;

/// A notation of a salt of 16 bytes and a digest: all that such schemes differ in.
pub(crate) struct Salted {
    pub(crate) reader: Reader,
    /// The length of the digest, in bytes.
    pub(crate) size: usize,
    /// The digest of a password and a salt.
    pub(crate) digest: Digest,
    /// The text of a salt and a digest.
    pub(crate) write: Write,
    /// As [`Writer::weaker`].
    pub(crate) weaker: Weaker,
}

impl Salted {
    /// The scheme.
    pub(crate) fn writer(self) -> Writer {
        let Self {
            reader,
            size,
            digest,
            write,
            weaker,
        } = self;
        let written = Arc::clone(&write);
        let make = move |password: &[u8], random: &[u8; arithmetic::SALT]| {
            let salt = random.as_slice();
            Ok(write(salt, &digest(password, salt)?))
        };
        let decoy = move |seeded: &mut Seeded<'_>| {
            let salt = seeded.bytes(arithmetic::SALT);
            written(&salt, &seeded.bytes(size))
        };
        Writer {
            reader,
            make: Box::new(make),
            weaker,
            decoy: Box::new(decoy),
        }
    }
}
