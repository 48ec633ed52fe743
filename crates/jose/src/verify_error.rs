//! Why a token is not good: one variant for each refusal.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a token is not good. For the log: to the client all are one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// Longer than the policy allows.
    TooLong,
    /// Not three segments.
    Segments,
    /// A segment is not strict base64url without padding (RFC 7515 §2).
    Base64,
    /// The header is not a JSON object.
    HeaderJson,
    /// A header member has the wrong type.
    HeaderType,
    /// A name stands twice in an object.
    DuplicateName,
    /// The header asks for an extension (`crit`, `b64`); there are none here (RFC 7515 §4.1.11).
    Critical,
    /// The header names no algorithm.
    NoAlgorithm,
    /// The header names another algorithm than the key's.
    Algorithm,
    /// A token of another kind.
    Typ,
    /// No key has this id, or an id is needed.
    UnknownKey,
    /// The signature does not fit.
    Signature,
    /// The payload is not a JSON object.
    PayloadJson,
    /// A registered claim has the wrong type.
    ClaimType(&'static str),
    /// A claim that must be there is not.
    Missing(Cow<'static, str>),
    /// `exp` has come.
    Expired,
    /// `nbf` has not come.
    NotYet,
    /// `iat` has not come.
    FromTheFuture,
    /// From another issuer.
    Issuer,
    /// For another audience, or for one where none is expected.
    Audience,
    /// About another subject.
    Subject,
    /// `at_hash` is not that of the access token, or there is none to compare with.
    AtHash,
    /// The payload was to come apart from the token, and the token has one.
    NotDetached,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TooLong => "the token is too long",
            Self::Segments => "the token has not three segments",
            Self::Base64 => "a segment is not base64url",
            Self::HeaderJson => "the header is not a JSON object",
            Self::HeaderType => "a header member has the wrong type",
            Self::DuplicateName => "a name stands twice",
            Self::Critical => "the header asks for an extension that is not known",
            Self::NoAlgorithm => "the header names no algorithm",
            Self::Algorithm => "the header names another algorithm than the key's",
            Self::Typ => "the token is of another kind",
            Self::UnknownKey => "no key has the token's key id",
            Self::Signature => "the signature does not fit",
            Self::PayloadJson => "the payload is not a JSON object",
            Self::ClaimType(name) => return write!(f, "the claim {name} has the wrong type"),
            Self::Missing(name) => return write!(f, "the claim {name} is missing"),
            Self::Expired => "the token has expired",
            Self::NotYet => "the token is not yet good",
            Self::FromTheFuture => "the token was made in the future",
            Self::Issuer => "the token is from another issuer",
            Self::Audience => "the token is for another audience",
            Self::Subject => "the token is about another subject",
            Self::AtHash => "at_hash is not that of the access token",
            Self::NotDetached => "the token has a payload of its own",
        };
        f.write_str(text)
    }
}

impl Error for VerifyError {}
