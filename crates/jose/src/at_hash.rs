//! `at_hash`: an ID token vouches for the access token that came with it (OpenID Connect Core §3.1.3.6).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::verify_error::VerifyError;

/// The left half of the access token's hash, base64url; the hash is that of the ID token's algorithm (SHA-512 for
/// EdDSA with Ed25519).
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let digest = digest::digest(algorithm.digest(), access_token.as_bytes());
    let whole = digest.as_ref();
    let half = whole.get(..whole.len().div_euclid(2)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(half)
}

/// Both are known to whoever holds them: no secret to be compared in constant time.
pub(crate) fn check_at_hash(
    algorithm: Algorithm,
    payload: &[u8],
    access_token: Option<&str>,
) -> Result<(), VerifyError> {
    let claims: Map<String, Value> = serde_json::from_slice(payload).map_err(|_| VerifyError::PayloadJson)?;
    let Some(Value::String(said)) = claims.get("at_hash") else {
        return Err(VerifyError::ClaimType("at_hash"));
    };
    let good = access_token.is_some_and(|access_token| at_hash(algorithm, access_token) == *said);
    good.then_some(()).ok_or(VerifyError::AtHash)
}
