//! Any text as a stored hash: recognising and judging it never panics and never works.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_password::{HashString, Passwords};

fuzz_target!(|text: &str| {
    let passwords = Passwords::recommended();
    let hash = HashString::new(text);
    let known = passwords.identify(&hash).is_some();
    let _ = passwords.memory_kib(Some(&hash));
    let decoy = passwords.decoy(Some(&hash), &[7; 32]);
    assert!(passwords.identify(&decoy).is_some());
    // What nobody knows cannot be up to date.
    assert!(known || passwords.needs_update(&hash));
});
