//! A token, keys, a policy and the time become claims, or one reason why not.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::claims::{Claims, ExtraClaims, RawClaims};
use crate::header::{self, Header};
use crate::key::VerifyingKey;
use crate::policy::Policy;
use crate::set::KeySet;

/// Verifies one kind of token.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: KeySet,
    policy: Policy,
    /// For each key, the header that a token of ours has: a token that has just these bytes needs no parsing of it.
    known: Vec<(String, VerifyingKey)>,
}

/// A token cut at its two dots.
struct Segments<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// Header, dot and payload: what is signed.
    signed: &'a str,
}

fn cut(token: &str) -> Option<Segments<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    (!payload.contains('.')).then_some(Segments {
        header,
        payload,
        signature,
        signed,
    })
}

fn decode(segment: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| VerifyError::Base64)
}

impl Verifier {
    /// A verifier for the kind of token that the policy describes.
    pub fn new(keys: KeySet, policy: Policy) -> Self {
        let written = |key: &VerifyingKey| {
            let header = header::encode(key.algorithm(), policy.typ.written(), key.key_id()).ok()?;
            Some((header, key.clone()))
        };
        let known = keys.iter().filter_map(written).collect();
        Self { keys, policy, known }
    }

    /// Verifies a token at the time `now` (since the epoch): length, form, header, key, signature, and only then the
    /// claims.
    ///
    /// # Errors
    /// One reason. All of them are one answer to the client.
    pub fn verify<X: ExtraClaims>(&self, token: &str, now: Duration) -> Result<Claims<X>, VerifyError> {
        let payload = self.verify_bytes(token)?;
        let raw: RawClaims<X> = serde_json::from_slice(&payload).map_err(|_| VerifyError::PayloadJson)?;
        if let Some(fault) = raw.fault {
            return Err(fault);
        }
        self.check(&raw.claims, now)?;
        Ok(raw.claims)
    }

    /// Verifies the signature over any bytes (a compact JWS, RFC 7515 §5.2) and gives them; no claim is looked at.
    ///
    /// # Errors
    /// One reason.
    pub fn verify_bytes(&self, token: &str) -> Result<Vec<u8>, VerifyError> {
        if token.len() > self.policy.max_len {
            return Err(VerifyError::TooLong);
        }
        let segments = cut(token).ok_or(VerifyError::Segments)?;
        let key = self.key(segments.header)?;
        let mut signature = [0_u8; 1024];
        // The longest signature, of an RSA key of 8192 bits, is 1024 bytes; what does not fit is none of ours.
        let length = match URL_SAFE_NO_PAD.decode_slice(segments.signature, &mut signature) {
            Ok(length) => length,
            Err(base64::DecodeSliceError::OutputSliceTooSmall) => return Err(VerifyError::Signature),
            Err(base64::DecodeSliceError::DecodeError(_)) => return Err(VerifyError::Base64),
        };
        let signature = signature.get(..length).unwrap_or_default();
        if !key.material().verify(segments.signed.as_bytes(), signature) {
            return Err(VerifyError::Signature);
        }
        decode(segments.payload)
    }

    /// The key for a header.
    fn key(&self, segment: &str) -> Result<&VerifyingKey, VerifyError> {
        if let Some((_, key)) = self.known.iter().find(|(known, _)| known == segment) {
            return Ok(key);
        }
        let header = Header::parse(&decode(segment)?)?;
        let key = self.keys.find(header.kid.as_deref()).ok_or(VerifyError::UnknownKey)?;
        if header.alg != key.algorithm().name() {
            return Err(VerifyError::Algorithm);
        }
        if !self.policy.typ.allows(header.typ.as_deref()) {
            return Err(VerifyError::Typ);
        }
        Ok(key)
    }

    fn check<X>(&self, claims: &Claims<X>, now: Duration) -> Result<(), VerifyError> {
        self.check_times(claims, now)?;
        let policy = &self.policy;
        if !policy.issuers.is_empty() {
            let iss = claims.iss.as_ref().ok_or(VerifyError::Missing("iss"))?;
            if !policy.issuers.contains(iss) {
                return Err(VerifyError::Issuer);
            }
        }
        match (policy.audiences.is_empty(), claims.aud.is_present()) {
            (true, false) => {}
            (true, true) => return Err(VerifyError::Audience),
            (false, false) => return Err(VerifyError::Missing("aud")),
            (false, true) if claims.aud.names().iter().any(|name| policy.audiences.contains(name)) => {}
            (false, true) => return Err(VerifyError::Audience),
        }
        let required = [
            ("sub", policy.require_sub, claims.sub.is_some()),
            ("jti", policy.require_jti, claims.jti.is_some()),
            ("iat", policy.require_iat, claims.iat.is_some()),
        ];
        match required.into_iter().find(|(_, asked, there)| *asked && !there) {
            Some((name, ..)) => Err(VerifyError::Missing(name)),
            None => Ok(()),
        }
    }

    fn check_times<X>(&self, claims: &Claims<X>, now: Duration) -> Result<(), VerifyError> {
        let (now, leeway) = (now.as_secs_f64(), self.policy.leeway.as_secs_f64());
        match claims.exp {
            Some(exp) if exp.as_seconds() <= now - leeway => return Err(VerifyError::Expired),
            None if !self.policy.without_exp => return Err(VerifyError::Missing("exp")),
            _ => {}
        }
        let in_the_future = |date: crate::claims::NumericDate| date.as_seconds() > now + leeway;
        if claims.nbf.is_some_and(in_the_future) {
            return Err(VerifyError::NotYet);
        }
        if claims.iat.is_some_and(in_the_future) {
            return Err(VerifyError::FromTheFuture);
        }
        Ok(())
    }
}

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
    /// A name stands twice in an object, or there are too many.
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
    Missing(&'static str),
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
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TooLong => "the token is too long",
            Self::Segments => "the token has not three segments",
            Self::Base64 => "a segment is not base64url",
            Self::HeaderJson => "the header is not a JSON object",
            Self::HeaderType => "a header member has the wrong type",
            Self::DuplicateName => "a name stands twice, or there are too many",
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
        };
        f.write_str(text)
    }
}

impl Error for VerifyError {}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
