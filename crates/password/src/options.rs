//! What a scheme is told by the configuration.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// Named values for a scheme that cannot be read without them: a pepper, a realm, a cost that the application kept to
/// itself. `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Options(BTreeMap<String, String>);

impl Options {
    /// No options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The value of this name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, SchemeError> {
        self.get(name).ok_or(SchemeError::MissingOption(name))
    }

    /// The names that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A number, or another where none is set.
    pub(crate) fn number_or(&self, name: &'static str, otherwise: u32) -> Result<u32, SchemeError> {
        match self.get(name) {
            Some(text) => text.parse().map_err(|_| SchemeError::BadOption(name)),
            None => Ok(otherwise),
        }
    }

    /// A number that must be there.
    pub(crate) fn number(&self, name: &'static str) -> Result<u32, SchemeError> {
        self.required(name)?.parse().map_err(|_| SchemeError::BadOption(name))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a scheme cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeError {
    /// There is none of this name.
    Unknown,
    /// It needs an option that is not there.
    MissingOption(&'static str),
    /// An option has a value that the scheme cannot use.
    BadOption(&'static str),
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no scheme of this name"),
            Self::MissingOption(name) => write!(f, "the scheme needs the option `{name}`"),
            Self::BadOption(name) => write!(f, "the option `{name}` has a value that the scheme cannot use"),
        }
    }
}

impl Error for SchemeError {}
