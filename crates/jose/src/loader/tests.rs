use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;

static RSA: LazyLock<[Value; 2]> = LazyLock::new(|| [new_rsa(), new_rsa()]);

fn new_rsa() -> Value {
    let key = SigningKey::generate(Algorithm::RS256).expect("a key");
    let mut jwk: Value = serde_json::from_str(&key.export_private_jwk().expect("a JWK")).expect("JSON");
    jwk.as_object_mut()
        .expect("an object")
        .retain(|name, _| name != "alg" && name != "use");
    jwk
}

fn rsa() -> Value {
    RSA[0].clone()
}

fn load(allowed: &[Algorithm], jwk: &Value) -> Result<Algorithm, KeyError> {
    let key = KeyLoader::new(allowed).verifying_key_from_jwk(jwk.to_string())?;
    Ok(key.algorithm())
}

#[test]
fn a_key_is_bound_to_one_algorithm_or_refused() {
    use Algorithm::{ES256, HS256, PS256, RS256};
    let mut jwk = rsa();
    assert_eq!(load(&[], &jwk), Err(KeyError::NoAlgorithm));
    assert_eq!(load(&[HS256, ES256], &jwk), Err(KeyError::WrongKind(KeyKind::Rsa)));
    assert_eq!(load(&[RS256, PS256], &jwk), Err(KeyError::Ambiguous(KeyKind::Rsa)));
    assert_eq!(load(&[HS256, PS256, PS256], &jwk), Ok(PS256));
    jwk["alg"] = json!("PS256");
    assert_eq!(load(&[RS256, PS256], &jwk), Ok(PS256));
    for other in ["RS256", "RSA-OAEP", "none", "HS256", "ps256", ""] {
        jwk["alg"] = json!(other);
        assert_eq!(load(&[PS256, HS256], &jwk), Err(KeyError::OtherAlgorithm), "{other:?}");
    }
}

#[test]
fn use_and_operations_are_obeyed() {
    let with = |name: &str, value: Value| {
        let mut jwk = rsa();
        jwk[name] = value;
        let loader = KeyLoader::new([Algorithm::RS256]);
        let jwk = Jwk::from_json(jwk.to_string()).expect("read");
        (loader.signing_key(&jwk).is_ok(), loader.verifying_key(&jwk).is_ok())
    };
    assert_eq!(with("use", json!("enc")), (false, false));
    assert_eq!(with("use", json!("sig")), (true, true));
    assert_eq!(with("key_ops", json!(["sign"])), (true, false));
    assert_eq!(with("key_ops", json!(["verify"])), (false, true));
    assert_eq!(with("key_ops", json!([])), (false, false));
}

#[test]
fn weak_and_spoilt_numbers_are_refused() {
    let with = |name: &str, value: &str| {
        let mut jwk = rsa();
        jwk.as_object_mut()
            .expect("an object")
            .retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
        jwk[name] = json!(value);
        load(&[Algorithm::RS256], &jwk).err()
    };
    for exponent in ["AQ", "Ag", "AQAA", "Av____8B"] {
        assert_eq!(with("e", exponent), Some(KeyError::Exponent), "{exponent}");
    }
    assert_eq!(with("e", "AAEAAQ"), Some(KeyError::Malformed("JWK")));
    // 128 bytes of ones.
    let short = format!("{}8", "_".repeat(170));
    assert_eq!(with("n", &short), Some(KeyError::Modulus { bits: 1024 }));
    let mut mismatched = rsa();
    mismatched["d"] = RSA[1]["d"].clone();
    assert_eq!(load(&[Algorithm::RS256], &mismatched), Err(KeyError::Inconsistent));
    let mut lone = rsa();
    lone.as_object_mut()
        .expect("an object")
        .retain(|name, _| ["kty", "n", "e", "d"].contains(&name.as_str()));
    assert_eq!(load(&[Algorithm::RS256], &lone), Ok(Algorithm::RS256));
    lone["d"] = RSA[1]["d"].clone();
    assert_eq!(load(&[Algorithm::RS256], &lone), Err(KeyError::Inconsistent));
}

#[test]
fn a_set_passes_over_what_it_cannot_use_and_leaves_no_choice_open() {
    let key = |id: &str| {
        let key = SigningKey::generate(Algorithm::EdDSA)
            .expect("a key")
            .with_key_id(id)
            .expect("an id");
        serde_json::from_str::<Value>(&key.verifying_key().to_jwk().expect("a JWK")).expect("JSON")
    };
    let load = |keys: Value| {
        let set = JwkSet::from_json(json!({"keys": keys}).to_string()).expect("a set");
        KeyLoader::new([Algorithm::EdDSA, Algorithm::HS256]).key_set(&set)
    };
    let ids =
        |keys: Value| load(keys).map(|set| set.iter().filter_map(|key| key.key_id().map(str::to_owned)).collect());
    let (mut broken, mut nameless) = (key("c"), key("d"));
    broken["x"] = json!("AAAA");
    nameless.as_object_mut().expect("an object").remove("kid");
    let odd = json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "a"});
    assert_eq!(
        ids(json!([odd, key("a"), broken, nameless, 7, key("b")])),
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(load(json!([odd, broken])).err(), Some(PolicyError::NoKey));
    assert_eq!(load(json!([key("c"), broken])).err(), Some(PolicyError::KeyIdTwice));
    assert_eq!(load(json!([key("a"), key("a")])).err(), Some(PolicyError::KeyIdTwice));
    let (one, two) = (key("a"), key("a"));
    assert_eq!(
        ids(json!([key("b"), one, two, key("c"), broken])),
        Ok(vec!["b".to_owned()]),
        "a doubled id costs that id"
    );
    assert_eq!(
        ids(json!([one, key("b"), one])),
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
    let many: Vec<_> = (0..70).map(|number| key(&number.to_string())).collect();
    let known: Result<Vec<String>, _> = ids(json!(many));
    assert_eq!(
        known,
        Ok((0..64).map(|number| number.to_string()).collect()),
        "one too many costs itself"
    );
    let secret = json!({"kty": "oct", "alg": "HS256", "kid": "s", "k": "A".repeat(43)});
    assert_eq!(load(json!([key("a"), secret])).err(), Some(PolicyError::MixedKeys));
}

#[test]
fn a_set_that_is_no_set_is_refused() {
    for bad in [
        "",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[]}x",
        "{\"keys\":[\"\u{1}\"]}",
    ] {
        assert!(JwkSet::from_json(bad).is_err(), "{bad:?}");
    }
    let long = format!("{{\"keys\":[{}0]}}", "0,".repeat(200_000));
    assert!(JwkSet::from_json(long).is_err());
}
