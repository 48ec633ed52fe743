//! PBKDF2 as passlib writes it behind whatever prefix: `rounds$salt$digest`, in its own base64.

use base64::Engine as _;

use crate::encoding::base64;
use crate::error::Flaw;
use crate::function::Function;
use crate::notation::{AB64, number};
use crate::reader::{Fault, Seeded, equal};

/// The fields of such a text.
pub(crate) struct Pbkdf2Text {
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Pbkdf2Text {
    /// Reads what stands behind the prefix.
    ///
    /// # Errors
    /// It is not three fields, the digest is not a whole one of `function`, or the rounds are beyond their limit.
    pub(crate) fn parse(text: &str, function: Function) -> Result<Self, Fault> {
        let fields: Vec<&str> = text.split('$').collect();
        let [rounds, salt, digest] = fields.as_slice() else {
            return Err(Flaw::MissingField.into());
        };
        let (rounds, salt, digest) = (number(rounds)?, base64(salt, &AB64)?, base64(digest, &AB64)?);
        if digest.len() != function.len() {
            return Err(Flaw::DigestSize.into());
        }
        function.check_rounds(rounds, digest.len())?;
        Ok(Self {
            function,
            rounds,
            salt,
            digest,
        })
    }

    /// Whether it is the hash of this password, with `pepper` behind the salt.
    ///
    /// # Errors
    /// The primitive's.
    pub(crate) fn is_of(&self, password: &[u8], pepper: &[u8]) -> Result<bool, Fault> {
        let salt = [&self.salt, pepper].concat();
        let computed = self.function.pbkdf2(password, &salt, self.rounds, self.digest.len())?;
        Ok(equal(&computed, &self.digest))
    }

    /// Another text of the same cost and sizes, behind `prefix`.
    pub(crate) fn decoy(&self, prefix: &str, seeded: &mut Seeded<'_>) -> String {
        let (salt, digest) = (seeded.bytes(self.salt.len()), seeded.bytes(self.digest.len()));
        let (salt, digest) = (AB64.encode(salt), AB64.encode(digest));
        format!("{prefix}{}${salt}${digest}", self.rounds)
    }
}
