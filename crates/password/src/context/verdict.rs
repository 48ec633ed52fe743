//! What the schemes of a context say of a stored value.

use super::Passwords;
use crate::error::HashError;
use crate::scheme::{Scheme, Verdict};
use crate::secret::{HashString, Password};

impl Passwords {
    /// Asks every scheme that knows the notation: where an application prepares passwords before it hashes them, one text
    /// may be of several schemes, and which one only the right password tells. In a policy of passlib's words the first
    /// decides.
    pub(super) fn verdict(&self, password: &Password, stored: &HashString) -> Result<Verdict, HashError> {
        let inner = &*self.inner;
        let (mut mismatch, mut trouble) = (false, None);
        let current = inner.reads_current.then_some((&*inner.current as &dyn Scheme, None));
        let accepted = inner
            .accepted
            .iter()
            .map(|accepted| (&*accepted.scheme, Some(accepted)));
        for (scheme, accepted) in current.into_iter().chain(accepted) {
            match scheme.verify(password, stored) {
                None => continue,
                Some(Ok(Verdict::Mismatch)) => mismatch = true,
                Some(Ok(Verdict::Match | Verdict::Outdated)) => {
                    let due = accepted.map_or_else(
                        || inner.current.needs_update(stored),
                        |accepted| accepted.is_due(stored),
                    );
                    return Ok(if due { Verdict::Outdated } else { Verdict::Match });
                }
                Some(Err(error)) => {
                    trouble.get_or_insert(error);
                }
            }
            if inner.first_decides {
                break;
            }
        }
        match trouble {
            _ if mismatch => Ok(Verdict::Mismatch),
            Some(error) => Err(error),
            None => Err(HashError::Unknown),
        }
    }
}
