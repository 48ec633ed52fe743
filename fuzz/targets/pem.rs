//! Any text as PEM, any bytes as DER: refused with a reason or a key that comes back, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_jose::{Algorithm, KeyLoader};

fuzz_target!(|bytes: &[u8]| {
    let loader = KeyLoader::new([
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::ES256K,
        Algorithm::EdDSA,
    ]);
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    for key in [
        loader.verifying_key_from_der(bytes),
        loader.verifying_key_from_pem(text),
    ]
    .into_iter()
    .flatten()
    {
        let pem = key.to_pem().expect("a public key is text");
        assert_eq!(
            loader.verifying_key_from_pem(&pem).expect("our own PEM").thumbprint(),
            key.thumbprint()
        );
    }
    for key in [loader.signing_key_from_der(bytes), loader.signing_key_from_pem(text)]
        .into_iter()
        .flatten()
    {
        assert!(key.sign_bytes("x", b"payload").is_ok());
        let pem = key.export_private_pem().expect("a private key is text");
        let again = loader.signing_key_from_pem(&pem).expect("our own PEM");
        assert_eq!(again.verifying_key().thumbprint(), key.verifying_key().thumbprint());
    }
});
