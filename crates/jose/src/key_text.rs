//! Telling a secret from a key file: text of a public key must never become an HMAC secret (CVE-2017-11424 and its kin).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::pem;

/// Whether `secret` is the text of a key file: PEM (with or without its frame), SSH, PuTTY, JWK, JWK set or DER.
pub(crate) fn is_key_file(secret: &[u8]) -> bool {
    let text = secret
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(secret)
        .trim_ascii_start();
    let starts = |prefix: &[u8]| text.starts_with(prefix);
    starts(b"---- BEGIN")
        || starts(b"ssh-")
        || starts(b"ecdsa-sha2-")
        || starts(b"sk-ssh-")
        || starts(b"sk-ecdsa-")
        || starts(b"PuTTY-User-Key-File-")
        || contains(text, b"-----BEGIN ")
        || is_jwk(text)
        || is_der(secret)
        || is_der_in_base64(text)
}

fn contains(text: &[u8], piece: &[u8]) -> bool {
    text.windows(piece.len()).any(|window| window == piece)
}

/// The body of a PEM file without its first and last line.
fn is_der_in_base64(text: &[u8]) -> bool {
    if !text.starts_with(b"M") || text.len() > pem::MAX_LEN {
        return false;
    }
    let packed: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect(),
    );
    STANDARD
        .decode(packed.as_slice())
        .is_ok_and(|der| is_der(&Zeroizing::new(der)))
}

/// A JSON object with the member that every JWK (`kty`) or JWK set (`keys`) has.
fn is_jwk(text: &[u8]) -> bool {
    if !text.starts_with(b"{") {
        return false;
    }
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(text);
    object.is_ok_and(|object| object.contains_key("kty") || object.contains_key("keys"))
}

/// A DER sequence that says exactly how long it is, as every PKCS#8, PKCS#1, SEC1 and SPKI key does.
fn is_der(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(&[0x30]) else {
        return false;
    };
    let (length, content) = match rest.split_first() {
        Some((0x81, rest)) => match rest.split_at_checked(1) {
            Some((length, content)) => (length, content),
            None => return false,
        },
        Some((0x82, rest)) => match rest.split_at_checked(2) {
            Some((length, content)) => (length, content),
            None => return false,
        },
        Some((short, content)) if *short < 0x80 => (std::slice::from_ref(short), content),
        _ => return false,
    };
    let length = length
        .iter()
        .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    length == content.len() && content.first().is_some_and(|tag| matches!(tag, 0x02 | 0x30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_of_every_kind_are_recognised() {
        for file in [
            "-----BEGIN PUBLIC KEY-----\nMIIB",
            "\u{feff}\n  -----BEGIN CERTIFICATE-----",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
            "ssh-rsa AAAAB3NzaC1yc2E",
            "ecdsa-sha2-nistp256 AAAA",
            " {\"kty\":\"RSA\",\"n\":\"x\",\"e\":\"AQAB\"}",
            "{\"keys\":[]}",
            "Bag Attributes\n    friendlyName: x\n-----BEGIN PRIVATE KEY-----\nMIIB",
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQH\nOg7hcvPapiMlrwIaaPcHURo=\n",
            "PuTTY-User-Key-File-3: ssh-ed25519",
        ] {
            assert!(is_key_file(file.as_bytes()), "{file:?}");
        }
        assert!(is_key_file(&[0x30, 0x04, 0x02, 0x02, 1, 1]));
        assert!(is_key_file(&[[0x30, 0x81, 0x80, 0x30].as_slice(), &[0; 127]].concat()));
    }

    #[test]
    fn a_secret_that_only_looks_a_little_like_one_is_a_secret() {
        for secret in [
            "0000000000000000000000000000000000",
            "{not json}",
            "09d25e094faa6ca2556c8181",
            "{\"a\":1}",
        ] {
            assert!(!is_key_file(secret.as_bytes()), "{secret:?}");
        }
    }
}
