//! Any bytes as a login form of any content type: never a panic, and never more than the limits allow.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (&str, &[u8])| {
    let (content_type, body) = parts;
    let _ = portcullis::parse_login_form(content_type, body);
});
