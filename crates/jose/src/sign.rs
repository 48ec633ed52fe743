//! Claims and a key become a token.

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::claims::{Claims, ExtraClaims};
use crate::header::{self, Header};
use crate::key::SigningKey;
use crate::verify_error::VerifyError;

impl SigningKey {
    /// Signs claims as a compact token of the kind `typ` (`JWT`, `at+jwt`, …). The algorithm is the key's; the same
    /// claims give the same token.
    ///
    /// # Errors
    /// Claims that cannot be written as JSON.
    pub fn sign<X: ExtraClaims>(&self, typ: &str, claims: &Claims<X>) -> Result<String, SignError> {
        let payload = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        self.sign_bytes(typ, &payload)
    }

    /// Signs any bytes as a compact JWS (RFC 7515 §3.1).
    ///
    /// # Errors
    /// A `typ` that cannot be written as JSON.
    pub fn sign_bytes(&self, typ: &str, payload: &[u8]) -> Result<String, SignError> {
        let mut token = header::encode(self.algorithm(), typ, self.key_id()).map_err(SignError::Header)?;
        // Four characters for three bytes, and room for the dots and the signature.
        token.reserve(payload.len().saturating_mul(4).saturating_div(3).saturating_add(96));
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        self.private()
            .append(self.public(), &mut token, None)
            .map_err(|_| SignError::Refused)?;
        Ok(token)
    }

    /// Signs any bytes and leaves them out of the token (RFC 7515 appendix F): header, two dots, signature.
    ///
    /// # Errors
    /// As [`SigningKey::sign_bytes`].
    pub fn sign_detached_bytes(&self, typ: &str, payload: &[u8]) -> Result<String, SignError> {
        let mut token = header::encode(self.algorithm(), typ, self.key_id()).map_err(SignError::Header)?;
        let signed = format!("{token}.{}", URL_SAFE_NO_PAD.encode(payload));
        token.push('.');
        self.private()
            .append(self.public(), &mut token, Some(signed.as_bytes()))
            .map_err(|_| SignError::Refused)?;
        Ok(token)
    }

    /// Signs any bytes under a header of the caller's, which goes into the token byte for byte: for members that are
    /// not written here. Its `alg` must be the key's.
    ///
    /// # Errors
    /// A header that a strict verifier would refuse, or of another algorithm.
    pub fn sign_bytes_with_header(&self, header: &[u8], payload: &[u8]) -> Result<String, SignError> {
        let said = Header::parse(header).map_err(SignError::BadHeader)?;
        if said.alg != self.algorithm().name() {
            return Err(SignError::BadHeader(VerifyError::Algorithm));
        }
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        self.private()
            .append(self.public(), &mut token, None)
            .map_err(|_| SignError::Refused)?;
        Ok(token)
    }
}

/// Why nothing was signed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignError {
    /// The claims cannot be written as JSON.
    Claims(serde_json::Error),
    /// The header cannot be written as JSON.
    Header(serde_json::Error),
    /// The caller's header would be refused.
    BadHeader(VerifyError),
    /// The primitive did not sign.
    Refused,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claims(_) => "the claims cannot be written as JSON",
            Self::Header(_) => "the header cannot be written as JSON",
            Self::BadHeader(_) => "the header would be refused",
            Self::Refused => "the primitive did not sign",
        })
    }
}

impl Error for SignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Claims(cause) | Self::Header(cause) => Some(cause),
            Self::BadHeader(cause) => Some(cause),
            Self::Refused => None,
        }
    }
}
