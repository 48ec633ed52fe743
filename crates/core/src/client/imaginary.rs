//! Imaginary keys: what an assertion of an unknown client is held against, so that it costs what a known client's does.
//! Nobody has their private halves.

use portcullis_jose::{Algorithm, KeyError, KeyKind, KeyLoader, KeySet};

const RSA: &str = concat!(
    r#"{"kty":"RSA","n":"mrwz1L1m7O-4MqrVqMF3XZ7_mueuHV_WVbjuIOCMbxVqXc3jRVQrssc4cRP0NWim1ychDT3fAnUdA2"#,
    r#"7dHf1mL4dZssf2IuRjeqotCujBS_O67xMs-Cv_yQQqUGY5gCfZJQnp65OZCKqwfAoFZ9Tq4EH8Kdg7tfy039zJQLiPkzV99Y"#,
    r#"-axgBAfUQ5wgC_ZiCGvrud9ziZJAFJx7-fIcvJkCNpBDJHQ14EZnFYM6P_TITC8P9mJaQNjPaN3iiNwe-zqdqfOK6qn8J_np"#,
    r#"qEgBBc9oJPlR1LE6hRXZ7AXCmrVMvJ9VgzGeYnIv1KDCeGrU5m_ArQT-4wRq0G0WNc8omXEQ","e":"AQAB"}"#,
);

const P256: &str = concat!(
    r#"{"kty":"EC","crv":"P-256","x":"F0EegkpWAdDwoUCA3-aATsoVZXU9YGA6vmBKNwn5j7I","y":"nGEMMjh4r3wqKAt"#,
    r#"Pm1LMd0eV7V3a3egFuDvWEjAlo4c"}"#,
);

const P384: &str = concat!(
    r#"{"kty":"EC","crv":"P-384","x":"D2Ylhbqf42VxCzpMGb3jpMhkk4TsZBIRkeTrs8M4k_FEOxtjG0bfMQ9tREhRx6C-""#,
    r#","y":"e1GQCsxfOIKpOgptK9gaJY8dSvHPIu9XKpJTcfeqMQeHx3VmHe-wB58bf_lWecsj"}"#,
);

const P521: &str = concat!(
    r#"{"kty":"EC","crv":"P-521","x":"AEUh13YLEqey_uaQmVxrm03d77RrUEWu8MuitQttrG7tW2kNuFyWzIjk4_h2E_q7i"#,
    r#"Alfu3IsBchDQLBBXflR-PFL","y":"AfGschJI6eEkrbeIoVIoGsP-FFiN2CWR7O-YOaHYJ64X2KQl-Bkq2sK0LXgId5gj7w"#,
    r#"VJwGA5dKKRBnT5eP_GiJcs"}"#,
);

const SECP256K1: &str = concat!(
    r#"{"kty":"EC","crv":"secp256k1","x":"jWKUwASa8yheZ9D71WLUA2Mpl9WUq1QRrW_6-ZWuzLk","y":"RZshlTHG7-V"#,
    r#"TCqW4J0dPgz803JIgww5oUSX2KWuOwUc"}"#,
);

const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"806cLV_R7mTa_sUBFA0T-d5W4HnqIzKNK4vn05c9zFY"}"#;

/// A key for an assertion whose header says this `alg`.
pub(super) fn key_set(alg: &str) -> Result<KeySet, KeyError> {
    let algorithm = alg
        .parse()
        .ok()
        .filter(|algorithm: &Algorithm| !algorithm.is_symmetric());
    let algorithm = algorithm.unwrap_or(Algorithm::EdDSA);
    let jwk = match algorithm.key_kind() {
        KeyKind::Rsa => RSA,
        KeyKind::P256 => P256,
        KeyKind::P384 => P384,
        KeyKind::P521 => P521,
        KeyKind::Secp256k1 => SECP256K1,
        _ => ED25519,
    };
    KeyLoader::new([algorithm])
        .verifying_key_from_jwk(jwk)
        .map(KeySet::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_every_asymmetric_algorithm() {
        for algorithm in Algorithm::ALL {
            let keys = key_set(algorithm.name()).unwrap();
            let expected = if algorithm.is_symmetric() {
                Algorithm::EdDSA
            } else {
                algorithm
            };
            assert_eq!(keys.iter().next().unwrap().algorithm(), expected);
        }
        assert!(key_set("none").is_ok());
    }
}
