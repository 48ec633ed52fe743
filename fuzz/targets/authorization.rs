//! Any bytes as an `Authorization` value: never a panic, and a token only ever comes after the scheme.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    if let Ok(Some(token)) = portcullis::parse_bearer(value) {
        assert!(value.len() >= 6 && value[..6].eq_ignore_ascii_case(b"bearer"));
        assert!(token.is_ascii() && !token.starts_with(' ') && !token.ends_with(' '));
    }
});
