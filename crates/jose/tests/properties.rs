//! What holds for every algorithm, whatever is signed.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::sync::LazyLock;

use portcullis_jose::{Algorithm, Jwk, JwkSet, KeyLoader, KeySet, Policy, SigningKey, TypRule, Verifier};
use proptest::prelude::*;

static KEYS: LazyLock<Vec<(SigningKey, Verifier)>> = LazyLock::new(|| {
    let pair = |algorithm| {
        let key = SigningKey::generate(algorithm).expect("a key");
        let policy = Policy::new(TypRule::Exactly("any+bytes".into()));
        let verifier = Verifier::new(KeySet::from(key.verifying_key()), policy);
        (key, verifier)
    };
    Algorithm::ALL.into_iter().map(pair).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_signed_verifies_and_comes_back(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (key, verifier) in KEYS.iter() {
            let token = key.sign_bytes("any+bytes", &payload).expect("signs");
            prop_assert_eq!(verifier.verify_bytes(&token), Ok(payload.clone()), "{:?}", key);
            let detached = key.sign_detached_bytes("any+bytes", &payload).expect("signs");
            prop_assert_eq!(verifier.verify_detached_bytes(&detached, &payload), Ok(()), "{:?}", key);
            if !payload.is_empty() {
                prop_assert!(verifier.verify_bytes(&detached).is_err());
                prop_assert!(verifier.verify_detached_bytes(&token, &payload).is_err());
            }
        }
    }

    #[test]
    fn any_flipped_bit_refuses(payload in proptest::collection::vec(any::<u8>(), 0..60), place in any::<usize>(), bit in 0_u32..7) {
        for (key, verifier) in KEYS.iter() {
            let mut bytes = key.sign_bytes("any+bytes", &payload).expect("signs").into_bytes();
            let place = place % bytes.len();
            bytes[place] ^= 1_u8 << bit;
            let token = String::from_utf8(bytes).expect("ASCII stays ASCII");
            prop_assert!(verifier.verify_bytes(&token).is_err(), "{:?} {}", key, token);
        }
    }

    #[test]
    fn a_broken_key_file_is_refused_and_nothing_panics(which in any::<usize>(), place in any::<usize>(), to in any::<char>()) {
        let (key, _) = &KEYS[which % KEYS.len()];
        let loader = KeyLoader::new(Algorithm::ALL);
        let spoil = |text: &str| {
            let mut letters: Vec<char> = text.chars().collect();
            let place = place % letters.len();
            letters[place] = to;
            letters.into_iter().collect::<String>()
        };
        let jwk = spoil(&key.export_private_jwk().expect("a JWK"));
        let _ = (Jwk::from_json(&jwk), loader.signing_key_from_jwk(&jwk), loader.verifying_key_from_jwk(&jwk));
        let set = spoil(&format!("{{\"keys\":[{jwk}]}}"));
        let _ = JwkSet::from_json(&set).map(|set| loader.key_set(&set));
        if let Ok(pem) = key.export_private_pem() {
            let pem = spoil(&pem);
            let loader = KeyLoader::new([key.algorithm()]);
            let _ = (loader.signing_key_from_pem(&pem), loader.verifying_key_from_pem(&pem));
        }
    }
}
