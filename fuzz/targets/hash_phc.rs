//! Any text as a stored hash in the PHC notation: `$argon2id$v=19$m=…`, `$scrypt$`, `$pbkdf2-sha256$`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> =
    LazyLock::new(|| notation::contexts(&["argon2", "scrypt", "pbkdf2_sha", "pbkdf2_phc"]));

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
