//! Why a client was not changed, and why it was not believed.

use std::error::Error;
use std::fmt;

use portcullis_jose::VerifyError;
use portcullis_password::RandomError;

use super::rules::ClientRule;
use crate::store::StoreError;

/// Why a client was not changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// Something of it cannot be taken.
    Unfit(ClientRule),
    /// There is a client of this id already.
    Taken,
    /// There is no client of this id.
    Unknown,
    /// It would be able to do more than who asks for it.
    Beyond,
    /// It has no secrets: it is public, or proves itself by its keys.
    NoSecrets,
    /// It has two secrets already.
    TwoSecrets,
    /// It has one secret alone, which is in use.
    OneSecret,
    /// Somebody else changed it meanwhile.
    Changed,
    /// No randomness.
    Random(RandomError),
    /// The store could not answer.
    Store(StoreError),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unfit(rule) => return rule.fmt(f),
            Self::Taken => "there is a client of that id already",
            Self::Unknown => "there is no client of that id",
            Self::Beyond => "nobody gives a client scopes that they do not have",
            Self::NoSecrets => "this client has no secrets: it is public or proves itself by its keys",
            Self::TwoSecrets => "this client has two secrets already",
            Self::OneSecret => "this client has one secret alone",
            Self::Changed => "the client was changed by someone else meanwhile",
            Self::Random(_) => "the random source failed",
            Self::Store(_) => "the store of clients could not answer",
        })
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Random(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<ClientRule> for ClientError {
    fn from(rule: ClientRule) -> Self {
        Self::Unfit(rule)
    }
}

impl From<RandomError> for ClientError {
    fn from(cause: RandomError) -> Self {
        Self::Random(cause)
    }
}

impl From<StoreError> for ClientError {
    fn from(cause: StoreError) -> Self {
        match cause {
            StoreError::Taken => Self::Taken,
            cause => Self::Store(cause),
        }
    }
}

/// Why a client was not believed. The variants are for the log: all but the last are one answer, `invalid_client`
/// (RFC 6749 §5.2).
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientAuthError {
    /// There is no such client.
    Unknown,
    /// It is disabled.
    Disabled,
    /// It can prove who it is, and did not.
    Unproven,
    /// It is public and brought a proof, which somebody else must have made.
    Public,
    /// It proves itself in another way.
    OtherMethod,
    /// The secret is wrong.
    WrongSecret,
    /// Its assertion is malformed, forged, expired, of another issuer, subject or audience, or without a `jti`.
    Assertion(VerifyError),
    /// Another `client_id` stands beside its assertion.
    OtherClient,
    /// Its assertion is good for more than [`ASSERTION_LIFETIME`](crate::ASSERTION_LIFETIME).
    TooLong,
    /// Its assertion was used already.
    UsedAgain,
    /// The store could not answer.
    Store(StoreError),
}

impl ClientAuthError {
    /// Why, in a word that stays; `None` where the store could not answer.
    pub(super) const fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown => "unknown",
            Self::Disabled => "disabled",
            Self::Unproven => "unproven",
            Self::Public => "public",
            Self::OtherMethod => "other_method",
            Self::WrongSecret => "wrong_secret",
            Self::Assertion(_) => "assertion",
            Self::OtherClient => "other_client",
            Self::TooLong => "too_long",
            Self::UsedAgain => "used_again",
            Self::Store(_) => return None,
        })
    }
}

impl fmt::Display for ClientAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such client",
            Self::Disabled => "the client is disabled",
            Self::Unproven => "the client did not prove who it is",
            Self::Public => "a public client brought a proof",
            Self::OtherMethod => "the client proves itself in another way",
            Self::WrongSecret => "the client's secret is wrong",
            Self::Assertion(_) => "the client's assertion is not good",
            Self::OtherClient => "the client's assertion is another client's",
            Self::TooLong => "the client's assertion is good for too long",
            Self::UsedAgain => "the client's assertion was used already",
            Self::Store(_) => "the store of clients could not answer",
        })
    }
}

impl Error for ClientAuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Assertion(cause) => Some(cause),
            Self::Store(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<VerifyError> for ClientAuthError {
    fn from(cause: VerifyError) -> Self {
        Self::Assertion(cause)
    }
}

impl From<StoreError> for ClientAuthError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}
