//! Any bytes as a login form of any content type: never a panic, and the same in one piece or in many.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::{FormLimits, parse_form};

fuzz_target!(|parts: (&[u8], &[u8], u8)| {
    let (content_type, body, piece) = parts;
    let whole = parse_form(Some(content_type), body, 0, FormLimits::default());
    let pieces = parse_form(Some(content_type), body, usize::from(piece), FormLimits::default());
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!((&whole.username, &whole.scope), (&pieces.username, &pieces.scope));
            assert!(!whole.username.is_empty() && !whole.password.is_empty());
        }
        (whole, pieces) => assert_eq!(whole.is_err(), pieces.is_err()),
    }
});
