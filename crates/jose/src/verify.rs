//! A token, keys, a policy and the time become claims, or one reason why not.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::at_hash::check_at_hash;
use crate::claims::{Claims, ExtraClaims, RawClaims};
use crate::header::{self, Header, PayloadForm};
use crate::json;
use crate::key::VerifyingKey;
use crate::policy::Policy;
use crate::set::KeySet;
use crate::verify_error::VerifyError;

/// Base64url with correct padding or none.
const MAYBE_PADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest signature that is not RSA's: ES512.
const SHORT_SIGNATURE: usize = 132;
/// The longest there is: RSA with 8192 bits.
const LONG_SIGNATURE: usize = 1024;

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

/// What a header led to.
struct Found<'a> {
    key: &'a VerifyingKey,
    form: PayloadForm,
    /// The kind of token is the one that is asked for.
    typ_is_good: bool,
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
    /// kind and the claims.
    ///
    /// # Errors
    /// One reason. All of them are one answer to the client.
    pub fn verify<X: ExtraClaims>(&self, token: &str, now: Duration) -> Result<Claims<X>, VerifyError> {
        self.verify_by(token, now).map(|(claims, _)| claims)
    }

    /// The same, and the key that it was signed with.
    ///
    /// # Errors
    /// As for [`Verifier::verify`].
    pub fn verify_by<X: ExtraClaims>(
        &self,
        token: &str,
        now: Duration,
    ) -> Result<(Claims<X>, &VerifyingKey), VerifyError> {
        let (found, payload) = self.open(token)?;
        Ok((self.read(&found, &payload, now, None)?, found.key))
    }

    /// Verifies an ID token that came with this access token: its `at_hash`, where it has one, must be that of the access
    /// token (OpenID Connect Core §3.1.3.8).
    ///
    /// # Errors
    /// One reason.
    pub fn verify_with_access_token<X: ExtraClaims>(
        &self,
        token: &str,
        access_token: &str,
        now: Duration,
    ) -> Result<Claims<X>, VerifyError> {
        let (found, payload) = self.open(token)?;
        self.read(&found, &payload, now, Some(access_token))
    }

    /// Verifies a token whose payload, the JSON of claims, came apart from it (RFC 7515 appendix F).
    ///
    /// # Errors
    /// One reason; a token that has a payload of its own is refused.
    pub fn verify_detached<X: ExtraClaims>(
        &self,
        token: &str,
        payload: &[u8],
        now: Duration,
    ) -> Result<Claims<X>, VerifyError> {
        let found = self.open_detached(token, payload)?;
        self.read(&found, payload, now, None)
    }

    /// Verifies the signature over any bytes (a compact JWS, RFC 7515 §5.2) and gives them; no claim is looked at.
    ///
    /// # Errors
    /// One reason.
    pub fn verify_bytes(&self, token: &str) -> Result<Vec<u8>, VerifyError> {
        let (found, payload) = self.open(token)?;
        self.check_typ(&found)?;
        Ok(payload)
    }

    /// Verifies the signature over bytes that came apart from it (RFC 7515 appendix F).
    ///
    /// # Errors
    /// One reason; a token that has a payload of its own is refused.
    pub fn verify_detached_bytes(&self, token: &str, payload: &[u8]) -> Result<(), VerifyError> {
        let found = self.open_detached(token, payload)?;
        self.check_typ(&found)
    }

    /// Length, form, header, key, signature: the payload of a token.
    fn open(&self, token: &str) -> Result<(Found<'_>, Vec<u8>), VerifyError> {
        let segments = self.cut(token)?;
        let found = self.find(segments.header)?;
        self.check_signature(&found, segments.signed.as_bytes(), segments.signature)?;
        let payload = match found.form {
            PayloadForm::Base64 => self.decode(segments.payload)?,
            PayloadForm::Unencoded => segments.payload.as_bytes().to_vec(),
        };
        Ok((found, payload))
    }

    fn open_detached(&self, token: &str, payload: &[u8]) -> Result<Found<'_>, VerifyError> {
        let segments = self.cut(token)?;
        if !segments.payload.is_empty() {
            return Err(VerifyError::NotDetached);
        }
        let found = self.find(segments.header)?;
        let payload: Cow<'_, [u8]> = match found.form {
            PayloadForm::Base64 => URL_SAFE_NO_PAD.encode(payload).into_bytes().into(),
            PayloadForm::Unencoded => payload.into(),
        };
        let signed = [segments.header.as_bytes(), b".", &payload].concat();
        self.check_signature(&found, &signed, segments.signature)?;
        Ok(found)
    }

    fn cut<'t>(&self, token: &'t str) -> Result<Segments<'t>, VerifyError> {
        if token.len() > self.policy.max_len {
            return Err(VerifyError::TooLong);
        }
        cut(token).ok_or(VerifyError::Segments)
    }

    fn decode(&self, segment: &str) -> Result<Vec<u8>, VerifyError> {
        match self.policy.padded {
            false => URL_SAFE_NO_PAD.decode(segment),
            true => MAYBE_PADDED.decode(segment),
        }
        .map_err(|_| VerifyError::Base64)
    }

    fn check_signature(&self, found: &Found<'_>, signed: &[u8], segment: &str) -> Result<(), VerifyError> {
        // Four characters for three bytes: what is longer can only be RSA.
        let mut short = [0_u8; SHORT_SIGNATURE];
        let mut long;
        let buffer: &mut [u8] = if segment.len() <= SHORT_SIGNATURE.div_ceil(3).saturating_mul(4) {
            &mut short
        } else {
            long = [0_u8; LONG_SIGNATURE];
            &mut long
        };
        let decoded = match self.policy.padded {
            false => URL_SAFE_NO_PAD.decode_slice(segment, buffer),
            true => MAYBE_PADDED.decode_slice(segment, buffer),
        };
        let length = match decoded {
            Ok(length) => length,
            // What does not fit is no signature of ours.
            Err(base64::DecodeSliceError::OutputSliceTooSmall) => return Err(VerifyError::Signature),
            Err(base64::DecodeSliceError::DecodeError(_)) => return Err(VerifyError::Base64),
        };
        let signature = buffer.get(..length).unwrap_or_default();
        let good = found.key.material().verify(signed, signature);
        good.then_some(()).ok_or(VerifyError::Signature)
    }

    /// The key for a header. The header's algorithm is compared, and chooses nothing.
    fn find(&self, segment: &str) -> Result<Found<'_>, VerifyError> {
        if let Some((_, key)) = self.known.iter().find(|(known, _)| known == segment) {
            return Ok(Found {
                key,
                form: PayloadForm::Base64,
                typ_is_good: true,
            });
        }
        let json = self.decode(segment)?;
        let header = match self.policy.unencoded {
            false => Header::parse(&json)?,
            true => Header::parse_with_b64(&json)?,
        };
        let named = |key: &VerifyingKey| key.algorithm().name() == header.alg;
        if !self.keys.iter().any(named) {
            return Err(VerifyError::Algorithm);
        }
        let key = self.keys.find(header.kid.as_deref()).ok_or(VerifyError::UnknownKey)?;
        if !named(key) {
            return Err(VerifyError::Algorithm);
        }
        Ok(Found {
            key,
            form: header.payload,
            typ_is_good: self.policy.skip.typ || self.policy.typ.allows(header.typ.as_deref()),
        })
    }

    fn check_typ(&self, found: &Found<'_>) -> Result<(), VerifyError> {
        found.typ_is_good.then_some(()).ok_or(VerifyError::Typ)
    }

    /// Kind and claims of what the signature vouches for.
    fn read<X: ExtraClaims>(
        &self,
        found: &Found<'_>,
        payload: &[u8],
        now: Duration,
        access_token: Option<&str>,
    ) -> Result<Claims<X>, VerifyError> {
        self.check_typ(found)?;
        if found.form == PayloadForm::Unencoded {
            return Err(VerifyError::Critical);
        }
        let raw: RawClaims<'_, X> = json::parse(payload).ok_or(VerifyError::PayloadJson)?;
        if let Some(fault) = raw.fault {
            return Err(fault);
        }
        self.policy.check(&raw.claims, now)?;
        self.policy.check_required(&raw.names, payload)?;
        if raw.names.has("at_hash") && !self.policy.skip.at_hash {
            check_at_hash(found.key.algorithm(), payload, access_token)?;
        }
        Ok(raw.claims)
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
