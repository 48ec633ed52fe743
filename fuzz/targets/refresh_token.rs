//! Any text as a refresh token: never a panic, and none but the one that was made with our secret.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::core::{RefreshSecrets, is_refresh_token};

/// Made with the secret below; also among the seeds.
const GOOD: &str = "pcr_05NuFE27ArT0G1xHvdSZDX0Fy4Z3X0LDV0m5rrmuNheb0m5rrmuNheb0m5rrmuNheb0m5rrmus1gJJUnkoWNk1cxI4Pbo4PpJw91NMrDq";

static SECRETS: LazyLock<RefreshSecrets> = LazyLock::new(|| RefreshSecrets::new(1, &[1; 32]).expect("usable"));

fuzz_target!(|text: &str| {
    assert_eq!(is_refresh_token(text, &SECRETS), text == GOOD);
    // A good one with anything around it is another one.
    if !text.is_empty() {
        assert!(!is_refresh_token(&format!("{GOOD}{text}"), &SECRETS));
        assert!(!is_refresh_token(&format!("{text}{GOOD}"), &SECRETS));
    }
});
