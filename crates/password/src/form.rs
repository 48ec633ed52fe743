//! What an application's forms make of a password before its hashing sees it.

use std::fmt;

use crate::arithmetic;
use crate::beginnings::Beginnings;
use crate::error::HashError;
use crate::random::Random;
use crate::scheme::{Broken, Hasher, Scheme, Verdict};
use crate::schemes::Named;
use crate::secret::{HashString, Password};
use crate::sight::Sight;

/// How an application spells a password: as its forms hand it on first, as its other ways hand it on after that. How many
/// spellings there are follows from the password alone, so that the time of a login tells nothing of the account.
type Spell = fn(&[u8]) -> Vec<Password>;

/// The applications that have a spelling of their own, by the value of the option `form`.
const FORMS: &[(&str, Spell)] = &[("wordpress", wordpress)];

/// A scheme over the spellings of a password: any of them may match, the first is hashed.
struct Spelled<S> {
    form: &'static str,
    spell: Spell,
    inner: S,
}

/// The scheme behind an application's forms; `None`: no such application.
pub(crate) fn behind(form: &str, scheme: Named) -> Option<Named> {
    let (form, spell) = *FORMS.iter().find(|(name, _)| *name == form)?;
    Some(match scheme {
        Named::Current(inner) => Named::Current(std::sync::Arc::new(Spelled { form, spell, inner })),
        Named::VerifyOnly(inner) => Named::VerifyOnly(std::sync::Arc::new(Spelled { form, spell, inner })),
        Named::Broken(inner) => Named::Broken(Broken::new(Spelled {
            form,
            spell,
            inner: inner.into_inner(),
        })),
        disabled @ Named::Disabled(_) => disabled,
    })
}

/// WordPress puts slashes into everything that is posted, does not take them out of passwords, and trims those: its forms
/// hash `it\'s` for `it's` and compare the same at a login. What its command line and other programs set has no slashes.
fn wordpress(password: &[u8]) -> Vec<Password> {
    let mut slashed = Vec::with_capacity(password.len().saturating_mul(2));
    for byte in password {
        match byte {
            0 => slashed.extend(b"\\0"),
            b'\'' | b'"' | b'\\' => slashed.extend([b'\\', *byte]),
            _ => slashed.push(*byte),
        }
    }
    let slashed = Password::from(slashed);
    let mut spellings = vec![Password::from(trimmed(slashed.as_bytes()))];
    if slashed.as_bytes().len() != password.len() {
        spellings.push(Password::from(trimmed(password)));
    }
    spellings
}

/// Without what PHP's `trim` takes away at both ends.
fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0b);
    let begin = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte));
    let end = end.map_or(begin, |last| last.saturating_add(1));
    text.get(begin..end).unwrap_or_default()
}

impl<S: Scheme> fmt::Debug for Spelled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<S: Scheme> Scheme for Spelled<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn identify(&self, text: &str) -> bool {
        self.inner.identify(text)
    }

    fn beginnings(&self) -> Beginnings {
        self.inner.beginnings()
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        for spelling in (self.spell)(password.bounded()) {
            match self.inner.verify(&spelling, hash)? {
                Ok(Verdict::Mismatch) => {}
                Ok(_) if password.is_too_long() => {}
                done => return Some(done),
            }
        }
        Some(Ok(Verdict::Mismatch))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        let matches = |spelling: &Password| {
            let verdict = self.inner.verify(spelling, hash);
            matches!(verdict, Some(Ok(verdict)) if verdict.is_match())
        };
        match (self.spell)(password.bounded()).into_iter().find(matches) {
            Some(spelling) if matches!(self.inner.sight(&spelling, hash), Sight::Whole) => Sight::Spelling {
                form: self.form,
                spelling,
            },
            _ => Sight::Less,
        }
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        self.inner.memory_kib(hash)
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.inner.decoy(like, seed)
    }
}

impl<S: Hasher> Hasher for Spelled<S> {
    fn hash(&self, password: &Password, random: &dyn Random) -> Result<HashString, HashError> {
        let bytes = arithmetic::hashable(password, self.name())?;
        let spelling = (self.spell)(bytes).into_iter().next();
        self.inner.hash(spelling.as_ref().unwrap_or(password), random)
    }

    fn hash_spelling(
        &self,
        form: &str,
        spelling: &Password,
        random: &dyn Random,
    ) -> Option<Result<HashString, HashError>> {
        (form == self.form).then(|| self.inner.hash(spelling, random))
    }

    fn needs_update(&self, hash: &HashString) -> bool {
        self.inner.needs_update(hash)
    }

    fn fresh_decoy(&self, seed: &[u8; 32]) -> HashString {
        self.inner.fresh_decoy(seed)
    }
}

#[cfg(test)]
mod tests;
