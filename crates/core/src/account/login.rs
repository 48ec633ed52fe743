//! What a user may type for a name, beside the user name.

use std::sync::Arc;

/// A text that a user logs in with beside the user name: an e-mail address, or the user name itself where letters of
/// another case are to be taken for the same.
///
/// ```
/// use portcullis_core::{Account, Login};
/// let anna = Account::new("anna")
///     .with_login(Login::folded("anna"))
///     .with_login(Login::folded("Anna@Example.com").of_email());
/// assert!(anna.answers_to("ANNA") && anna.answers_to("anna@example.COM") && !anna.answers_to("ann"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login {
    text: Arc<str>,
    comparison: Comparison,
    kind: LoginKind,
}

/// How what was typed is compared with a [`Login`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// As it is.
    Exact,
    /// In lower case (Unicode's, by [`str::to_lowercase`]).
    Folded,
}

/// What a [`Login`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoginKind {
    /// The account's e-mail address: it changes with it and goes with it.
    Email,
    /// Anything else; it stays as long as the account.
    Other,
}

impl Login {
    /// A login that is compared in this way; a folded one is kept in lower case.
    pub fn new(text: &str, comparison: Comparison) -> Self {
        let text = match comparison {
            Comparison::Exact => text.into(),
            Comparison::Folded => Self::fold(text).into(),
        };
        Self {
            text,
            comparison,
            kind: LoginKind::Other,
        }
    }

    /// A login that must be typed as it is.
    pub fn exact(text: &str) -> Self {
        Self::new(text, Comparison::Exact)
    }

    /// A login that may be typed in letters of any case.
    pub fn folded(text: &str) -> Self {
        Self::new(text, Comparison::Folded)
    }

    /// Says that it is the account's e-mail address.
    #[must_use]
    pub fn of_email(mut self) -> Self {
        self.kind = LoginKind::Email;
        self
    }

    /// What was typed, as it is compared with folded logins.
    pub fn fold(typed: &str) -> String {
        typed.to_lowercase()
    }

    /// The text; in lower case where it is folded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is compared.
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// What it is.
    pub fn kind(&self) -> LoginKind {
        self.kind
    }

    /// Whether this is what was typed.
    pub fn is(&self, typed: &str) -> bool {
        match self.comparison {
            Comparison::Exact => *self.text == *typed,
            Comparison::Folded => *self.text == *Self::fold(typed),
        }
    }
}
