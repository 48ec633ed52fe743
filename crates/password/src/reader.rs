//! A scheme that only reads, made of three functions: most of the formats that were ever stored need no more.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::error::{Flaw, HashError};
use crate::limits;
use crate::scheme::{Scheme, Verdict};
use crate::secret::{HashString, Password};
use crate::sight::{Sight, View};

type Check = Box<dyn Fn(&HashString, &[u8]) -> Result<bool, Fault> + Send + Sync>;
type Decoy = Box<dyn Fn(&HashString, &mut Seeded<'_>) -> Option<String> + Send + Sync>;
type Memory = Box<dyn Fn(&HashString) -> u64 + Send + Sync>;

/// A scheme that recognises a notation and verifies against it.
pub(crate) struct Reader {
    name: &'static str,
    identify: fn(&str) -> bool,
    beginnings: Beginnings,
    view: View,
    check: Check,
    decoy: Option<Decoy>,
    memory: Option<Memory>,
    /// The longest text that is looked at, in bytes.
    longest: usize,
}

/// What keeps a reader from an answer; it becomes an error under the scheme's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The text is broken.
    Flaw(Flaw),
    /// This cost is above this limit.
    Cost(&'static str, u64),
    /// This must stand beside the hash and does not.
    Missing(&'static str),
    /// The primitive did not run.
    Primitive,
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl Fault {
    /// Refuses a cost above its limit.
    pub(crate) fn above(cost: &'static str, value: u64, limit: u64) -> Result<(), Self> {
        if value > limit {
            return Err(Self::Cost(cost, limit));
        }
        Ok(())
    }

    pub(crate) fn of(self, scheme: &'static str) -> HashError {
        match self {
            Self::Flaw(flaw) => HashError::Malformed { scheme, flaw },
            Self::Cost(cost, limit) => HashError::TooCostly { scheme, cost, limit },
            Self::Missing(what) => HashError::Missing { scheme, what },
            Self::Primitive => HashError::Primitive { scheme },
        }
    }
}

impl Reader {
    /// A reader of the texts for which `identify` holds (it looks at no more than the form), which sees as much of a
    /// password as `view` says. `check` parses the text and
    /// refuses what is broken or too costly before it works, then says whether the password is the right one; it gets
    /// at most [`Password::MAX_LEN`] bytes.
    pub(crate) fn new(
        name: &'static str,
        identify: fn(&str) -> bool,
        view: View,
        check: impl Fn(&HashString, &[u8]) -> Result<bool, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            identify,
            beginnings: Beginnings::ANY,
            view,
            check: Box::new(check),
            decoy: None,
            memory: None,
            longest: limits::TEXT,
        }
    }

    /// Its texts begin with one of these bytes.
    pub(crate) fn beginning(mut self, bytes: &'static [u8]) -> Self {
        self.beginnings = Beginnings::of(bytes);
        self
    }

    /// Its texts begin with this label in braces.
    pub(crate) fn labelled(mut self, label: &str) -> Self {
        self.beginnings = Beginnings::label(label);
        self
    }

    /// Another limit on the text than [`limits::TEXT`], in bytes.
    pub(crate) fn with_longest(mut self, longest: usize) -> Self {
        self.longest = longest;
        self
    }

    /// Whether a password is one that may match at all.
    pub(crate) fn admits(&self, password: &[u8]) -> bool {
        self.view.admits(password)
    }

    /// How a text of the same cost is written whose salt and digest are drawn from the seed. A scheme whose check takes
    /// microseconds needs none.
    pub(crate) fn with_decoy(
        mut self,
        decoy: impl Fn(&HashString, &mut Seeded<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.decoy = Some(Box::new(decoy));
        self
    }

    /// How much memory a check takes, in KiB; 0 for a text that is not sound.
    pub(crate) fn with_memory(self, memory: impl Fn(&str) -> u64 + Send + Sync + 'static) -> Self {
        self.with_memory_beside(move |hash| memory(hash.as_str()))
    }

    /// The same where what stands beside the text says it.
    pub(crate) fn with_memory_beside(mut self, memory: impl Fn(&HashString) -> u64 + Send + Sync + 'static) -> Self {
        self.memory = Some(Box::new(memory));
        self
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Scheme for Reader {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identify(&self, text: &str) -> bool {
        (self.identify)(text)
    }

    fn beginnings(&self) -> Beginnings {
        self.beginnings
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        if !self.identify(hash.as_str()) {
            return None;
        }
        if hash.as_str().len() > self.longest {
            return Some(Err(Fault::from(Flaw::TooLong).of(self.name)));
        }
        let right = (self.check)(hash, password.bounded()).map_err(|fault| fault.of(self.name));
        Some(right.map(|right| {
            if right && !password.is_too_long() && self.admits(password.as_bytes()) {
                Verdict::Match
            } else {
                Verdict::Mismatch
            }
        }))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        self.view.sight(self.name, password, hash)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        let sound = self.identify(hash.as_str()) && hash.as_str().len() <= self.longest;
        self.memory.as_ref().filter(|_| sound).map_or(0, |memory| memory(hash))
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        if !self.identify(like.as_str()) || like.as_str().len() > self.longest {
            return None;
        }
        let decoy = self.decoy.as_ref()?;
        Some(like.with_text(decoy(like, &mut Seeded::new(seed))?))
    }
}

/// Compares two digests in constant time.
pub(crate) fn equal(computed: &[u8], stored: &[u8]) -> bool {
    computed.ct_eq(stored).into()
}

/// Bytes for a decoy: they follow from the seed and the order in which they are drawn.
pub(crate) struct Seeded<'a> {
    seed: &'a [u8; 32],
    drawn: u32,
}

impl<'a> Seeded<'a> {
    pub(crate) fn new(seed: &'a [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The seed itself, for a scheme that another one stands on.
    pub(crate) fn seed(&self) -> [u8; 32] {
        *self.seed
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        self.drawn = self.drawn.saturating_add(1);
        arithmetic::derived(self.seed, &format!("field {}", self.drawn), len)
    }

    /// The next `len` characters, all of them letters or digits (for salts that are text).
    pub(crate) fn text(&mut self, len: usize) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let pick = |byte: u8| DIGITS.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
        self.bytes(len).into_iter().map(|byte| char::from(pick(byte))).collect()
    }
}
