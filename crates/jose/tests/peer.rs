//! Both ways with `jsonwebtoken`: what we sign it verifies, what it signs we verify, by every algorithm that it has.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken as peer;
use portcullis_jose::{Algorithm, Claims, KeySet, Policy, SigningKey, TypRule, Verifier};
use serde_json::{Map, Value, json};

const NOW: Duration = Duration::from_secs(1_800_000_000);

/// All but ES512, ES256K and the newer name of EdDSA, which it does not have.
static SHARED: LazyLock<Vec<(SigningKey, peer::Algorithm)>> = LazyLock::new(|| {
    let pairs = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let theirs = algorithm.name().parse::<peer::Algorithm>().ok()?;
        Some((SigningKey::generate(algorithm).expect("a key"), theirs))
    });
    let pairs: Vec<_> = pairs.collect();
    assert_eq!(pairs.len(), 12);
    pairs
});

fn encoding_key(key: &SigningKey) -> peer::EncodingKey {
    if key.algorithm().is_symmetric() {
        let jwk = key.export_private_jwk().expect("a JWK");
        let jwk: Value = serde_json::from_str(&jwk).expect("JSON");
        let secret = URL_SAFE_NO_PAD
            .decode(jwk["k"].as_str().expect("text"))
            .expect("base64url");
        return peer::EncodingKey::from_secret(&secret);
    }
    let pem = key.export_private_pem().expect("PEM");
    let pem = pem.as_bytes();
    match &key.algorithm().name()[..2] {
        "RS" | "PS" => peer::EncodingKey::from_rsa_pem(pem),
        "ES" => peer::EncodingKey::from_ec_pem(pem),
        _ => peer::EncodingKey::from_ed_pem(pem),
    }
    .expect("it reads our PEM")
}

/// Out of a JWK; and out of PEM, where there is one.
fn decoding_keys(key: &SigningKey) -> Vec<peer::DecodingKey> {
    let jwk = key.verifying_key().to_jwk();
    let jwk = jwk.unwrap_or_else(|| key.export_private_jwk().expect("a JWK").as_str().to_owned());
    let jwk: peer::jwk::Jwk = serde_json::from_str(&jwk).expect("it reads our JWK");
    let mut keys = vec![peer::DecodingKey::from_jwk(&jwk).expect("a key")];
    if let Some(pem) = key.verifying_key().to_pem() {
        let pem = pem.as_bytes();
        let key = match &key.algorithm().name()[..2] {
            "RS" | "PS" => peer::DecodingKey::from_rsa_pem(pem),
            "ES" => peer::DecodingKey::from_ec_pem(pem),
            _ => peer::DecodingKey::from_ed_pem(pem),
        };
        keys.push(key.expect("it reads our PEM"));
    }
    keys
}

#[test]
fn what_we_sign_the_peer_verifies() {
    for (key, theirs) in SHARED.iter() {
        let mut claims = Claims::new(());
        claims.sub = Some("johndoe".into());
        claims.exp = Some(4_000_000_000.into());
        let token = key.sign("JWT", &claims).expect("signs");
        for decoding in decoding_keys(key) {
            let said: peer::TokenData<Value> =
                peer::decode(&token, &decoding, &peer::Validation::new(*theirs)).expect("it verifies our token");
            assert_eq!(said.claims["sub"], "johndoe", "{key:?}");
            let (signed, _) = token.rsplit_once('.').expect("two dots");
            let forged = format!("{signed}.{}", "A".repeat(86));
            assert!(peer::decode::<Value>(&forged, &decoding, &peer::Validation::new(*theirs)).is_err());
        }
    }
}

#[test]
fn what_the_peer_signs_we_verify() {
    for (key, theirs) in SHARED.iter() {
        let claims = json!({"sub": "johndoe", "exp": 4_000_000_000_u64, "tenant": "a"});
        let token = peer::encode(&peer::Header::new(*theirs), &claims, &encoding_key(key)).expect("it signs");
        let verifier =
            |key: &SigningKey| Verifier::new(KeySet::from(key.verifying_key()), Policy::new(TypRule::JwtOrAbsent));
        let said: Claims<Map<String, Value>> = verifier(key).verify(&token, NOW).expect("we verify its token");
        assert_eq!(
            (said.sub.as_deref(), &said.extra["tenant"]),
            (Some("johndoe"), &json!("a")),
            "{key:?}"
        );
        let (signed, _) = token.rsplit_once('.').expect("two dots");
        let forged = format!("{signed}.{}", "A".repeat(86));
        assert!(verifier(key).verify::<()>(&forged, NOW).is_err(), "{key:?}");
    }
}
