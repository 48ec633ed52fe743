//! A token by which a client says who it is (`private_key_jwt`, RFC 7523 §3).

use std::time::Duration;

use portcullis_jose::{Claims, Policy, TypRule, Verifier, VerifyError, inspect};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::error::ClientAuthError;
use super::{imaginary, keys};

/// How long an assertion may be good from now on.
pub const ASSERTION_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How far a client's clock may be ahead, which its `iat` and `nbf` show.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// The `typ` that newer clients write (draft-ietf-oauth-rfc7523bis); others write `JWT` or none.
const TYP: &str = "client-authentication+jwt";

/// What an assertion says before anything is proved.
pub(super) struct Claimed {
    /// Whose it says to be.
    pub(super) id: String,
    algorithm: String,
    typ: Option<String>,
}

/// What remains of a good one.
pub(super) struct Asserted {
    /// What tells it from every other.
    pub(super) digest: [u8; 16],
    /// How long that must be known, in milliseconds since 1970.
    pub(super) until: u64,
}

/// Reads what an assertion says, to look up whose it would be.
pub(super) fn claimed(token: &str) -> Result<Claimed, VerifyError> {
    let said = inspect::unverified(token)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Ok(Claimed {
        id: text(said.claims.get("sub")).ok_or(VerifyError::Missing("sub".into()))?,
        algorithm: text(said.header.get("alg")).unwrap_or_default(),
        typ: text(said.header.get("typ")),
    })
}

/// Whether an assertion is the client's whose keys these are; without any it is held against imaginary ones.
pub(super) fn verify(
    token: &str,
    claimed: &Claimed,
    keys: Option<&str>,
    audiences: &[String],
    now: Duration,
) -> Result<Asserted, ClientAuthError> {
    let is_known = keys.is_some();
    let keys = match keys {
        Some(kept) => keys::key_set(kept, &claimed.algorithm),
        None => imaginary::key_set(&claimed.algorithm),
    };
    let keys = keys.map_err(|_| VerifyError::UnknownKey)?;
    let rule = match &claimed.typ {
        Some(typ) if typ.eq_ignore_ascii_case(TYP) => TypRule::Exactly(TYP.to_owned()),
        _ => TypRule::JwtOrAbsent,
    };
    let policy = Policy::new(rule)
        .issuer(&claimed.id)
        .subject(&claimed.id)
        .require_jti()
        .start_leeway(CLOCKS_DIFFER);
    let policy = audiences.iter().fold(policy, Policy::audience).require("aud");
    let claims: Claims<()> = Verifier::new(keys, policy).verify(token, now)?;
    if !is_known || audiences.is_empty() {
        return Err(VerifyError::UnknownKey.into());
    }
    let expires = claims.exp_duration().unwrap_or(Duration::MAX);
    if expires > now.saturating_add(ASSERTION_LIFETIME) {
        return Err(ClientAuthError::TooLong);
    }
    let jti = claims.jti.filter(|jti| !jti.is_empty());
    let jti = jti.ok_or(VerifyError::Missing("jti".into()))?;
    Ok(Asserted {
        digest: digest(&claimed.id, &jti),
        until: u64::try_from(expires.as_millis()).unwrap_or(u64::MAX),
    })
}

/// The same `jti` of another client is another one.
fn digest(id: &str, jti: &str) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(id)
        .chain_update([0])
        .chain_update(jti)
        .finalize();
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(digest) {
        *to = from;
    }
    short
}
