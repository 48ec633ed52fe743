//! What can be wrong with a stored hash or a new password. No variant carries a password or a hash.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a hash could not be verified or made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HashError {
    /// No scheme of the context knows the notation of the stored hash.
    Unknown,
    /// The notation is a scheme's own, but the text is broken.
    Malformed {
        /// The scheme whose notation it is.
        scheme: &'static str,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The hash asks for more work or memory than [`limits`](crate::limits) allows. Nothing was spent.
    TooCostly {
        /// The scheme whose notation it is.
        scheme: &'static str,
        /// Which cost: `memory in KiB`, `rounds`, …
        cost: &'static str,
        /// The highest value allowed.
        limit: u64,
    },
    /// The scheme needs something beside the hash that was not given: the user's name, a salt of another column.
    Missing {
        /// The scheme.
        scheme: &'static str,
        /// What it needs.
        what: &'static str,
    },
    /// A password to be hashed is longer than the scheme takes without cutting it.
    PasswordTooLong {
        /// The scheme that was to hash it.
        scheme: &'static str,
        /// The longest it takes, in bytes.
        limit: usize,
    },
    /// A password to be hashed holds a NUL byte, which some implementations of the scheme take for its end.
    NulInPassword {
        /// The scheme that was to hash it.
        scheme: &'static str,
    },
    /// The random source failed, so no salt could be drawn.
    Random(RandomError),
    /// The primitive refused parameters that had passed every check, or memory could not be had.
    Primitive {
        /// The scheme that called it.
        scheme: &'static str,
    },
    /// No scheme of the name that was asked for makes new hashes in this context.
    MakesNone,
    /// The context accepts no marker of disabled accounts.
    NoMarker,
    /// Nothing stands behind the marker that could be enabled again.
    NoFormerHash,
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the stored hash is not of any accepted scheme"),
            Self::Malformed { scheme, flaw } => write!(f, "malformed {scheme} hash: {flaw}"),
            Self::TooCostly { scheme, cost, limit } => {
                write!(f, "{scheme} cost is over the limit: {cost} above {limit}")
            }
            Self::Missing { scheme, what } => write!(f, "{scheme} needs the {what} beside the hash"),
            Self::PasswordTooLong { scheme, limit } => write!(f, "{scheme} takes passwords of at most {limit} bytes"),
            Self::NulInPassword { scheme } => write!(f, "{scheme} takes no password with a NUL byte"),
            Self::Random(_) => f.write_str("no salt: the random source failed"),
            Self::Primitive { scheme } => write!(f, "{scheme}: the hash function could not run"),
            Self::MakesNone => f.write_str("no scheme of that name makes new hashes here"),
            Self::NoMarker => f.write_str("no marker of disabled accounts is accepted here, such as unix_disabled"),
            Self::NoFormerHash => f.write_str("no former hash stands behind the marker"),
        }
    }
}

impl Error for HashError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Malformed { flaw, .. } => Some(flaw),
            Self::Random(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<RandomError> for HashError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

/// What is wrong with the text of a stored hash, or with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The text is longer than any real hash.
    TooLong,
    /// A field is missing, or the text ends early.
    MissingField,
    /// There is something behind the last field.
    ExtraField,
    /// Not a plain decimal number (no sign, no leading zero, below 2^32).
    Number,
    /// A parameter that must be there is missing.
    MissingParameter,
    /// A parameter is given twice.
    DoubledParameter,
    /// A parameter that this reader does not know, such as Argon2's `keyid` and `data`.
    UnknownParameter,
    /// The parameters stand in an order that no implementation writes.
    ParameterOrder,
    /// A parameter is outside what the algorithm defines.
    ParameterRange,
    /// A version of the algorithm or notation that does not exist.
    Version,
    /// Not strict base64 of the notation's alphabet.
    Base64,
    /// Not hexadecimal digits, or not as many as there must be.
    Hex,
    /// A character that the notation does not have.
    Character,
    /// An algorithm within the notation that this reader does not know.
    Algorithm,
    /// The salt is shorter or longer than the scheme allows.
    SaltSize,
    /// The digest is shorter or longer than the scheme allows.
    DigestSize,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "longer than any real hash",
            Self::MissingField => "a field is missing",
            Self::ExtraField => "there is text behind the last field",
            Self::Number => "a number is not plain decimal",
            Self::MissingParameter => "a parameter is missing",
            Self::DoubledParameter => "a parameter is given twice",
            Self::UnknownParameter => "a parameter is not known",
            Self::ParameterOrder => "the parameters are in an unknown order",
            Self::ParameterRange => "a parameter is out of range",
            Self::Version => "an unknown version",
            Self::Base64 => "not strict base64",
            Self::Hex => "not hexadecimal digits of the right number",
            Self::Character => "a character that the notation does not have",
            Self::Algorithm => "an unknown algorithm",
            Self::SaltSize => "the salt has a wrong size",
            Self::DigestSize => "the digest has a wrong size",
        })
    }
}

impl Error for Flaw {}

/// A source of randomness failed; carries its reason.
#[derive(Debug, Clone)]
pub struct RandomError(Arc<dyn Error + Send + Sync>);

impl RandomError {
    /// Wraps the reason a [`Random`](crate::Random) gives.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the random source failed")
    }
}

impl Error for RandomError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
