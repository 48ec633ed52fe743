//! Any bytes as the `Basic` credentials of a client: never a panic, and what a client writes by RFC 6749 §2.3.1 is read.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use portcullis::parse_basic;

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fuzz_target!(|parts: (&[u8], &str, &str)| {
    let (value, id, secret) = parts;
    if let Ok(Some(_)) = parse_basic(value) {
        assert!(value.len() > 6 && value[..5].eq_ignore_ascii_case(b"basic"));
    }
    // Any bytes inside a good frame.
    let inside = parse_basic(format!("Basic {}", STANDARD.encode(value)).as_bytes());
    if let Ok(read) = inside {
        assert!(read.is_some() && value.contains(&b':'));
    }
    let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let read = parse_basic(format!("Basic {pair}").as_bytes())
        .expect("whole")
        .expect("Basic");
    assert_eq!((read.id.as_str(), read.secret.as_str()), (id, secret));
});
