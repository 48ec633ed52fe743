//! What the schemes of a context say of a stored value.

use super::Passwords;
use crate::error::HashError;
use crate::scheme::{Scheme, Verdict};
use crate::secret::{HashString, Password};

/// Who takes the password for the right one.
pub(super) struct Found<'a> {
    pub(super) scheme: &'a dyn Scheme,
    /// Whether the hash is outdated.
    pub(super) due: bool,
}

impl Passwords {
    /// Who takes `password` for the one that is stored. With nothing stored the work of the current scheme is done.
    pub(super) fn find(
        &self,
        password: &Password,
        stored: Option<&HashString>,
    ) -> Result<Option<Found<'_>>, HashError> {
        // A scheme from elsewhere need not know the limit, so it gets the cut password, whose match does not count.
        let cut = password.is_too_long().then(|| Password::from(password.bounded()));
        let tried = cut.as_ref().unwrap_or(password);
        let Some(stored) = stored else {
            // Also where its hashes are not read.
            let done = self.inner.current.verify(tried, &self.decoy(None, &[0; 32]));
            return done.transpose().map(|_never_a_match| None);
        };
        Ok(self.ask(tried, stored)?.filter(|_| cut.is_none()))
    }

    /// Asks every scheme that knows the notation: where an application prepares passwords before it hashes them, one text
    /// may be of several schemes, and which one only the right password tells. In a policy of passlib's words the first
    /// decides.
    fn ask(&self, password: &Password, stored: &HashString) -> Result<Option<Found<'_>>, HashError> {
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
                    return Ok(Some(Found { scheme, due }));
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
            _ if mismatch => Ok(None),
            Some(error) => Err(error),
            None => Err(HashError::Unknown),
        }
    }
}
