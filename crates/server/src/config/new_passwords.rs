//! The settings of new passwords.

use std::path::PathBuf;

use portcullis_core::PasswordRules;

use super::key::Key;

/// What new passwords must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPasswordChoices {
    /// The fewest characters.
    pub(crate) min_length: usize,
    /// The file of breached ones, as seen from the data folder.
    pub(crate) breached: Option<PathBuf>,
}

impl Default for NewPasswordChoices {
    fn default() -> Self {
        Self {
            min_length: PasswordRules::MIN_LENGTH,
            breached: None,
        }
    }
}

/// The longest that can be asked for: what we make ourselves (`--generate`) is longer.
const LONGEST: usize = 24;

pub(super) const MIN_LENGTH: Key = Key {
    name: "password_min_length",
    flag: "password-min-length",
    value: "N",
    default: "8",
    help: "The fewest characters of a new password, 8 to 24; 15 is the advice where there is no second factor",
    take: |settings, raw| {
        raw.number(8..=LONGEST)
            .map(|n| settings.new_passwords.min_length = n)
            .ok_or("a whole number from 8 to 24")
    },
};

pub(super) const BREACHED: Key = Key {
    name: "breached_passwords",
    flag: "breached-passwords",
    value: "FILE",
    default: "\"breached.pcb\"",
    help: "Breached passwords, refused as new ones: a file that `portcullis hash breached build` made, as seen from the data \
           folder; unset: none",
    take: |settings, raw| raw.file().map(|path| settings.new_passwords.breached = Some(path)),
};
