//! Any bytes as a JWK or a set of them: refused with a reason or a key that works, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_jose::{Algorithm, Jwk, JwkSet, KeyLoader, KeySet, Policy, TypRule, Verifier};

fuzz_target!(|text: &[u8]| {
    let loader = KeyLoader::new([
        Algorithm::HS256,
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::ES256K,
        Algorithm::EdDSA,
    ]);
    if let Ok(jwk) = Jwk::from_json(text) {
        let thumbprint = jwk.thumbprint();
        assert_eq!(thumbprint.len(), 43);
        if let Ok(key) = loader.verifying_key(&jwk) {
            // What was taken once is taken again, and is the same key.
            if let Some(again) = key.to_jwk() {
                let again = Jwk::from_json(again).expect("our own JWK");
                assert_eq!(again.thumbprint(), thumbprint);
                assert!(loader.verifying_key(&again).is_ok());
            }
        }
        if let Ok(key) = loader.signing_key(&jwk) {
            let token = key.sign_bytes("x", b"payload").expect("a key that was taken signs");
            let verifier = Verifier::new(
                KeySet::from(key.verifying_key()),
                Policy::new(TypRule::Exactly("x".into())),
            );
            assert_eq!(verifier.verify_bytes(&token).as_deref(), Ok(&b"payload"[..]));
        }
    }
    if let Ok(set) = JwkSet::from_json(text) {
        let _ = loader.key_set(&set);
    }
});
