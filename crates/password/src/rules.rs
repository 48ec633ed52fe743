//! Which new passwords may be used (NIST SP 800-63B §3.1.1.2, ASVS 6.2.1, 6.2.4): long enough, not one that many people use,
//! not one that the account itself tells.

use std::error::Error;
use std::fmt;

use crate::secret::Password;

mod common;
mod folded;
mod own;

use folded::Folded;
use own::OwnWords;

/// What a new password must be. What is stored is never held against it.
///
/// ```
/// use portcullis_password::{Password, PasswordRules, Unusable};
///
/// let rules = PasswordRules::recommended();
/// let check = |password: &str| rules.check(&Password::from(password), &["alice", "alice@example.com"]);
/// assert_eq!(check("correct battery horse"), Ok(()));
/// assert_eq!(check("sesame"), Err(Unusable::TooShort { at_least: 8 }));
/// assert_eq!(check("P@ssw0rd2024!"), Err(Unusable::Common));
/// assert_eq!(check("Alice-Example-7"), Err(Unusable::OwnWords));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRules {
    min_length: usize,
    guessable: bool,
    service: Vec<String>,
}

impl Default for PasswordRules {
    /// A length of [`PasswordRules::MIN_LENGTH`] and no other rule.
    fn default() -> Self {
        Self {
            min_length: Self::MIN_LENGTH,
            guessable: false,
            service: Vec::new(),
        }
    }
}

impl PasswordRules {
    /// The shortest that a rule should allow, in characters (NIST SP 800-63B §3.1.1.2, ASVS 6.2.1).
    pub const MIN_LENGTH: usize = 8;

    /// What both advise where a password is all that is asked for.
    pub const ADVISED_MIN_LENGTH: usize = 15;

    /// [`PasswordRules::MIN_LENGTH`], and none that is easily guessed: the passwords that most people use and the account's
    /// own words are refused, also repeated or padded with digits and signs.
    #[must_use]
    pub fn recommended() -> Self {
        Self {
            guessable: true,
            ..Self::default()
        }
    }

    /// Another least length, in characters: code points of Unicode, as NIST counts.
    #[must_use]
    pub fn with_min_length(mut self, characters: usize) -> Self {
        self.min_length = characters;
        self
    }

    /// Words of the service itself (its name, its address), which every account has among its own.
    #[must_use]
    pub fn with_service_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.service = words.into_iter().map(Into::into).collect();
        self
    }

    /// The least length, in characters.
    #[must_use]
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// Whether passwords that are easily guessed are refused.
    #[must_use]
    pub fn refuse_guessable(&self) -> bool {
        self.guessable
    }

    /// Whether a password may be set on an account of these words: its names and addresses, whole. Takes under a millisecond.
    ///
    /// # Errors
    /// Why it may not. A password that is not in the list is taken for one in it 8 times in 1,000,000 for each of the few
    /// forms in which it is looked up.
    pub fn check(&self, password: &Password, own: &[&str]) -> Result<(), Unusable> {
        if password.is_too_long() {
            return Err(Unusable::TooLong {
                at_most: Password::MAX_LEN,
            });
        }
        // Characters, not bytes: each byte that does not continue another starts one (UTF-8).
        let starts = password.as_bytes().iter().filter(|byte| (**byte & 0xc0) != 0x80);
        if starts.count() < self.min_length {
            return Err(Unusable::TooShort {
                at_least: self.min_length,
            });
        }
        if !self.guessable {
            return Ok(());
        }
        let folded = Folded::of(password);
        let service = self.service.iter().map(String::as_str);
        if OwnWords::of(own.iter().copied().chain(service)).make_up(&folded) {
            return Err(Unusable::OwnWords);
        }
        match common::is_common(&folded) {
            true => Err(Unusable::Common),
            false => Ok(()),
        }
    }
}

/// Why a password may not be used. The password is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// Fewer characters than this.
    TooShort {
        /// The fewest characters.
        at_least: usize,
    },
    /// More bytes than this.
    TooLong {
        /// The most bytes.
        at_most: usize,
    },
    /// Many people use it, or something short or well-known is repeated or padded in it.
    Common,
    /// It is made of the account's own words.
    OwnWords,
    /// It stands in a list of breached passwords: said by who looks it up there.
    Breached,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { at_least } => write!(f, "the password has fewer than {at_least} characters"),
            Self::TooLong { at_most } => write!(f, "the password has more than {at_most} bytes"),
            Self::Common => f.write_str(
                "the password is one that many people use, or such a one repeated or padded with digits and signs",
            ),
            Self::OwnWords => f.write_str(
                "the password is made of the account's own words: its names and addresses, or those of this service",
            ),
            Self::Breached => f.write_str("the password stands in a list of breached passwords"),
        }
    }
}

impl Error for Unusable {}

#[cfg(test)]
mod tests;
