//! The floor for HS256: the MAC, base64 and one JSON parse by hand, and no policy.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_jose::{Algorithm, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

pub const NOW: u64 = 1_800_000_000;
pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "https://api.example";

/// Claims of an access token, owned.
#[derive(Serialize, Deserialize)]
pub struct FloorClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: u64,
    pub iat: u64,
    pub jti: String,
}

impl FloorClaims {
    /// Good for a long time: the peer looks at the system's clock.
    pub fn sample() -> Self {
        Self {
            iss: ISSUER.into(),
            sub: "johndoe".into(),
            aud: AUDIENCE.into(),
            exp: 4_000_000_000,
            iat: NOW,
            jti: "5Xk2dM7tVt0n8Yw3bQ1aZg".into(),
        }
    }
}

/// The secret of an HMAC key.
pub fn secret(key: &SigningKey) -> io::Result<Vec<u8>> {
    #[derive(Deserialize)]
    struct Jwk {
        k: String,
    }
    let jwk = key.export_private_jwk().map_err(io::Error::other)?;
    let jwk: Jwk = serde_json::from_str(&jwk)?;
    URL_SAFE_NO_PAD.decode(jwk.k).map_err(io::Error::other)
}

#[derive(Deserialize)]
struct FloorHeader {
    alg: String,
}

pub struct Floor(Hmac<Sha256>);

impl Floor {
    /// For HS256 alone.
    pub fn new(key: &SigningKey) -> io::Result<Option<Self>> {
        if key.algorithm() != Algorithm::HS256 {
            return Ok(None);
        }
        let mac = Hmac::new_from_slice(&secret(key)?).map_err(io::Error::other)?;
        Ok(Some(Self(mac)))
    }

    pub fn sign(&self, claims: &FloorClaims) -> Option<String> {
        let mut token = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).ok()?, &mut token);
        let tag = self.0.clone().chain_update(token.as_bytes()).finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut token);
        Some(token)
    }

    /// Header parsed every time, claims owned, `exp` looked at.
    pub fn verify(&self, token: &str) -> Option<FloorClaims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: FloorHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let mut tag = [0; 32];
        URL_SAFE_NO_PAD.decode_slice(signature, &mut tag).ok()?;
        self.0.clone().chain_update(signed.as_bytes()).verify_slice(&tag).ok()?;
        let claims: FloorClaims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (header.alg == "HS256" && claims.exp > NOW).then_some(claims)
    }
}
