//! What can be wrong with a policy.

use std::error::Error;
use std::fmt;

use crate::options::SchemeError;

/// What is wrong with a policy. Shows keys and names, no value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// `schemes` is missing or empty.
    NoSchemes,
    /// A scheme is listed twice.
    Twice(String),
    /// `default` is not one of the schemes.
    DefaultNotListed,
    /// `default` is listed as deprecated.
    DefaultDeprecated,
    /// A deprecated scheme is not one of the schemes.
    DeprecatedNotListed(String),
    /// `auto` stands beside names.
    AutoAndOthers,
    /// No scheme is left for new hashes.
    AllDeprecated,
    /// The scheme has no such option.
    UnknownOption(String),
    /// A scheme cannot be had.
    Scheme {
        /// Its name.
        name: String,
        /// Why.
        cause: SchemeError,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSchemes => f.write_str("the policy lists no schemes"),
            Self::Twice(name) => write!(f, "the scheme {name} is listed twice"),
            Self::DefaultNotListed => f.write_str("the default scheme is not one of the schemes"),
            Self::DefaultDeprecated => f.write_str("the default scheme is listed as deprecated"),
            Self::DeprecatedNotListed(name) => write!(f, "{name} is deprecated but not one of the schemes"),
            Self::AutoAndOthers => f.write_str("deprecated is either auto or a list of names"),
            Self::AllDeprecated => f.write_str("every scheme is deprecated"),
            Self::UnknownOption(key) => write!(f, "there is no option {key}"),
            Self::Scheme { name, .. } => write!(f, "the scheme {name} cannot be had"),
        }
    }
}

impl Error for PolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Scheme { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
