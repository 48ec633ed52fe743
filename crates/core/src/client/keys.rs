//! The public keys of a client: as they are given, as they are kept, and as they verify.

use portcullis_jose::{Algorithm, Jwk, JwkSet, KeyError, KeyLoader, KeySet, PolicyError};
use serde_json::Value;

use super::rules::{CLIENT_KEYS_MAX, ClientRule};

/// What a key of each kind signs with unless it says so itself.
const USUAL: [Algorithm; 6] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::ES256K,
    Algorithm::RS256,
];

/// The set, as it is kept, of keys that are given as PEM, a JWK or a set of those. Each is bound to one algorithm, but that
/// of Ed25519 has two names, which is why it is left out there.
pub(super) fn read(text: &str) -> Result<String, ClientRule> {
    let text = text.trim();
    if text.len() > CLIENT_KEYS_MAX {
        return Err(ClientRule::KeysTooLong);
    }
    let keys = if text.starts_with('{') {
        read_json(text)?
    } else {
        read_pem(text)?
    };
    let kept = written(&keys).ok_or(ClientRule::Keys)?;
    if kept.len() > CLIENT_KEYS_MAX {
        return Err(ClientRule::KeysTooLong);
    }
    Ok(kept)
}

fn read_pem(text: &str) -> Result<KeySet, ClientRule> {
    // The loader would take the public half; that it was sent at all is what must be told.
    if text.contains("PRIVATE KEY-----") {
        return Err(ClientRule::PrivateKey);
    }
    let key = KeyLoader::new(USUAL).verifying_key_from_pem(text);
    key.map(KeySet::from).map_err(|_| ClientRule::Keys)
}

fn read_json(text: &str) -> Result<KeySet, ClientRule> {
    let set = match JwkSet::from_json(text) {
        Ok(set) => set,
        Err(_) => return read_jwk(&Jwk::from_json(text).map_err(|_| ClientRule::Keys)?).map(KeySet::from),
    };
    let mut keys = Vec::new();
    for jwk in set.keys() {
        match read_jwk(jwk) {
            Ok(key) => keys.push(key),
            // One for something else, which need not be told.
            Err(ClientRule::Keys) => {}
            Err(rule) => return Err(rule),
        }
    }
    KeySet::new(keys).map_err(|error| match error {
        PolicyError::KeyWithoutId | PolicyError::KeyIdTwice => ClientRule::KeyIds,
        _ => ClientRule::Keys,
    })
}

fn read_jwk(jwk: &Jwk) -> Result<portcullis_jose::VerifyingKey, ClientRule> {
    if jwk.is_private() {
        return Err(ClientRule::PrivateKey);
    }
    let algorithms = match jwk.algorithm_name() {
        Some(_) => asymmetric(Algorithm::EdDSA),
        None => USUAL.to_vec(),
    };
    let key = KeyLoader::new(algorithms).verifying_key(jwk);
    key.map_err(|_| ClientRule::Keys)
}

/// All asymmetric algorithms; of the two names for Ed25519 this one first, which is that of keys that say neither.
fn asymmetric(ed25519: Algorithm) -> Vec<Algorithm> {
    let others = Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric());
    std::iter::once(ed25519).chain(others).collect()
}

fn written(keys: &KeySet) -> Option<String> {
    let mut set: Value = serde_json::from_str(&keys.to_public_jwks()).ok()?;
    for key in set.get_mut("keys")?.as_array_mut()? {
        let key = key.as_object_mut()?;
        if key.get("kty")? == "OKP" {
            key.remove("alg");
        }
    }
    serde_json::to_string(&set).ok()
}

/// The keys of a kept set, for an assertion whose header says this `alg`. It chooses nothing but between two names for one
/// and the same.
pub(super) fn key_set(kept: &str, alg: &str) -> Result<KeySet, KeyError> {
    let ed25519 = if alg == Algorithm::Ed25519.name() {
        Algorithm::Ed25519
    } else {
        Algorithm::EdDSA
    };
    let set = JwkSet::from_json(kept)?;
    let keys = KeyLoader::new(asymmetric(ed25519)).key_set(&set);
    keys.map_err(|_| KeyError::Malformed("JWK set"))
}

#[cfg(test)]
mod tests {
    use portcullis_jose::SigningKey;

    use super::*;

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm).unwrap()
    }

    fn public(key: &SigningKey) -> String {
        key.verifying_key().to_jwk().unwrap()
    }

    #[test]
    fn private_keys_and_shared_secrets_are_refused() {
        let key = key(Algorithm::EdDSA);
        let jwk = key.export_private_jwk().unwrap();
        let pem = key.export_private_pem().unwrap();
        let secret = SigningKey::hs256([7; 32]).unwrap().export_private_jwk().unwrap();
        let set = format!("{{\"keys\":[{},{}]}}", public(&key), *jwk);
        for text in [jwk.as_str(), pem.as_str(), secret.as_str(), &set] {
            assert_eq!(read(text), Err(ClientRule::PrivateKey));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"keys\":[]}",
            "{\"keys\":[{\"kty\":\"x\"}]}",
            "-----BEGIN PUBLIC KEY-----",
            "ssh-ed25519 AAAA",
        ] {
            assert_eq!(read(text), Err(ClientRule::Keys), "{text}");
        }
        assert_eq!(read(&"x".repeat(CLIENT_KEYS_MAX + 1)), Err(ClientRule::KeysTooLong));
        let encrypts = public(&key(Algorithm::ES256))
            .replacen('{', "{\"use\":\"enc\",", 1)
            .replace("\"use\":\"sig\",", "");
        assert_eq!(read(&encrypts), Err(ClientRule::Keys));
    }

    #[test]
    fn several_keys_need_ids() {
        let (one, two) = (public(&key(Algorithm::ES256)), public(&key(Algorithm::EdDSA)));
        assert_eq!(read(&format!("{{\"keys\":[{one},{two}]}}")), Err(ClientRule::KeyIds));
        let named = |jwk: &str, id: &str| jwk.replacen('{', &format!("{{\"kid\":\"{id}\","), 1);
        let (one, two) = (named(&one, "a"), named(&two, "b"));
        let kept = read(&format!("{{\"keys\":[{one},{two}]}}")).unwrap();
        assert_eq!(key_set(&kept, "ES256").unwrap().iter().count(), 2);
    }

    #[test]
    fn pem_jwk_and_set_come_to_the_same() {
        for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
            let key = key(algorithm);
            let pem = key.verifying_key().to_pem().unwrap();
            let kept = read(&pem).unwrap();
            assert_eq!(read(&public(&key)), Ok(kept.clone()));
            assert_eq!(read(&kept), Ok(kept.clone()));
            assert_eq!(key_set(&kept, algorithm.name()).unwrap().iter().count(), 1);
        }
    }

    #[test]
    fn only_ed25519_has_two_names_and_the_header_chooses_nothing_else() {
        let algorithm = |kept: &str, alg: &str| key_set(kept, alg).unwrap().iter().next().unwrap().algorithm();
        let ed25519 = read(&public(&key(Algorithm::Ed25519))).unwrap();
        assert_eq!(algorithm(&ed25519, "Ed25519"), Algorithm::Ed25519);
        assert_eq!(algorithm(&ed25519, "EdDSA"), Algorithm::EdDSA);
        let p256 = read(&public(&key(Algorithm::ES256))).unwrap();
        for alg in ["ES256", "EdDSA", "HS256", "none"] {
            assert_eq!(algorithm(&p256, alg), Algorithm::ES256);
        }
    }
}
