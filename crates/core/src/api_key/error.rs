//! What goes wrong with API keys.

use std::error::Error;
use std::fmt;

use portcullis_password::RandomError;

use super::rules::ApiKeyRule;
use crate::store::StoreError;

/// Why an API key was not made or ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// Something of it cannot be taken.
    Unfit(ApiKeyRule),
    /// It would be able to do more than its owner, or than who asks for it.
    Beyond,
    /// Its owner is disabled.
    Inactive,
    /// Its owner has as many as anybody may, or made many within the hour.
    TooMany,
    /// There is no such key, or it is somebody else's.
    Unknown,
    /// No randomness.
    Random(RandomError),
    /// The store could not answer.
    Store(StoreError),
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unfit(rule) => return rule.fmt(f),
            Self::Beyond => "a key gets no scopes that its owner does not have",
            Self::Inactive => "its owner is disabled",
            Self::TooMany => "a user has 50 keys at most, and makes 100 an hour",
            Self::Unknown => "there is no such key",
            Self::Random(_) => "the random source failed",
            Self::Store(_) => "the store of API keys could not answer",
        })
    }
}

impl Error for ApiKeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Random(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<ApiKeyRule> for ApiKeyError {
    fn from(rule: ApiKeyRule) -> Self {
        Self::Unfit(rule)
    }
}

impl From<RandomError> for ApiKeyError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

impl From<StoreError> for ApiKeyError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

/// Why an API key is not good. The variants are for the log; outside all are one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyRefusal {
    /// Its text is none of ours: another length, other characters, another checksum.
    NotOurs,
    /// There is no key of its id.
    Unknown,
    /// It was ended.
    Ended,
    /// There is one of its id, and it is another; or what its digest was made with is gone.
    Wrong,
    /// Its time is over.
    Over,
}

impl fmt::Display for ApiKeyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "it is no API key",
            Self::Unknown => "there is no such API key",
            Self::Ended => "the API key has ended",
            Self::Wrong => "the API key is not the one of its id",
            Self::Over => "the API key has expired",
        })
    }
}

impl Error for ApiKeyRefusal {}
