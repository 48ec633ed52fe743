//! Schemes that are another scheme behind a name, or over a password that was hashed before.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::beginnings::Beginnings;
use crate::error::HashError;
use crate::prepare::Prepare;
use crate::scheme::{Scheme, Verdict};
use crate::secret::{HashString, Password};
use crate::sight::{Sight, View};

/// Another notation's text with something of its own in front: `{CRYPT}$1$…`, `bcrypt$$2b$…`, `{argon2}$argon2id$…`.
pub(crate) struct Prefixed {
    name: &'static str,
    prefix: &'static str,
    inner: Vec<Arc<dyn Scheme>>,
    any_case: bool,
    empty_never: bool,
}

impl Prefixed {
    /// Reads what one of `inner` reads behind the prefix.
    pub(crate) fn new(name: &'static str, prefix: &'static str, inner: Vec<Arc<dyn Scheme>>) -> Self {
        Self {
            name,
            prefix,
            inner,
            any_case: false,
            empty_never: false,
        }
    }

    /// The prefix may be written in any case.
    pub(crate) fn in_any_case(mut self) -> Self {
        self.any_case = true;
        self
    }

    /// The empty password never verifies, as in Spring Security.
    pub(crate) fn without_empty_password(mut self) -> Self {
        self.empty_never = true;
        self
    }

    /// What stands behind the prefix.
    fn behind<'a>(&self, text: &'a str) -> Option<&'a str> {
        let (prefix, rest) = text.split_at_checked(self.prefix.len())?;
        let mine = if self.any_case {
            prefix.eq_ignore_ascii_case(self.prefix)
        } else {
            prefix == self.prefix
        };
        mine.then_some(rest)
    }

    fn rest<'a>(&self, hash: &'a HashString) -> Option<Cow<'a, HashString>> {
        if self.prefix.is_empty() {
            return Some(Cow::Borrowed(hash));
        }
        self.behind(hash.as_str()).map(|rest| Cow::Owned(hash.with_text(rest)))
    }
}

impl fmt::Debug for Prefixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Scheme for Prefixed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identify(&self, text: &str) -> bool {
        self.behind(text)
            .is_some_and(|rest| self.inner.iter().any(|inner| inner.identify(rest)))
    }

    fn beginnings(&self) -> Beginnings {
        let Some(first) = self.inner.first().filter(|_| self.prefix.is_empty()) else {
            return Beginnings::prefix(self.prefix, self.any_case);
        };
        let beginnings = first.beginnings();
        let alike = self.inner.iter().all(|inner| inner.beginnings() == beginnings);
        if alike { beginnings } else { Beginnings::ANY }
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let rest = self.rest(hash)?;
        let verdict = self.inner.iter().find_map(|inner| inner.verify(password, &rest))?;
        if self.empty_never && password.as_bytes().is_empty() {
            return Some(verdict.map(|_| Verdict::Mismatch));
        }
        Some(verdict)
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        let Some(rest) = self.rest(hash) else {
            return Sight::Less;
        };
        let inner = self.inner.iter().find(|inner| inner.identify(rest.as_str()));
        inner.map_or(Sight::Less, |inner| inner.sight(password, &rest))
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        let Some(rest) = self.rest(hash) else { return 0 };
        let inner = self.inner.iter().find(|inner| inner.identify(rest.as_str()));
        inner.map_or(0, |inner| inner.memory_kib(&rest))
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        let rest = self.rest(like)?;
        let decoy = self.inner.iter().find_map(|inner| inner.decoy(&rest, seed))?;
        Some(decoy.with_text(format!("{}{}", self.prefix, decoy.as_str())))
    }
}

/// Another scheme over a password that was hashed, peppered or encoded first.
pub(crate) struct PreHashed {
    name: &'static str,
    before: Prepare,
    view: View,
    inner: Arc<dyn Scheme>,
}

impl PreHashed {
    /// `view` says what of a password comes through both.
    pub(crate) fn new(name: &'static str, before: Prepare, view: View, inner: Arc<dyn Scheme>) -> Self {
        Self {
            name,
            before,
            view,
            inner,
        }
    }
}

impl fmt::Debug for PreHashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Scheme for PreHashed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identify(&self, text: &str) -> bool {
        self.inner.identify(text)
    }

    fn beginnings(&self) -> Beginnings {
        self.inner.beginnings()
    }

    fn verify(&self, password: &Password, hash: &HashString) -> Option<Result<Verdict, HashError>> {
        let before = (self.before)(password.bounded());
        let tried = Password::from(before.as_deref().unwrap_or_default());
        let verdict = self.inner.verify(&tried, hash)?;
        let possible = before.is_some() && !password.is_too_long();
        Some(verdict.map(|verdict| if possible { verdict } else { Verdict::Mismatch }))
    }

    fn sight(&self, password: &Password, hash: &HashString) -> Sight {
        self.view.sight(self.name, password, hash)
    }

    fn memory_kib(&self, hash: &HashString) -> u64 {
        self.inner.memory_kib(hash)
    }

    fn decoy(&self, like: &HashString, seed: &[u8; 32]) -> Option<HashString> {
        self.inner.decoy(like, seed)
    }
}
