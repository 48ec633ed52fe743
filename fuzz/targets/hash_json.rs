//! Any text as a stored hash in Keycloak's JSON, and what MediaWiki and others write with colons.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> =
    LazyLock::new(|| notation::contexts(&["keycloak", "mediawiki", "scram", "better_auth", "nextcloud"]));

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
