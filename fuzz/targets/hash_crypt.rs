//! Any text as a stored hash in crypt(3)'s notation: `$2b$`, `$6$`, `$y$`, `$P$`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> =
    LazyLock::new(|| notation::contexts(&["crypt", "bcrypt", "phpass", "drupal"]));

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
