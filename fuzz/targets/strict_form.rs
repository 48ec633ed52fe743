//! Any bytes as the form of an OAuth endpoint, of any content type: never a panic, the same in one piece or in many, and each
//! parameter at most once, not empty and not longer than can be right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::core::jose::MAX_TOKEN_LEN;
use portcullis::{FormLimits, parse_strict_form};

fuzz_target!(|parts: (&[u8], &[u8], u8)| {
    let (content_type, body, piece) = parts;
    let read = |piece| parse_strict_form(Some(content_type), body, piece, FormLimits::default());
    let whole = read(0);
    assert_eq!(whole, read(usize::from(piece)));
    for (at, (name, text)) in whole.iter().flatten().enumerate() {
        assert!(!text.is_empty() && text.len() <= MAX_TOKEN_LEN, "{name}");
        assert!(
            whole.iter().flatten().skip(at + 1).all(|(other, _)| other != name),
            "{name} twice"
        );
    }
});
