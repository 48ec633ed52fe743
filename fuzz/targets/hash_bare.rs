//! Any text as a stored hash in bare digests, base64 and what stands in several columns.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis_password::Passwords;

mod notation;

static CONTEXTS: LazyLock<Vec<Passwords>> = LazyLock::new(|| {
    notation::contexts(&[
        "hex_",
        "hash",
        "mysql",
        "mssql",
        "oracle",
        "aspnet",
        "discourse",
        "gitea",
        "grafana",
        "symfony",
        "cisco",
        "postgres",
        "md5",
    ])
});

fuzz_target!(|data: &[u8]| notation::look(data, &CONTEXTS));
