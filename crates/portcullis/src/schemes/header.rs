//! The `Authorization` header of a request, by its parts.

use ::http::HeaderMap;

use super::scheme::Scheme;
use crate::authorization::{authorization, split};
use crate::refusal::Refusal;

/// What stands in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    /// The name of the scheme, as it was sent.
    pub(super) scheme: &'a [u8],
    /// What stands behind it, without blanks around.
    pub(super) credentials: &'a [u8],
}

impl Given<'_> {
    /// Whether it is of this scheme (without case, RFC 9110 §11.1).
    pub(super) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.as_bytes())
    }
}

/// The one header there may be, as a whole; `None` if there is none, or an empty one.
///
/// # Errors
/// There are two.
pub(super) fn whole<T: Scheme>(headers: &HeaderMap) -> Result<Option<&[u8]>, Refusal> {
    let value = authorization(headers).map_err(|_| T::doubled())?;
    Ok(value.filter(|value| !value.is_empty()))
}

/// The same by its parts.
///
/// # Errors
/// There are two.
pub(super) fn given<T: Scheme>(headers: &HeaderMap) -> Result<Option<Given<'_>>, Refusal> {
    Ok(whole::<T>(headers)?.map(|value| {
        let (scheme, credentials) = split(value);
        Given { scheme, credentials }
    }))
}
