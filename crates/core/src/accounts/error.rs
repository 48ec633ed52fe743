//! Why an account was not changed.

use std::error::Error;
use std::fmt;

use portcullis_password::Unusable;

use super::rules::Unfit;
use crate::condition::Unmet;
use crate::grant::password::LoginError;
use crate::store::StoreError;

/// Why an account was not changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum AccountError {
    /// A field cannot be taken.
    Unfit(Unfit),
    /// There is an account of that name already.
    Taken,
    /// There is no account of that name.
    Unknown,
    /// The current password is another.
    WrongPassword,
    /// The password was changed by someone else meanwhile.
    Changed,
    /// What must hold for the change does not: the account was changed meanwhile, it is the last administrator, or scopes
    /// would be given by one who does not have them.
    Unmet(Unmet),
    /// The store takes no such change: another application owns its table. The sentence says what to do instead.
    Unsupported(&'static str),
    /// The password could not be hashed or verified, for want of a place in the pool, say.
    Hashing(LoginError),
    /// The store could not answer.
    Store(StoreError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unfit(unfit) => return unfit.fmt(f),
            Self::Unmet(unmet) => return unmet.fmt(f),
            Self::Taken => "there is a user of that name already",
            Self::Unknown => "there is no user of that name",
            Self::WrongPassword => "the current password is wrong",
            Self::Changed => "the password was changed by someone else meanwhile",
            Self::Unsupported(sentence) => sentence,
            Self::Hashing(_) => "the password could not be hashed",
            Self::Store(_) => "the user store could not answer",
        })
    }
}

impl Error for AccountError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Hashing(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<Unfit> for AccountError {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

impl From<Unusable> for AccountError {
    fn from(reason: Unusable) -> Self {
        Self::Unfit(reason.into())
    }
}

impl From<Unmet> for AccountError {
    fn from(unmet: Unmet) -> Self {
        Self::Unmet(unmet)
    }
}

impl From<LoginError> for AccountError {
    fn from(cause: LoginError) -> Self {
        Self::Hashing(cause)
    }
}

impl From<StoreError> for AccountError {
    fn from(cause: StoreError) -> Self {
        match cause {
            StoreError::Taken => Self::Taken,
            StoreError::Unsupported(sentence) => Self::Unsupported(sentence),
            StoreError::Unmet(unmet) => Self::Unmet(unmet),
            cause => Self::Store(cause),
        }
    }
}
