//! Every algorithm out of and into every notation.

use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::loader::KeyLoader;
use crate::{Claims, Jwk, JwkSet, KeySet, Policy, TypRule, Verifier};

/// Two of each algorithm.
static KEYS: LazyLock<Vec<[SigningKey; 2]>> = LazyLock::new(|| {
    let new = |algorithm| SigningKey::generate(algorithm).expect("a key");
    let pair = |algorithm| [new(algorithm), new(algorithm)];
    Algorithm::ALL.into_iter().map(pair).collect()
});

fn keys() -> impl Iterator<Item = SigningKey> {
    KEYS.iter().map(|[key, _]| key.clone())
}

fn verifies(signing: &SigningKey, verifying: VerifyingKey) -> bool {
    let mut claims = Claims::new(());
    claims.exp = Some(2_000_000_000.into());
    let token = signing.sign("JWT", &claims).expect("signs");
    let verifier = Verifier::new(KeySet::from(verifying), Policy::new(TypRule::JwtOrAbsent));
    verifier
        .verify::<()>(&token, Duration::from_secs(1_800_000_000))
        .is_ok()
}

#[test]
fn every_algorithm_signs_what_its_key_verifies_and_no_other_key_does() {
    for [key, other] in KEYS.iter() {
        assert!(verifies(key, key.verifying_key()), "{key:?}");
        assert!(!verifies(key, other.verifying_key()), "{key:?}");
    }
}

#[test]
fn private_keys_come_back_from_pem_der_and_jwk() {
    for key in keys() {
        let algorithm = key.algorithm();
        let jwk = key.export_private_jwk().expect("a JWK");
        let back = SigningKey::from_jwk(jwk.as_bytes()).expect("read");
        assert!(
            back.algorithm() == algorithm && verifies(&back, key.verifying_key()),
            "{algorithm}"
        );
        if algorithm.is_symmetric() {
            assert!(key.export_private_pem().is_err());
            continue;
        }
        let pem = key.export_private_pem().expect("PEM");
        let back = SigningKey::from_pem(algorithm, &pem).expect("read");
        assert!(verifies(&back, key.verifying_key()), "{algorithm}");
        let der = key.export_private_der().expect("DER");
        let back = KeyLoader::new([algorithm]).signing_key_from_der(&der).expect("read");
        assert!(verifies(&back, key.verifying_key()), "{algorithm}");
        assert!(verifies(
            &key,
            VerifyingKey::from_pem(algorithm, &pem).expect("the public half")
        ));
    }
}

#[test]
fn public_keys_come_back_from_pem_der_and_jwk_and_sign_nothing() {
    for key in keys().filter(|key| !key.algorithm().is_symmetric()) {
        let algorithm = key.algorithm();
        let public = key.verifying_key();
        let pem = public.to_pem().expect("PEM");
        let jwk = public.to_jwk().expect("a JWK");
        let der = public.to_der().expect("DER");
        let loader = KeyLoader::new([algorithm]);
        assert!(
            verifies(&key, loader.verifying_key_from_pem(&pem).expect("read")),
            "{algorithm}"
        );
        assert!(
            verifies(&key, loader.verifying_key_from_der(&der).expect("read")),
            "{algorithm}"
        );
        assert!(
            verifies(&key, VerifyingKey::from_jwk(&jwk).expect("read")),
            "{algorithm}"
        );
        assert_eq!(SigningKey::from_jwk(&jwk).err(), Some(KeyError::Public));
        assert_eq!(SigningKey::from_pem(algorithm, &pem).err(), Some(KeyError::Public));
        assert_eq!(
            public.thumbprint(),
            Some(Jwk::from_json(&jwk).expect("read").thumbprint())
        );
    }
}

#[test]
fn a_shared_secret_is_never_public() {
    let key = SigningKey::generate(Algorithm::HS256).expect("a key").verifying_key();
    assert!(key.to_jwk().is_none() && key.to_pem().is_none() && key.thumbprint().is_none());
    assert_eq!(KeySet::from(key).to_public_jwks(), "{\"keys\":[]}");
}

#[test]
fn a_published_set_comes_back_and_leads_each_id_to_its_key() {
    let named = |algorithm, id| {
        let key = SigningKey::generate(algorithm).expect("a key");
        key.with_key_id(id).expect("an id").verifying_key()
    };
    let keys = vec![
        named(Algorithm::EdDSA, "a \"quoted\\ id"),
        named(Algorithm::ES256, "b"),
        named(Algorithm::HS256, "c"),
    ];
    let own = KeySet::of_own_keys_mixed(keys).expect("a set");
    let set = JwkSet::from_json(own.to_public_jwks()).expect("read");
    assert_eq!((set.keys().len(), set.skipped()), (2, 0));
    let set = KeyLoader::new(Algorithm::ALL).key_set(&set).expect("a set");
    let algorithm = |id| set.find(Some(id)).map(VerifyingKey::algorithm);
    assert_eq!(algorithm("a \"quoted\\ id"), Some(Algorithm::EdDSA));
    assert_eq!((algorithm("b"), algorithm("c")), (Some(Algorithm::ES256), None));
}

#[test]
fn derived_secrets_stay_the_same_and_differ_by_purpose_and_key() {
    for [key, other] in KEYS.iter() {
        let again = SigningKey::from_jwk(key.export_private_jwk().expect("a JWK").as_bytes()).expect("read");
        let derive = |key: &SigningKey, purpose| key.derive_secret(purpose).expect("derived");
        assert_eq!(derive(key, "a"), derive(&again, "a"), "{key:?}");
        assert_ne!(derive(key, "a"), derive(key, "b"));
        assert_ne!(derive(key, "a"), derive(other, "a"));
    }
}
