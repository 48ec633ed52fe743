//! Any text as a stored hash in notations in braces: LDAP, Dovecot, Spring.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> =
    LazyLock::new(|| notation::contexts(&["ldap", "dovecot", "spring", "atlassian"]));

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
