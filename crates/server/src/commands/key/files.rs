//! Keys from files, and back into text.

use std::path::Path;

use portcullis_core::KeyStatus;
use portcullis_core::jose::{Algorithm, KeyError, KeyLoader, SigningKey};

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::private;
use crate::shown::Shown;
use crate::signing::{Keys, failure};

/// What a PEM file of each kind signs with unless told otherwise: no two of them take one kind of key.
const USUAL: [Algorithm; 6] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::ES256K,
    Algorithm::RS256,
];

/// Reads a private key or a shared secret.
pub(super) fn read(path: &Path, algorithm: Option<Algorithm>) -> Outcome<SigningKey> {
    let place = path.display();
    let text = private::read(path).or_fail(format!("{place} cannot be read"), "Name a file with a PEM or JWK key.")?;
    let is_jwk = text.trim_start().starts_with('{');
    let loader = KeyLoader::new(match algorithm {
        Some(algorithm) => vec![algorithm],
        None if is_jwk => Algorithm::ALL.to_vec(),
        None => USUAL.to_vec(),
    });
    let key = if is_jwk {
        loader.signing_key_from_jwk(text.as_bytes())
    } else {
        loader.signing_key_from_pem(&text)
    };
    let remedy = match &key {
        Err(KeyError::Public) => "Signing needs the private key.",
        Err(KeyError::Ambiguous(_) | KeyError::WrongKind(_)) => "Say what it signs with: --algorithm.",
        _ => "Name a file with a private key as PEM (PKCS#8, PKCS#1, SEC1) or a private or symmetric JWK.",
    };
    key.or_fail(format!("{place} cannot be imported"), remedy)
}

/// Prints a key.
pub(super) async fn export(keys: &Keys, key: &KeyStatus, private: bool, pem: bool) -> Outcome {
    let id = &key.record.id;
    let key = keys.signing_key(id).await.map_err(failure)?;
    if private {
        let text = if pem {
            key.export_private_pem()
        } else {
            key.export_private_jwk()
        };
        let remedy = "A shared secret is exported as JWK: leave --pem out.";
        let text = text.or_fail(format!("the key {id} cannot be exported"), remedy)?;
        return say(Shown::lines(text.trim_end()));
    }
    let public = key.verifying_key();
    let text = if pem { public.to_pem() } else { public.to_jwk() };
    let Some(text) = text else {
        return Err(Failure::new(
            format!(
                "the key {id} is a shared secret ({}), which has no public half",
                public.algorithm()
            ),
            "--private prints it whole.",
        ));
    };
    say(Shown::lines(text.trim_end()))
}
