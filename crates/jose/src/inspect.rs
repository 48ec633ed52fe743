//! Reading without verifying, in a type that says so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::header::Header;
use crate::json;
use crate::policy::MAX_TOKEN_LEN;
use crate::verify_error::VerifyError;

/// What a token says of itself. Nothing of it is proved.
#[derive(Debug, Clone, PartialEq)]
pub struct Unverified {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// Reads a token's header and claims without looking at its signature: for showing and for debugging, never for deciding.
///
/// # Errors
/// A token that is too long, not three segments of base64url, or whose header or payload is no JSON object; a header
/// member of the wrong type.
pub fn unverified(token: &str) -> Result<Unverified, VerifyError> {
    if token.len() > MAX_TOKEN_LEN {
        return Err(VerifyError::TooLong);
    }
    let mut segments = token.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (segments.next(), segments.next(), segments.next(), segments.next())
    else {
        return Err(VerifyError::Segments);
    };
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| VerifyError::Base64)?;
    let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| VerifyError::Base64)?;
    Header::check_types(&header)?;
    Ok(Unverified {
        header: json::parse(&header).ok_or(VerifyError::HeaderJson)?,
        claims: json::parse(&claims).ok_or(VerifyError::PayloadJson)?,
    })
}
