//! One setting, as the table of settings has it.

use super::Settings;
use super::raw::Raw;

/// One setting.
pub(crate) struct Key {
    /// Its name in the file, such as `access_token_minutes`.
    pub(crate) name: &'static str,
    /// Its flag, without the dashes before it.
    pub(crate) flag: &'static str,
    /// What stands for its value in the help.
    pub(crate) value: &'static str,
    /// The default as it would be written in the file.
    pub(crate) default: &'static str,
    /// What it does, in one sentence.
    pub(crate) help: &'static str,
    /// Puts a value into the settings; says what is expected if it cannot.
    pub(super) take: fn(&mut Settings, Raw<'_>) -> Result<(), &'static str>,
}

impl Key {
    /// A value that cannot be read, for an error message: of one that may hold a password only that it is none.
    pub(super) fn shown(&self, raw: Raw<'_>) -> String {
        match self.name {
            "database" => "no URL of a PostgreSQL database".to_owned(),
            _ => raw.shown(),
        }
    }

    /// Its environment variable, `PORTCULLIS_LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!("PORTCULLIS_{}", self.name.to_ascii_uppercase())
    }
}
