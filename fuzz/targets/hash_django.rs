//! Any text as a stored hash in Django's and Werkzeug's notations: `pbkdf2_sha256$…`, `scrypt:32768:8:1$…`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> = LazyLock::new(|| notation::contexts(&["django", "werkzeug", "wrapped"]));

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
