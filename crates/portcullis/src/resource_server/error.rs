//! Why an issuer's keys could not be had.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::jose::{KeyError, PolicyError};

/// Why metadata or keys could not be fetched. The keys that were there stay.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FetchError {
    /// Not an address with a scheme and a host, or one that carries a user or a query.
    Address,
    /// Plain http to another machine that was not named, or from https to this one: anyone on the way could put keys of
    /// their own in.
    PlainHttp,
    /// The system's certificates cannot be loaded, so no https.
    Certificates(Arc<std::io::Error>),
    /// No answer: the connection failed.
    Connection(Arc<dyn Error + Send + Sync>),
    /// No whole answer within the time.
    TimeOut(Duration),
    /// The answer is longer than this many bytes.
    TooLong(usize),
    /// The answer points elsewhere; that is not followed.
    Redirected,
    /// Another status than 200.
    Status(u16),
    /// The metadata are not JSON, or lack `issuer` or `jwks_uri`.
    Metadata,
    /// The metadata are of another issuer than the one asked (RFC 8414 §3.3).
    OtherIssuer {
        /// The one that they name.
        found: String,
    },
    /// None of the addresses brought metadata of the issuer: each, and what it answered.
    Discovery(Box<[(String, FetchError)]>),
    /// The set of keys cannot be read.
    Set(KeyError),
    /// The set has no key that can be used, or contradicts itself.
    Keys(PolicyError),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an https address"),
            Self::PlainHttp => f.write_str("plain http to a machine that was not named is not trusted; use https"),
            Self::Certificates(_) => f.write_str("the system's certificates cannot be loaded"),
            Self::Connection(_) => f.write_str("the issuer cannot be reached"),
            Self::TimeOut(time) => write!(f, "the issuer did not answer within {time:?}"),
            Self::TooLong(bytes) => write!(f, "the answer is longer than {bytes} bytes"),
            Self::Redirected => f.write_str("the answer is a redirect, which is not followed"),
            Self::Status(status) => write!(f, "the answer has status {status}"),
            Self::Metadata => f.write_str("the metadata are not what RFC 8414 asks for"),
            Self::OtherIssuer { found } => {
                write!(
                    f,
                    "the metadata are of another issuer, {found:?}: name it letter by letter if it is the one"
                )
            }
            Self::Discovery(answers) => {
                f.write_str("no address has the issuer's metadata")?;
                answers.iter().try_for_each(|(address, error)| {
                    write!(f, "; {address}: {error}")?;
                    error.source().map_or(Ok(()), |cause| write!(f, ": {cause}"))
                })
            }
            Self::Set(_) => f.write_str("the key set cannot be read"),
            Self::Keys(_) => f.write_str("the key set cannot be used"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Certificates(cause) => Some(&**cause),
            Self::Connection(cause) => Some(&**cause),
            Self::Set(cause) => Some(cause),
            Self::Keys(cause) => Some(cause),
            _ => None,
        }
    }
}
