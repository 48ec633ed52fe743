//! The keys of a case, by the calls that anyone would make; and the word for each refusal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_jose::{
    Algorithm, Jwk, JwkSet, KeyError, KeyLoader, KeySet, PolicyError, SignError, SigningKey, UnknownAlgorithm,
    VerifyError, VerifyingKey,
};
use serde_json::Value;

/// A refusal by its word in the files, with our own sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    pub(crate) sentence: String,
}

impl Refusal {
    fn new(kind: &'static str, cause: &dyn std::error::Error) -> Self {
        let sentence = cause.to_string();
        Self { kind, sentence }
    }
}

impl From<UnknownAlgorithm> for Refusal {
    fn from(cause: UnknownAlgorithm) -> Self {
        Self::new("alg_not_allowed", &cause)
    }
}

impl From<KeyError> for Refusal {
    fn from(cause: KeyError) -> Self {
        let kind = match cause {
            KeyError::NoAlgorithm => "bad_config",
            _ => "bad_key",
        };
        Self::new(kind, &cause)
    }
}

impl From<PolicyError> for Refusal {
    fn from(cause: PolicyError) -> Self {
        let kind = match cause {
            PolicyError::NoKey => "key_not_found",
            _ => "bad_config",
        };
        Self::new(kind, &cause)
    }
}

impl From<SignError> for Refusal {
    fn from(cause: SignError) -> Self {
        match cause {
            SignError::BadHeader(cause) => cause.into(),
            _ => Self::new("malformed", &cause),
        }
    }
}

impl From<VerifyError> for Refusal {
    fn from(cause: VerifyError) -> Self {
        let kind = match cause {
            VerifyError::TooLong => "too_large",
            VerifyError::Critical => "unsupported_crit",
            VerifyError::NoAlgorithm | VerifyError::Algorithm => "alg_not_allowed",
            VerifyError::Typ => "wrong_typ",
            VerifyError::UnknownKey => "key_not_found",
            VerifyError::Signature => "bad_signature",
            VerifyError::ClaimType(_) => "bad_claim_type",
            VerifyError::Missing(_) => "missing_claim",
            VerifyError::Expired => "expired",
            VerifyError::NotYet => "not_yet_valid",
            VerifyError::FromTheFuture => "issued_in_future",
            VerifyError::Issuer => "wrong_issuer",
            VerifyError::Audience => "wrong_audience",
            VerifyError::Subject => "wrong_subject",
            VerifyError::AtHash => "at_hash_mismatch",
            _ => "malformed",
        };
        Self::new(kind, &cause)
    }
}

pub(crate) fn decode(text: &Value) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.as_str()?).ok()
}

pub(crate) fn algorithms(case: &Value) -> Result<Vec<Algorithm>, Refusal> {
    let names = case.get("algs").and_then(Value::as_array);
    let Some(names) = names else {
        return Ok(Algorithm::ALL.to_vec());
    };
    let parse = |name: &Value| Ok(name.as_str().unwrap_or_default().parse()?);
    names.iter().map(parse).collect()
}

pub(crate) fn loader(case: &Value) -> Result<KeyLoader, Refusal> {
    let loader = KeyLoader::new(algorithms(case)?);
    let short = case.pointer("/options/allow_short_hmac_key") == Some(&Value::Bool(true));
    Ok(if short { loader.allow_short_hmac_key() } else { loader })
}

/// The keys to verify with.
pub(crate) fn key_set(case: &Value) -> Result<KeySet, Refusal> {
    let loader = loader(case)?;
    let key = &case["key"];
    if let Some(jwk) = key.get("jwk") {
        return Ok(loader.verifying_key_from_jwk(jwk.to_string())?.into());
    }
    if let Some(set) = key.get("jwks") {
        return Ok(loader.key_set(&JwkSet::from_json(set.to_string())?)?);
    }
    if let Some(pem) = key.get("pem").and_then(Value::as_str) {
        return Ok(loader.verifying_key_from_pem(pem)?.into());
    }
    let secret = decode(&key["secret_b64u"]).unwrap_or_default();
    Ok(loader.secret(&secret)?.verifying_key().into())
}

pub(crate) fn signing_key(case: &Value) -> Result<SigningKey, Refusal> {
    let loader = loader(case)?;
    let key = &case["key"];
    if let Some(jwk) = key.get("jwk") {
        return Ok(loader.signing_key_from_jwk(jwk.to_string())?);
    }
    if let Some(pem) = key.get("pem").and_then(Value::as_str) {
        return Ok(loader.signing_key_from_pem(pem)?);
    }
    let secret = decode(&key["secret_b64u"]).unwrap_or_default();
    Ok(loader.secret(&secret)?)
}

/// A JWK, bound and checked: both halves where it has both.
pub(crate) fn import(case: &Value) -> Result<VerifyingKey, Refusal> {
    let loader = loader(case)?;
    let jwk = Jwk::from_json(case["key"]["jwk"].to_string())?;
    Ok(match jwk.is_private() {
        true => loader.signing_key(&jwk)?.verifying_key(),
        false => loader.verifying_key(&jwk)?,
    })
}
